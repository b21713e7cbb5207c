import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What a page is made from. */
export interface Visit {
  readonly url: URL;
  /** The fields of a form that was posted. */
  readonly form: URLSearchParams;
  readonly cookie: string;
}

/** Markup; or where to go, with a cookie or without. */
export type Reply = string | { readonly goTo: string; readonly cookie?: string };

/** The pages of a site by their paths; `*` is for all others. */
export type Site = Readonly<Record<string, string | ((visit: Visit) => Reply)>>;

export interface RunningSite extends AsyncDisposable {
  readonly origin: string;
}

async function toVisit(request: IncomingMessage): Promise<Visit> {
  const form = new URLSearchParams(request.method === 'POST' ? await text(request) : '');
  return { url: new URL(request.url ?? '/', 'http://site.invalid'), form, cookie: request.headers.cookie ?? '' };
}

/** Serves a site on a port of loopback. */
export async function startSite(site: Site): Promise<RunningSite> {
  const server = createServer((request, response) => {
    void toVisit(request).then((visit) => {
      const page = site[visit.url.pathname] ?? site['*'];
      if (page === undefined) return response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not found</h1>');
      const reply = typeof page === 'string' ? page : page(visit);
      if (typeof reply === 'string') return response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(reply);
      const cookie = reply.cookie === undefined ? {} : { 'set-cookie': `${reply.cookie}; Path=/` };
      return response.writeHead(303, { location: reply.goTo, ...cookie }).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
