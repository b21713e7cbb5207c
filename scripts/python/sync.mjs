// The synchronous half of the Python client is made from the asynchronous one, as httpx and others do it: they differ in a few words.

const WORDS = [
  [/^(from collections\.abc import .*)\bAwaitable, /gm, '$1'],
  [/\bAsyncGenerator\[(.+?), None\](?=[:\n])/g, 'Generator[$1, None, None]'],
  [/\bAsyncGenerator\b/g, 'Generator'],
  [/\basynccontextmanager\b/g, 'contextmanager'],
  [/\bAwaitable\[([^[\]]*(?:\[[^[\]]*\])?[^[\]]*)\]/g, '$1'],
  [/\bAsync(?=[A-Z])/g, ''],
  [/\basync (?=def|with|for)/g, ''],
  [/\bawait /g, ''],
  [/\b__a(enter|exit|iter|next)__/g, '__$1__'],
  [/\ba(close|closing|iter_bytes)\b/g, '$1'],
  [/\bStopAsyncIteration\b/g, 'StopIteration'],
  [/\b_async\b/g, '_sync'],
];

/** Turns a module of `_async` into the one of `_sync` of the same name. */
export const synchronous = (source, notice) =>
  `# ${notice}\n${WORDS.reduce((text, [pattern, word]) => text.replace(pattern, word), source.replace(/^# Generated .*\n/, ''))}`;
