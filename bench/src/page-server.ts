import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** About what a small article weighs. */
const PAGE_BYTES = 19_000;

/**
 * The page that all contenders go to, from a server on this machine: the network is no part of what is measured. `links/N` is one with so many
 * links, a button and a field, `moving` one that is another with every frame, and `press` one that is when it is pressed.
 */
export class PageServer implements AsyncDisposable {
  readonly url: string;
  readonly #server;

  private constructor(server: ReturnType<typeof createServer>, url: string) {
    this.#server = server;
    this.url = url;
  }

  static async start(): Promise<PageServer> {
    const pages: Record<string, Buffer | undefined> = { '/': Buffer.from(samplePage()), '/moving': MOVING_PAGE, '/press': PRESS_PAGE };
    const server = createServer((request, response) => {
      const [, count] = /^\/links\/(\d{1,4})$/.exec(request.url ?? '') ?? [];
      const body = count === undefined ? pages[request.url ?? ''] : Buffer.from(linkPage(Number(count)));
      if (body === undefined) {
        response.writeHead(404).end();
        return;
      }
      // Never from a cache: the floor's browsers have seen it before, the others have not.
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-length': body.length, 'cache-control': 'no-store' });
      response.end(body);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new PageServer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

const ICON = '<link rel="icon" href="data:,">';
/** About as much of it moves as of a page that is scrolled or a film that is small. */
const MOVING_PAGE = Buffer.from(`<!doctype html><title>Moving</title>${ICON}<style>body{font:16px sans-serif;overflow:hidden}</style>
<div id="text">${'<p>The reader at this desk works undisturbed; what is written here stays here.</p>'.repeat(40)}</div><script>
let n = 0;
const step = () => { n += 1; text.style.transform = 'translateY(' + -(n * 3 % 600) + 'px)'; requestAnimationFrame(step); };
step();
</script>`);
const PRESS_PAGE = Buffer.from(`<!doctype html><title>Press</title>${ICON}<script>
let isDark = false;
addEventListener('mousedown', () => { isDark = !isDark; document.documentElement.style.background = isDark ? 'navy' : 'white'; });
</script>`);

/** A static page with headings, text, a table, a form and some style, and nothing to fetch beside itself. */
function samplePage(): string {
  const head = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,"><style>
body{font:16px/1.5 sans-serif;max-width:48rem;margin:2rem auto;color:#222}h2{border-bottom:1px solid #ccc}
table{border-collapse:collapse;width:100%}td{border:1px solid #ddd;padding:.25rem .5rem}a{color:#0645ad}
</style></head><body><h1>A page</h1><form><input name="q" placeholder="Search"><button>Go</button></form>`;
  const tail = '</body></html>';
  const section = (index: number) =>
    `<h2 id="s${index}">Section ${index}</h2><p>The reader at desk ${index} works <em>undisturbed</em>; what is written there ` +
    `stays there, and <a href="#s${index + 1}">the next desk</a> sees none of it.</p>` +
    `<table>${[1, 2, 3].map((row) => `<tr><td>${index}.${row}</td><td>shelf ${index * row}</td><td>free</td></tr>`).join('')}</table>`;
  let body = '';
  for (let index = 1; head.length + body.length + tail.length < PAGE_BYTES; index++) body += section(index);
  return head + body + tail;
}

/** What an agent looks at and works on: `#press` and `#field`, then the links. */
function linkPage(count: number): string {
  const links = Array.from({ length: count }, (_, index) => `<li><a href="/desk/${index}">The desk by window ${index}</a></li>`).join('');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${count} desks</title><link rel="icon" href="data:,"></head><body>
<h1>${count} desks</h1><button id="press" onclick="this.dataset.pressed = Number(this.dataset.pressed ?? 0) + 1">Press</button>
<label>Field <input id="field"></label><ul>${links}</ul></body></html>`;
}
