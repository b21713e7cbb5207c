/// <reference lib="dom" />
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a page of the site finds, by the kind of state; null where there is nothing. */
export type FoundState = Record<string, string | null>;

/**
 * A site whose pages keep a canary in every kind of state there is, each signed in through on its own. Plain HTTP on loopback, which Chromium
 * takes for secure; one port under two names, which are two sites.
 */
export interface StateSite extends AsyncDisposable {
  /** `http://127.0.0.1:port` */
  origin: string;
  /** `http://localhost:port`: another site. */
  otherOrigin: string;
  /** Goes up with each request that reaches the site. */
  requests(): number;
  /** From now on nothing is answered, until `release`. */
  hold(): void;
  release(): void;
}

/** Kinds of state, as `expected` and `found` name them. */
export const KINDS_OF_STATE = [
  'cookie',
  'session cookie',
  'HTTP-only cookie',
  'localStorage',
  'localStorage beyond Latin-1',
  'IndexedDB',
  'IndexedDB blob',
  'IndexedDB key that nobody may read',
  'Cache Storage',
  'service worker',
  'origin private file system',
  'storage bucket',
  'localStorage of a frame in another site',
] as const;

export async function startStateSite(): Promise<StateSite> {
  let requests = 0;
  let held: (() => void)[] | undefined;
  const server: Server = createServer(async (request, response) => {
    requests += 1;
    if (held !== undefined) await new Promise<void>((resolve) => held?.push(resolve));
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://site');
    if (pathname === '/sign-in') {
      const canary = searchParams.get('canary') ?? '';
      response.setHeader('set-cookie', [
        `persistent=${canary}; Max-Age=86400; Path=/`,
        `session=${canary}; Path=/`,
        `hidden=${canary}; Max-Age=86400; Path=/; HttpOnly; SameSite=Strict`,
      ]);
    }
    if (pathname === '/worker.js') {
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(worker(searchParams.get('canary') ?? ''));
      return;
    }
    if (pathname === '/cookies') {
      response.writeHead(200, { 'content-type': 'text/plain' }).end(request.headers.cookie ?? '');
      return;
    }
    const script = pathname === '/frame' ? FRAME : '';
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(`<!doctype html><title>State</title><body>${script}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    otherOrigin: `http://localhost:${port}`,
    requests: () => requests,
    hold: () => {
      held = [];
    },
    release: () => {
      for (const answer of held ?? []) answer();
      held = undefined;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Keeps what its URL says, and tells the page round it what it has. */
const FRAME = `<script>
  if (location.hash !== '') localStorage.setItem('canary', location.hash.slice(1));
  parent.postMessage(localStorage.getItem('canary'), '*');
</script>`;

/** Answers `/from-worker` with its canary, which thus only a live registration does. */
const worker = (canary: string) => `
addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('fetch', (event) => {
  if (new URL(event.request.url).pathname === '/from-worker') event.respondWith(new Response(${JSON.stringify(canary)}));
});`;

/** An expression for a page of `origin`: leaves `canary` in every kind of state. */
export const leaveState = (canary: string, otherOrigin: string) =>
  `(${leave.toString()})(${JSON.stringify(canary)}, ${JSON.stringify(otherOrigin)})`;

/** An expression for a page of `origin`: a `FoundState`. */
export const findState = (otherOrigin: string) => `(${find.toString()})(${JSON.stringify(otherOrigin)})`;

/** Without what Chromium writes down half a minute late, and nothing makes it do so before its end: the names of storage buckets. */
export function withoutLate({ 'storage bucket': _, ...found }: FoundState): FoundState {
  return found;
}

/** What `findState` finds after `leaveState`. */
export const stateOf = (canary: string): FoundState => Object.fromEntries(KINDS_OF_STATE.map((kind) => [kind, canary]));

/* biome-ignore-start lint/complexity/noExcessiveCognitiveComplexity: goes to the page as text, so it can call nothing outside of itself */
async function leave(canary: string, otherOrigin: string): Promise<boolean> {
  await fetch(`/sign-in?canary=${canary}`);
  localStorage.setItem('canary', canary);
  localStorage.setItem('日本', `日本 ${canary}`);
  const key = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const signature = [...new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode('text')))].join();
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open('state', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('state');
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
  await new Promise((resolve, reject) => {
    const transaction = database.transaction('state', 'readwrite');
    const store = transaction.objectStore('state');
    store.put(canary, 'text');
    store.put(new Blob([canary]), 'blob');
    store.put({ key, signature, canary }, 'key');
    transaction.oncomplete = resolve;
    transaction.onerror = () => reject(transaction.error);
  });
  database.close();
  await (await caches.open('state')).put('/kept', new Response(canary));
  const file = await (await navigator.storage.getDirectory()).getFileHandle('state.txt', { create: true });
  const writable = await file.createWritable();
  await writable.write(canary);
  await writable.close();
  const { storageBuckets } = navigator as Navigator & { storageBuckets: { open(name: string): Promise<{ caches: CacheStorage }> } };
  const bucket = await storageBuckets.open('state');
  await (await bucket.caches.open('state')).put('/kept', new Response(canary));
  await navigator.serviceWorker.register(`/worker.js?canary=${canary}`);
  await navigator.serviceWorker.ready;
  await new Promise<void>((resolve) => {
    if (navigator.serviceWorker.controller !== null) resolve();
    navigator.serviceWorker.addEventListener('controllerchange', () => resolve());
  });
  await new Promise<void>((resolve) => {
    const frame = document.createElement('iframe');
    frame.src = `${otherOrigin}/frame#${canary}`;
    frame.onload = () => resolve();
    document.body.append(frame);
  });
  return true;
}

async function find(otherOrigin: string): Promise<FoundState> {
  const cookie = (name: string, text: string) => new RegExp(`(?:^|; )${name}=([^;]*)`).exec(text)?.[1] ?? null;
  const sent = await (await fetch('/cookies')).text();
  const records = await new Promise<Record<string, unknown>>((resolve, reject) => {
    const opening = indexedDB.open('state', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('state');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const store = opening.result.transaction('state').objectStore('state');
      const [keys, values] = [store.getAllKeys(), store.getAll()];
      values.onsuccess = () => {
        opening.result.close();
        resolve(Object.fromEntries(keys.result.map((name, index) => [String(name), values.result[index]])));
      };
    };
  });
  const signed = records.key as { key: CryptoKey; signature: string; canary: string } | undefined;
  const signs = async ({ key, signature, canary }: { key: CryptoKey; signature: string; canary: string }) =>
    [...new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode('text')))].join() === signature ? canary : null;
  const directory = await navigator.storage.getDirectory();
  const file = await directory.getFileHandle('state.txt').catch(() => null);
  const { storageBuckets } = navigator as Navigator & {
    storageBuckets: { open(name: string): Promise<{ caches: CacheStorage }>; keys(): Promise<string[]> };
  };
  const hasBucket = (await storageBuckets.keys()).includes('state');
  const cached = async (of: CacheStorage) => (await (await of.match('/kept'))?.text()) ?? null;
  const registration = await navigator.serviceWorker.getRegistration();
  if (registration !== undefined && navigator.serviceWorker.controller === null) await navigator.serviceWorker.ready;
  const answer = registration === undefined ? null : await fetch('/from-worker').then((response) => response.text());
  const framed = await new Promise<string | null>((resolve) => {
    addEventListener('message', ({ data }) => resolve(data as string | null), { once: true });
    const frame = document.createElement('iframe');
    frame.src = `${otherOrigin}/frame`;
    document.body.append(frame);
  });
  return {
    cookie: cookie('persistent', sent),
    'session cookie': cookie('session', sent),
    'HTTP-only cookie': cookie('hidden', sent),
    localStorage: localStorage.getItem('canary'),
    'localStorage beyond Latin-1': localStorage.getItem('日本')?.replace('日本 ', '') ?? null,
    IndexedDB: (records.text as string | undefined) ?? null,
    'IndexedDB blob': (await (records.blob as Blob | undefined)?.text()) ?? null,
    'IndexedDB key that nobody may read': signed === undefined ? null : await signs(signed),
    'Cache Storage': await cached(caches),
    'service worker': answer === null || answer.startsWith('<') ? null : answer,
    'origin private file system': file === null ? null : await (await file.getFile()).text(),
    'storage bucket': hasBucket ? await cached((await storageBuckets.open('state')).caches) : null,
    'localStorage of a frame in another site': framed,
  };
}
/* biome-ignore-end lint/complexity/noExcessiveCognitiveComplexity: as above */
