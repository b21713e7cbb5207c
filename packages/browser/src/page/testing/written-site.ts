import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A site under two names, whose pages a test writes. */
export interface WrittenSite extends AsyncDisposable {
  origin: string;
  /** Another origin, and another site. */
  otherOrigin: string;
  /** Writes a page; `{origin}` and `{other}` in it stand for the two. */
  write(path: string, html: string, headers?: Record<string, string>): void;
}

export async function startWrittenSite(): Promise<WrittenSite> {
  const pages = new Map<string, { html: string; headers: Record<string, string> }>();
  const server = createServer((request, response) => {
    const page = pages.get(new URL(request.url ?? '/', 'http://site').pathname);
    response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/html; charset=utf-8', ...page?.headers });
    response.end(page?.html.replaceAll('{origin}', origin).replaceAll('{other}', otherOrigin) ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const otherOrigin = `http://localhost:${port}`;
  return {
    origin,
    otherOrigin,
    write: (path, html, headers = {}) => void pages.set(path, { html: `<!doctype html><meta charset="utf-8">${html}`, headers }),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
