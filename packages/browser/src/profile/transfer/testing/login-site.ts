import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A site on loopback, under two names, that remembers whoever asked it for anything. */
export interface LoginSite extends AsyncDisposable {
  origin: string;
  otherOrigin: string;
  /** The paths that were asked for. */
  hits: string[];
}

const WORKER = `
addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('fetch', (event) => event.respondWith(new Response(
  '<!doctype html><script>localStorage.setItem("worker", "was here")</script>',
  { headers: { 'content-type': 'text/html' } },
)));`;

export async function startLoginSite(): Promise<LoginSite> {
  const hits: string[] = [];
  const server = createServer((request, response) => {
    hits.push(request.url ?? '');
    if (request.url === '/set-cookies') {
      response.setHeader('set-cookie', ['kept=one two=3; Max-Age=86400; Path=/', 'session=s3cret; HttpOnly']);
    }
    if (request.url === '/show-cookies') return void response.end(request.headers.cookie);
    const isWorker = request.url === '/worker.js';
    response.setHeader('content-type', isWorker ? 'text/javascript' : 'text/html; charset=utf-8');
    response.end(isWorker ? WORKER : '<!doctype html><title>Site</title>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://localhost:${port}`,
    otherOrigin: `http://127.0.0.1:${port}`,
    hits,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
