import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { RunningBrowser } from '../../testing/running-browser.js';

/** What the open-source FingerprintJS makes of a document. */
export interface Fingerprint {
  visitorId: string;
  /** The picture of its text on a canvas, as a data URL. */
  canvasText: string;
}

const require = createRequire(import.meta.url);
const fingerprintJs = readFileSync(require.resolve('@fingerprintjs/fingerprintjs/dist/fp.umd.min.js'));

/** Every document tells the one that opened it, or that it lies in, who its visitor is. */
const PAGE = `<!doctype html><title>A site</title><script src="/fingerprint.js"></script><script>
const fingerprint = FingerprintJS.load({ monitoring: false }).then((agent) => agent.get()).then(({ visitorId, components }) =>
  ({ visitorId, canvasText: components.canvas.value.text }));
const above = opener ?? parent;
if (above !== window) fingerprint.then((found) => above.postMessage(found, '*'));
const told = (source) => new Promise((resolve) => addEventListener('message', (event) => { if (event.source === source()) resolve(event.data); }));
function framed(url) {
  const frame = document.createElement('iframe');
  frame.src = url;
  document.body.append(frame);
  return told(() => frame.contentWindow);
}
function opened(url) {
  const popup = open(url, '', 'width=500,height=400');
  return told(() => popup);
}
async function everywhere() {
  const found = await Promise.all([fingerprint, framed('/'), opened('http://opened.test/'), framed('http://framed.test/')]);
  return { page: found[0], frame: found[1], popup: found[2], foreignFrame: found[3] };
}
</script><body>`;

/** Takes the connections to a browser's proxy, and answers for every host with a page that takes its visitor's fingerprint. */
export const fingerprintSite = (): Server =>
  createServer((request, response) => {
    const isScript = request.url?.endsWith('/fingerprint.js');
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html').end(isScript ? fingerprintJs : PAGE);
  });

/** Of the browser's page. */
export async function fingerprintOf(browser: RunningBrowser): Promise<Fingerprint> {
  await visit(browser);
  return (await browser.evaluate('fingerprint')) as Fingerprint;
}

export interface Fingerprints {
  page: Fingerprint;
  /** A frame of the same site in it. */
  frame: Fingerprint;
  /** A popup of another site. */
  popup: Fingerprint;
  /** A frame of another site, in which every Chromium refuses cookies and prefers WebGL to save power: no visitor is the same there. */
  foreignFrame: Fingerprint;
}

export async function fingerprintsOf(browser: RunningBrowser): Promise<Fingerprints> {
  await visit(browser);
  const { session, sessionId } = browser;
  const { result } = await session.send(
    'Runtime.evaluate',
    { expression: 'everywhere()', awaitPromise: true, returnByValue: true, userGesture: true },
    { sessionId },
  );
  return result.value as Fingerprints;
}

async function visit({ session, sessionId, evaluate }: RunningBrowser): Promise<void> {
  await session.send('Page.navigate', { url: 'http://first.test/' }, { sessionId });
  await evaluate(`document.readyState === 'complete' || new Promise((resolve) => addEventListener('load', resolve))`);
}
