/// <reference lib="dom" />
import { CdpSession } from '../../../cdp/index.js';
import type { Reachable } from '../origin-tab.js';

/** Goes to a URL in a new tab and evaluates an expression there; gives what JSON has of its value. */
export async function evaluateAt(browser: Reachable, url: string, expression: string): Promise<unknown> {
  await using session = await CdpSession.open({ attach: (endpoint) => browser.attachClient(endpoint) });
  const { targetId } = await session.send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await session.send('Target.attachToTarget', { targetId, flatten: true });
  await session.send('Page.enable', {}, { sessionId });
  const loaded = new Promise<void>((resolve) => session.on('Page.loadEventFired', () => resolve()));
  await session.send('Page.navigate', { url }, { sessionId });
  await loaded;
  const { result, exceptionDetails } = await session.send(
    'Runtime.evaluate',
    { expression, awaitPromise: true, returnByValue: true },
    { sessionId },
  );
  await session.send('Target.closeTarget', { targetId });
  if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value as unknown;
}

/** Runs in a page: fills a database with values and keys of all types that Playwright can write down. */
export async function fillDatabase(): Promise<void> {
  const shared = { name: 'shared' };
  // With a date in it: where JSON seems to do, Playwright writes what JSON cannot say.
  const circle: Record<string, unknown> = { first: shared, second: shared, since: new Date(0) };
  circle.self = circle;
  const values: [IDBValidKey, unknown][] = [
    ['plain', { token: 'secret', list: [1, 'two', null, true, { deep: { er: 1.5 } }] }],
    ['numbers', [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 2 ** 53]],
    ['undefined', { value: undefined }],
    ['date', new Date(1_700_000_000_123)],
    ['bigint', 12_345_678_901_234_567_890n],
    ['regexp', /a+(?<name>b)/giu],
    ['error', Object.assign(new TypeError('wrong'), { stack: 'TypeError: wrong\n at somewhere' })],
    ['map', new Map<unknown, unknown>([['a', 1], [{ b: 2 }, new Date(0)]])], // biome-ignore format: one line
    ['set', new Set([1, 'two', shared])],
    ['bytes', new Uint8Array([0, 1, 2, 253, 254, 255])],
    ['view', new Uint16Array(new Uint16Array([1, 2, 3, 4, 65_535]).buffer, 2, 3)],
    ['big', new BigInt64Array([-1n, 2n])],
    ['buffer', new Uint8Array([9, 8, 7]).buffer],
    ['circle', circle],
    ['surrogate', 'lone \ud800 and \u2028 and \0'],
    [1, 'number'],
    [-1.5, 'fraction'],
    [Number.NEGATIVE_INFINITY, 'least'],
    [new Date(86_400_000), 'date'],
    [new Uint8Array([1, 2, 3]).buffer, 'binary'],
    [['a', 1, [new Date(5), new Uint8Array([7]).buffer]], 'array'],
    ['', 'empty'],
  ];
  const request = indexedDB.open('Größe "1"', 7);
  request.onupgradeneeded = () => {
    const database = request.result;
    database.createObjectStore('values');
    const users = database.createObjectStore('users', { keyPath: 'id', autoIncrement: true });
    users.createIndex('by mail', 'mail', { unique: true });
    users.createIndex('by tags', 'tags', { multiEntry: true });
    users.createIndex('by both', ['mail', 'id']);
    database.createObjectStore('pairs', { keyPath: ['a', 'b.c'] });
    database.createObjectStore('log', { autoIncrement: true });
    database.createObjectStore('empty');
  };
  await new Promise((resolve, reject) => {
    request.onsuccess = resolve;
    request.onerror = () => reject(request.error);
  });
  const database = request.result;
  const transaction = database.transaction(database.objectStoreNames, 'readwrite');
  for (const [key, value] of values) transaction.objectStore('values').add(value, key);
  transaction.objectStore('users').add({ mail: 'a@example.com', tags: ['x', 'y'] });
  transaction.objectStore('users').add({ id: 41, mail: 'b@example.com' });
  transaction.objectStore('pairs').add({ a: 1, b: { c: new Date(1) }, value: 'pair' });
  for (const line of ['one', 'two']) transaction.objectStore('log').add(line);
  await new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error);
  });
  database.close();
}

/** Runs in a page: a text that says all of what a database holds, with the types of it. */
export async function describeDatabase(name: string): Promise<string> {
  const seen: unknown[] = [];
  const describe = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return [typeof value, Object.is(value, -0) ? '-0' : String(value)];
    if (seen.includes(value)) return ['seen', seen.indexOf(value)];
    seen.push(value);
    const text = value instanceof RegExp || value instanceof Error ? String(value) : '';
    return [Object.prototype.toString.call(value), text, contents(value)];
  };
  const contents = (value: object): unknown => {
    if (value instanceof Date) return value.getTime();
    if (value instanceof Error) return value.stack;
    if (value instanceof ArrayBuffer) return [...new Uint8Array(value)];
    if (ArrayBuffer.isView(value)) return [...(value as Uint8Array)].map(String);
    if (value instanceof Map || value instanceof Set) return [...value].map(describe);
    return Object.entries(value).map(([key, inner]) => [key, describe(inner)]);
  };
  const settled = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const database = await settled(indexedDB.open(name));
  const text: unknown[] = [database.name, database.version];
  for (const storeName of database.objectStoreNames) {
    const store = database.transaction(storeName).objectStore(storeName);
    const indexes = [...store.indexNames].map((index) => store.index(index));
    text.push([store.name, store.keyPath, store.autoIncrement]);
    text.push(indexes.map(({ name, keyPath, unique, multiEntry }) => [name, keyPath, unique, multiEntry]));
    const [keys, values] = await Promise.all([settled(store.getAllKeys()), settled(store.getAll())]);
    text.push(keys.map(describe), values.map(describe));
  }
  database.close();
  return JSON.stringify(text);
}
