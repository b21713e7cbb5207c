import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Origins whose pages can keep something in every way there is. Their port stays the same as long as the site is there. */
export interface CanarySite extends AsyncDisposable {
  /** E.g. `canary.origin('a')` is `http://a.localhost:1234`. */
  origin(name: string): string;
}

export async function startCanarySite(): Promise<CanarySite> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://site');
    const isScript = url.pathname === '/worker.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    const frame = url.searchParams.get('frame');
    const canary = JSON.stringify(url.searchParams.get('canary') ?? '');
    if (isScript) response.end(workerScript(canary));
    else response.end(`<!doctype html><title>Canary</title>${frame === null ? '' : `<iframe src="${frame}/"></iframe>`}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: (name) => `http://${name}.localhost:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const workerScript = (canary: string) => `
  oninstall = () => skipWaiting();
  onactivate = (event) => event.waitUntil(clients.claim());
  onfetch = (event) => { if (event.request.url.endsWith('/from-worker')) event.respondWith(new Response(${canary})); };`;

/** What a page finds of its canary, by where it was kept. */
export interface Canaries {
  localStorage: string | null;
  indexedDB: string | null;
  blob: string | null;
  cache: string | null;
  file: string | null;
  worker: string | null;
  bucket: string | null;
}

export const everywhere = (canary: string): Canaries => ({
  localStorage: canary,
  indexedDB: canary,
  blob: canary,
  cache: canary,
  file: canary,
  worker: canary,
  bucket: canary,
});

export const NOWHERE: Canaries = {
  localStorage: null,
  indexedDB: null,
  blob: null,
  cache: null,
  file: null,
  worker: null,
  bucket: null,
};

const IN_PAGE = `
  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const open = (factory) => {
    const request = factory.open('database', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('store', { keyPath: 'id' }).createIndex('by-value', 'value');
    return done(request);
  };
  const put = async (factory, value) => {
    const database = await open(factory);
    const transaction = database.transaction('store', 'readwrite', { durability: 'strict' });
    transaction.objectStore('store').put(value);
    await new Promise((resolve, reject) => { transaction.oncomplete = resolve; transaction.onabort = reject; });
    database.close();
  };
  const get = async (factory) => {
    const database = await open(factory);
    const value = await done(database.transaction('store').objectStore('store').get(1));
    database.close();
    return value;
  };
  const active = async () => {
    const registration = await navigator.serviceWorker.ready;
    if (navigator.serviceWorker.controller === null) {
      await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }));
    }
    return registration;
  };`;

/** Expression that keeps a canary in every way; what was kept before is replaced. */
export const keep = (canary: string) => `(async (canary) => {
  ${IN_PAGE}
  localStorage.setItem('canary', canary);
  await put(indexedDB, { id: 1, value: canary, blob: new Blob([canary.padEnd(100000)]) });
  await (await caches.open('cache')).put('/cached', new Response(canary));
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('folder', { create: true });
  const writable = await (await folder.getFileHandle('file', { create: true })).createWritable();
  await writable.write(canary);
  await writable.close();
  await navigator.serviceWorker.register('/worker.js?canary=' + canary);
  await active();
  const bucket = await navigator.storageBuckets.open('bucket');
  await put(bucket.indexedDB, { id: 1, value: canary });
})(${JSON.stringify(canary)})`;

/** Expression that finds it again: Canaries. */
export const FIND = `(async () => {
  ${IN_PAGE}
  const record = await get(indexedDB);
  const file = async () => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('folder');
    return await (await (await folder.getFileHandle('file')).getFile()).text();
  };
  const registration = await navigator.serviceWorker.getRegistration();
  const hasBucket = (await navigator.storageBuckets.keys()).includes('bucket');
  return {
    localStorage: localStorage.getItem('canary'),
    indexedDB: record?.value ?? null,
    blob: record?.blob === undefined ? null : (await record.blob.text()).trim(),
    cache: await (await caches.match('/cached'))?.text() ?? null,
    file: await file().catch(() => null),
    worker: registration === undefined ? null : await (await active(), await fetch('/from-worker')).text(),
    bucket: hasBucket ? (await get((await navigator.storageBuckets.open('bucket')).indexedDB))?.value ?? null : null,
  };
})()`;
