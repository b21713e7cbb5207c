"""The client without asyncio: made from `_async` by `npm run generate`, but for `runtime.py`, which is written by hand for each."""
