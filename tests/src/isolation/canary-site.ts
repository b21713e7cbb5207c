import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { findChromium } from '@carrel/browser';
import type { BrowserKind } from '@carrel/protocol';
import { generate } from 'selfsigned';
import { startNameServer } from '../../../packages/browser/src/egress/testing/name-server.js';
import { startSite } from '../running/server-and-site.js';

/** Names that lead to the site: Chromium keeps neither HSTS nor much else for addresses. */
const NAMES = ['tls.test', 'hsts.test'];
const YEAR_SECONDS = 31_536_000;

export interface CanarySite extends AsyncDisposable {
  /** Its origin over plain HTTP; a loopback address, so that pages may do what secure ones may. */
  url: string;
  /** Where it is over HTTPS, by its names. */
  securePort: number;
  /** What to set so that browsers of a server know the site's names and trust its certificate. */
  environment: NodeJS.ProcessEnv;
}

/** A site that tries to be recognized by browsers: over HTTP, and over HTTPS with a certificate of its own. */
export async function startCanarySite(kind: BrowserKind): Promise<CanarySite> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'test' }], {
    extensions: [{ name: 'subjectAltName', altNames: NAMES.map((value) => ({ type: 2, value })) }],
  });
  const directory = await mkdtemp(join(tmpdir(), 'carrel-test-'));
  const plain = await startSite(answerPlain());
  const secure = createServer({ key, cert }, answerSecure).listen(0, '127.0.0.1');
  await once(secure, 'listening');
  const executable = await writeWrapper(directory, kind, cert);
  const nameServer = await startNameServer((name) => (NAMES.includes(name) ? ['127.0.0.1'] : []));
  return {
    url: plain.url,
    securePort: portOf(secure),
    environment: {
      // A script holds no sandbox; what keeps browsers apart here is the same without one.
      CARREL_MAX_ISOLATION: 'process',
      CARREL_EGRESS_NAME_SERVERS: nameServer.address,
      [kind === 'chromium' ? 'CARREL_CHROMIUM_PATH' : 'CARREL_HEADLESS_SHELL_PATH']: executable,
    },
    [Symbol.asyncDispose]: async () => {
      secure.closeAllConnections();
      secure.close();
      await plain[Symbol.asyncDispose]();
      await nameServer[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

function answerPlain(): RequestListener {
  let answers = 0;
  return (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://site');
    if (pathname === '/cached') response.setHeader('cache-control', `max-age=${YEAR_SECONDS}`);
    if (pathname === '/auth' && request.headers.authorization === undefined) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="canary"' }).end();
      return;
    }
    const isScript = pathname.endsWith('.js');
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    const worker =
      'let kept = null; onconnect = ({ports: [port]}) => port.onmessage = ({data}) => { kept = data ?? kept; port.postMessage(kept); };';
    if (pathname === '/shared-worker.js') response.end(worker);
    else if (isScript) response.end('');
    else response.end(pathname === '/cached' ? `answer ${++answers}` : `plain ${request.headers.host}`);
  };
}

/** A connection for each request, which says whether it is recognized from an earlier one. */
const answerSecure: RequestListener = (request, response) => {
  const isResumed = (request.socket as TLSSocket).isSessionReused();
  const headers = { 'content-type': 'text/html', connection: 'close', 'strict-transport-security': `max-age=${YEAR_SECONDS}` };
  response.writeHead(200, headers).end(`secure ${isResumed ? 'resumed' : 'new'}`);
};

/** A program in Chromium's place that starts it with the site's certificate, which a page cannot bring about by itself. */
async function writeWrapper(directory: string, kind: BrowserKind, cert: string): Promise<string> {
  const { executablePath } = await findChromium(kind);
  const spki = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' });
  const pin = createHash('sha256').update(spki).digest('base64');
  const path = join(directory, 'chromium');
  await chmod(directory, 0o755);
  await writeFile(path, `#!/bin/sh\nexec ${executablePath} "--ignore-certificate-errors-spki-list=${pin}" "$@"\n`, { mode: 0o755 });
  return path;
}
