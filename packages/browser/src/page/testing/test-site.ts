import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

const PAGES = fileURLToPath(new URL('../../../test-site/', import.meta.url));
/** Some 10,000 nodes: a paragraph, a link and their texts each. */
const ROWS = 2_500;

/** The site that tests browse, on a port of loopback. `origin` and `otherOrigin` are two sites of one server. */
export interface TestSite extends AsyncDisposable {
  origin: string;
  otherOrigin: string;
}

type Route = (request: IncomingMessage, response: ServerResponse, url: URL) => void;

const ROUTES: Record<string, Route> = {
  '/echo': (_, response, url) => html(response, `<title>Echo</title><h1>Echo</h1><pre id="query">${url.searchParams}</pre>`),
  '/text': (_, response) => send(response, 'text/plain', 'text content'),
  '/cookie': (request, response) => send(response, 'text/csv', `cookie,${request.headers.cookie ?? ''}`),
  '/attachment': (_, response) => {
    response.setHeader('content-disposition', 'attachment; filename="plain.csv"; filename*=UTF-8\'\'r%C3%A9sum%C3%A9.csv');
    send(response, 'text/csv', 'a,b\n1,2\n');
  },
  '/endless': (_, response) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-disposition': 'attachment; filename="endless.bin"' });
    const write = () => {
      while (!response.destroyed && response.write(Buffer.alloc(64 * 1024))) {}
    };
    response.on('drain', write);
    write();
  },
  '/broken': (_, response) => {
    response.writeHead(200, { 'content-disposition': 'attachment; filename="broken.bin"', 'content-length': '1000000' });
    response.write(Buffer.alloc(1000), () => response.destroy());
  },
  '/slow': (_, response, url) => {
    setTimeout(() => html(response, '<title>Slow</title><h1>Slow</h1>'), Number(url.searchParams.get('ms')));
  },
  // Never answers: whoever waits has to give up by itself.
  '/silent': () => {},
  '/nothing': (_, response) => response.writeHead(204).end(),
  '/missing': (_, response) => {
    response.statusCode = 404;
    html(response, '<title>Missing</title><h1>Not here</h1>');
  },
  '/circle': (_, response) => response.writeHead(302, { location: '/circle' }).end(),
  '/cut': (_, response) => response.destroy(),
  '/loop': (_, response) =>
    html(response, '<title>Loop</title><h1>Loop</h1><script>onload = () => setTimeout(() => { while (true) {} }, 50)</script>'),
  '/restless-password': (_, response) =>
    html(
      response,
      `<title>Restless</title><label>Password <input type=password></label><script>let n = 0; const field = document.querySelector('input');
        const change = () => { field.value = 'canary-' + n++; setTimeout(change, 0); }; change();</script>`,
    ),
  '/alert-on-load': (_, response) => html(response, '<title>Alert</title><script>alert("at once")</script><h1>After</h1>'),
  '/huge': (_, response) => {
    const row = (n: number) => `<p>Paragraph ${n} <a href="/p/${n}">Link ${n}</a></p>`;
    html(response, `<title>Huge</title>${Array.from({ length: ROWS }, (_, n) => row(n)).join('')}`);
  },
  '/deep': (_, response) =>
    html(
      response,
      '<title>Deep</title><script>let e = document.body ?? document.documentElement.appendChild(document.createElement("body")); for (let i = 0; i < 2000; i++) { e = e.appendChild(document.createElement("div")); } e.textContent = "bottom";</script>',
    ),
  '/long': (_, response) =>
    html(response, '<title>Long</title><body style="margin:0"><div style="height: 50000px; background: linear-gradient(red, blue)"></div>'),
};

function send(response: ServerResponse, type: string, body: string): void {
  response.setHeader('content-type', type);
  response.end(body);
}

const html = (response: ServerResponse, body: string) =>
  send(response, 'text/html; charset=utf-8', `<!doctype html><meta charset="utf-8">${body}`);

async function sendPage(response: ServerResponse, name: string): Promise<void> {
  const page = await readFile(`${PAGES}${name}`).catch(() => undefined); // no such page
  if (page !== undefined) {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(page);
    return;
  }
  response.statusCode = 404;
  html(response, '<title>Not found</title>');
}

export async function startTestSite(): Promise<TestSite> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://site');
    const route = Object.hasOwn(ROUTES, url.pathname) ? ROUTES[url.pathname] : undefined;
    if (route !== undefined) route(request, response, url);
    else void sendPage(response, url.pathname.slice(1).replaceAll(/[^a-z.-]/g, ''));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    otherOrigin: `http://localhost:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
