import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A site on a port of loopback. */
export interface PageSite extends AsyncDisposable {
  readonly origin: string;
  /** The paths that were asked for, oldest first, with their query; `POST` ones with their body. */
  readonly visits: string[];
}

/** Serves pages by their path, each the content of a body. */
export async function startPageSite(pages: Readonly<Record<string, string>>): Promise<PageSite> {
  const visits: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      const { pathname, search } = new URL(request.url ?? '/', 'http://site');
      const page = Object.hasOwn(pages, pathname) ? pages[pathname] : undefined;
      if (pathname !== '/favicon.ico') visits.push(`${pathname}${search}${body === '' ? '' : ` ${body}`}`);
      response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/html; charset=utf-8' });
      response.end(`<!doctype html><meta charset="utf-8"><title>${pathname}</title>${page ?? '<h1>Not found</h1>'}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    visits,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
