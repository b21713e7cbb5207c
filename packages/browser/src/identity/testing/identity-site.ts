import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a script finds out about the browser that it runs in, in its first line. */
export interface Found {
  userAgent: string;
  language: string;
  languages: string[];
  timezone: string;
  locale: string;
  brands: string[];
  hints: Record<string, unknown>;
  /** Of windows only. */
  dark?: boolean;
  screen?: [width: number, height: number];
}

/** Where scripts run. */
export const PLACES = ['page', 'sameSiteFrame', 'crossSiteFrame', 'popup', 'dedicatedWorker', 'sharedWorker', 'serviceWorker'] as const;
export type Place = (typeof PLACES)[number];

const PROBE = `
const ua = navigator.userAgentData;
const brands = (list) => list.map(({ brand, version }) => brand + ' ' + version);
const found = {
  userAgent: navigator.userAgent, language: navigator.language, languages: [...navigator.languages],
  timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, locale: Intl.DateTimeFormat().resolvedOptions().locale,
  brands: brands(ua.brands),
  ...(globalThis.matchMedia && { dark: matchMedia('(prefers-color-scheme: dark)').matches, screen: [screen.width, screen.height] }),
};
const mine = ua.getHighEntropyValues(['architecture', 'bitness', 'fullVersionList', 'model', 'platformVersion', 'uaFullVersion', 'formFactors'])
  .then((hints) => ({ ...found, hints: { ...hints, brands: brands(hints.brands), fullVersionList: brands(hints.fullVersionList) } }));
`;
const window = (tell: string) => `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script>${PROBE}${tell}</script>`;

const PAGE = `
const heard = (target, source) => new Promise((resolve) => {
  const listen = (event) => { if (source === undefined || event.source === source()) { target.removeEventListener('message', listen); resolve(event.data); } };
  target.addEventListener('message', listen);
});
const frame = (src) => {
  const frame = document.createElement('iframe');
  const answer = heard(window, () => frame.contentWindow);
  frame.src = src;
  document.documentElement.append(frame);
  // Whether a frame is dark depends on the style of its element, which a frame in another process may otherwise hear of too late.
  frame.getBoundingClientRect();
  return answer;
};
const other = location.origin.includes('127.0.0.1') ? location.origin.replace('127.0.0.1', 'localhost') : location.origin.replace('localhost', '127.0.0.1');
const places = {
  page: () => mine,
  sameSiteFrame: () => frame('/frame'),
  crossSiteFrame: () => frame(other + '/frame'),
  popup: () => { const popup = open('/popup'); return heard(window, () => popup); },
  dedicatedWorker: () => heard(new Worker('/dedicated.js')),
  sharedWorker: () => { const { port } = new SharedWorker('/shared.js'); port.start(); return heard(port); },
  serviceWorker: async () => {
    await navigator.serviceWorker.register('/service.js');
    const { active } = await navigator.serviceWorker.ready;
    const { port1, port2 } = new MessageChannel();
    port1.start();
    active.postMessage('', [port2]);
    return heard(port1);
  },
};
const click = (href, rel) => {
  const link = Object.assign(document.createElement('a'), { href, target: '_blank', rel });
  document.documentElement.append(link);
  link.click();
};
`;

const FILES: Record<string, string> = {
  '/page': window(PAGE),
  '/frame': window(`mine.then((found) => parent.postMessage(found, '*'));`),
  '/popup': window(`mine.then((found) => opener?.postMessage(found, '*'));`),
  '/dedicated.js': `${PROBE} mine.then((found) => postMessage(found)); fetch('/from-dedicated');`,
  '/shared.js': `${PROBE} onconnect = ({ ports: [port] }) => mine.then((found) => port.postMessage(found)); fetch('/from-shared');`,
  '/service.js': `${PROBE} onactivate = (event) => event.waitUntil(clients.claim());
    onmessage = ({ ports: [port] }) => mine.then((found) => port.postMessage(found));
    onfetch = (event) => { if (event.request.url.endsWith('/controlled')) event.respondWith(new Response('<title>controlled</title>', { headers: { 'content-type': 'text/html' } })); };
    fetch('/from-service');`,
};

/** A site whose scripts say what they see. It answers on both names of loopback, `127.0.0.1` and `localhost`, which are two sites. */
export interface IdentitySite extends AsyncDisposable {
  origin: string;
  /** The headers of the requests so far, by path. */
  requests: Map<string, IncomingHttpHeaders>;
  /** The headers of the request for a path, when it has come. */
  requested(path: string): Promise<IncomingHttpHeaders>;
}

export async function startIdentitySite(): Promise<IdentitySite> {
  const requests = new Map<string, IncomingHttpHeaders>();
  const waiting = new Map<string, (headers: IncomingHttpHeaders) => void>();
  const server = createServer(({ url = '/', headers }, response): void => {
    requests.set(url, headers);
    waiting.get(url)?.(headers);
    // From the next request on, the browser tells this origin its versions too.
    response.setHeader('accept-ch', 'sec-ch-ua-full-version-list');
    if (url === '/page') response.setHeader('set-cookie', 'visited=1');
    const [, redirect] = url.split('?to=');
    if (redirect !== undefined) response.writeHead(302, { location: redirect });
    else response.setHeader('content-type', url.endsWith('.js') ? 'text/javascript' : 'text/html');
    response.end(FILES[url] ?? `<title>${url.slice(1)}</title>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    requested: (path) => {
      const headers = requests.get(path);
      return headers === undefined ? new Promise((resolve) => waiting.set(path, resolve)) : Promise.resolve(headers);
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
