"""The client for asyncio. What is in `_sync` is made from it by `npm run generate`, but for `runtime.py`."""
