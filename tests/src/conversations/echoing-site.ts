import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { startSite, type TestSite } from '../running/server-and-site.js';

const FIELDS = ['username', 'password', 'code', 'member'] as const;
type Form = Record<(typeof FIELDS)[number], string>;
const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const html = (value: string) => value.replace(/[&<>"']/g, (char) => ESCAPES[char] ?? '');
/** As text within a script. */
const js = (value: unknown) => JSON.stringify(value).replaceAll('<', '\\u003c');
const formOf = (given: URLSearchParams) => Object.fromEntries(FIELDS.map((name) => [name, given.get(name) ?? ''])) as Form;

/** A site with a login that repeats all it is told, wherever a site can. */
export interface EchoingSite extends TestSite {
  /** The same machine under another name. */
  readonly stranger: string;
  /** What its form was sent, and on which host. */
  readonly sent: { readonly host: string; readonly form: Form }[];
}

/** @param tokens what it has browsers keep once somebody has signed in, which it shows at once */
export async function startEchoingSite(tokens: { cookie: string; storage: string }): Promise<EchoingSite> {
  const sent: EchoingSite['sent'] = [];
  const pages: Record<string, (url: URL, request: IncomingMessage, response: ServerResponse) => string | Promise<string>> = {
    '/login': async (_, request, response) => {
      if (request.method !== 'POST') return loginPage;
      const form = formOf(new URLSearchParams(await text(request)));
      sent.push({ host: request.headers.host ?? '', form });
      response.statusCode = 302;
      response.setHeader('location', `/welcome?${new URLSearchParams(form)}#${encodeURIComponent(form.password)}`);
      if (form.password !== '')
        response.setHeader('set-cookie', [`session=${tokens.cookie}; HttpOnly; Max-Age=3600`, `echo=${encodeURIComponent(form.password)}`]);
      return '';
    },
    '/welcome': (url, request) => welcomePage(formOf(url.searchParams), request.headers.cookie ?? ''),
    '/saved': (url, _, response) => {
      const name = encodeURIComponent(url.searchParams.get('as') ?? '');
      response.setHeader('content-disposition', `attachment; filename*=UTF-8''${name}.txt`);
      return url.search;
    },
    '/token.js': (_, __, response) => {
      response.setHeader('content-type', 'text/javascript');
      return `localStorage.setItem('token', ${js(tokens.storage)});
        document.getElementById('old')?.append(', and is now ' + localStorage.getItem('token'));`;
    },
    '/framing': (url) =>
      `<title>Framing</title><iframe title="Inner" src="${html(url.searchParams.get('src') ?? '')}" height="400"></iframe>`,
    '/': (_, request) => {
      const isKnown = request.headers.cookie?.includes(`session=${tokens.cookie}`);
      return `<title>Home</title><p>Cookie: ${isKnown ? 'signed in' : 'none'}</p><p id="storage"></p><script>
        const found = localStorage.getItem('token');
        document.getElementById('storage').textContent = 'Storage: ' + (found === ${js(tokens.storage)} ? 'signed in' : found === null ? 'none' : 'old ' + found);
      </script>`;
    },
    '/leaving': (_, request, response) => {
      response.setHeader('set-cookie', 'visited=canary-of-a-stranger; Max-Age=3600');
      return `<title>Stranger</title><p>Cookie: ${html(request.headers.cookie ?? 'none')}</p><p id="storage"></p><script>
        document.getElementById('storage').textContent = 'Storage: ' + localStorage.getItem('visited');
        localStorage.setItem('visited', 'canary-of-a-stranger');
      </script>`;
    },
  };
  const answer: RequestListener = async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://site');
    response.setHeader('content-type', 'text/html; charset=utf-8');
    const page = (await pages[url.pathname]?.(url, request, response)) ?? '';
    response.end(/^<title>/.test(page) ? `<!doctype html><meta charset="utf-8">${page}` : page);
  };
  const site = await startSite(answer);
  return Object.assign(site, { stranger: site.url.replace('127.0.0.1', 'localhost'), sent });
}

const loginPage = `<title>Sign in</title><form method="post" action="/login">
  <label>Username <input name="username"></label> <label>Password <input name="password" type="password"></label>
  <label>Code <input name="code"></label> <label>Member <input name="member"></label> <button>Sign in</button></form>`;

function welcomePage(form: Form, cookies: string): string {
  const all = Object.values(form);
  const lines = all.map((value) => {
    const forms = [value, encodeURIComponent(value), Buffer.from(value).toString('base64'), JSON.stringify(value)];
    return `<p title="${html(value)}" data-value="${html(value)}">${forms.map(html).join('<br>')}</p>
      <a href="/saved?as=${html(encodeURIComponent(value))}">${html(value)}</a><input aria-label="${html(value)}" value="${html(value)}">`;
  });
  return `<title>${html(form.password)} of ${html(form.username)}</title><h1>Welcome ${html(form.username)}</h1>${lines.join('')}
    <pre>${html(cookies)}</pre><pre id="old"></pre><iframe srcdoc="<p>${html(html(form.password))}</p>"></iframe>
    <a href="/saved?as=${html(encodeURIComponent(form.password))}">Save it</a>
    <button onclick="window.open('/saved?as=' + encodeURIComponent(all.join()))">Pop up</button>
    <button onclick="for (const one of all) console.log(one, [one]); setTimeout(() => { throw new Error(all.join()) })">Say</button>
    <button onclick="alert(all.join())">Alert</button>
    <script src="/token.js" defer></script><script>
      const all = ${js(all)};
      const old = localStorage.getItem('token');
      document.getElementById('old').textContent = 'The token was ' + old;
      console.warn('The token was ' + old, document.cookie);
      for (const one of all) {
        localStorage.setItem('echo ' + one, one);
        if (one !== all[2]) document.cookie = 'echo' + encodeURIComponent(one) + '=' + encodeURIComponent(one) + '; max-age=3600';
        fetch('/beacon/' + encodeURIComponent(one) + '?' + new URLSearchParams({ one }), { method: 'POST', body: one });
      }
      history.pushState(null, '', '/welcome/' + encodeURIComponent(all[1]) + location.search);
    </script>`;
}
