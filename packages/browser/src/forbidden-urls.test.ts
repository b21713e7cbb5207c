import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BrowserKind } from '@carrel/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type TestIsolation, testProcess } from './testing/launch.js';
import { connect, type Opened, open } from './testing/open-browser.js';
import type { RawClient, RawMessage } from './testing/raw-client.js';

const KINDS: BrowserKind[] = ['headless-shell', 'chromium'];
const SECRET = 'a secret of the host';
const PDF_VIEWER = 'chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai/index.html';
/** The smallest that the viewer opens. */
const PDF =
  '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n' +
  '3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n';

let directory: string;
let secretPath: string;
let secretUrl: string;
let site: Server;
let origin: string;
let isolation: TestIsolation;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'carrel-secret-'));
  secretPath = join(directory, 'secret.txt');
  secretUrl = pathToFileURL(secretPath).href;
  await writeFile(secretPath, SECRET);
  site = createServer(({ url = '/' }, response) => {
    if (url.startsWith('/to?')) return response.writeHead(302, { location: decodeURIComponent(url.slice(4)) }).end();
    if (url.startsWith('/refresh?')) response.setHeader('refresh', `0;url=${decodeURIComponent(url.slice(9))}`);
    response.setHeader('content-type', url === '/a.pdf' ? 'application/pdf' : 'text/html');
    return response.end(url === '/a.pdf' ? PDF : `<title>${url}</title><body style="height:600px"><input id="file" type="file">`);
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  // The level that has no other wall between a page and the files of the host.
  isolation = await testProcess();
});
afterAll(async () => {
  site.closeAllConnections();
  await new Promise((resolve) => site.close(resolve));
  await isolation[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

/** What a target may be called: places of the web, and what an error page is named after that Chromium shows instead of an extension. */
const isHarmless = ({ type, url }: { type: string; url: string }) =>
  /^(https?:|data:|about:blank|blob:|$)/.test(url) || (['page', 'tab'].includes(type) && url.startsWith('chrome-extension:'));

/** Where any target ever was that it must not come to. */
function places(client: RawClient): string[] {
  const targets = client.received.flatMap(({ method, params }) =>
    method === 'Target.targetCreated' || method === 'Target.targetInfoChanged' ? [params?.targetInfo as { type: string; url: string }] : [],
  );
  return [...new Set(targets.filter((target) => !isHarmless(target)).map(({ url }) => url))];
}

describe.each(KINDS)('in %s', (kind) => {
  let opened: Opened;
  let client: RawClient;
  beforeAll(async () => {
    opened = open(isolation, { kind });
    await opened.started;
    client = await connect(opened.browser);
    // Everything that there is, down to the browser's own parts.
    await client.call('Target.setDiscoverTargets', { discover: true, filter: [{}] });
  });
  afterAll(() => opened[Symbol.asyncDispose]());

  const newPage = async (url = `${origin}/`) => {
    const { result } = await client.call('Target.createTarget', { url: 'about:blank' });
    const attached = await client.call('Target.attachToTarget', { targetId: result?.targetId, flatten: true });
    expect(attached.error).toBeUndefined();
    const session = attached.result?.sessionId as string;
    await client.call('Page.enable', {}, session);
    await client.call('Page.navigate', { url }, session);
    return session;
  };
  const evaluate = async (session: string, expression: string): Promise<unknown> => {
    const params = { expression, awaitPromise: true, returnByValue: true, userGesture: true };
    const { result } = await client.call('Runtime.evaluate', params, session);
    return (result?.result as { value?: unknown } | undefined)?.value;
  };
  /** Whatever was under way in a page is over when it has gone elsewhere. What it had just begun may break off our first try. */
  const settle = async (session: string) => {
    const go = () => client.call('Page.navigate', { url: `${origin}/settled` }, session);
    const isThere = ({ result }: RawMessage) => result !== undefined && result.errorText === undefined;
    expect(isThere(await go()) || isThere(await go()) || isThere(await go())).toBe(true);
    await client.call('Page.close', {}, session);
  };
  const refusedWith = (message: RawMessage, text: string | RegExp) => {
    expect(message.result).toBeUndefined();
    expect(message.error?.message).toMatch(text);
  };

  describe('a client', () => {
    it.each(['file', 'FI\tLE', ' \u0001file', 'chrome', 'view-source', 'devtools', 'extension', 'about'])(
      'should not get a page to open %j, however it asks',
      async (what) => {
        const urls: Record<string, string> = {
          chrome: 'chrome://version/',
          'view-source': `view-source:${origin}/`,
          devtools: 'devtools://devtools/bundled/inspector.html',
          extension: PDF_VIEWER,
          about: 'about:version',
        };
        const url = urls[what] ?? secretUrl.replace('file', what);
        const session = await newPage();
        refusedWith(await client.call('Page.navigate', { url }, session), /Carrel refuses Page.navigate: ".*only http:, https:/);
        refusedWith(await client.call('Target.createTarget', { url }), /Carrel refuses Target.createTarget/);
        await settle(session);
        expect(places(client)).toEqual([]);
      },
    );

    it('should not have a request, or the answer to one, lead elsewhere', async () => {
      const session = await newPage();
      for (const how of ['continueRequest', 'fulfillRequest']) {
        await client.call('Fetch.enable', {}, session);
        const navigation = client.call('Page.navigate', { url: `${origin}/${how}` }, session);
        const paused = await client.first(
          ({ method, params }) =>
            method === 'Fetch.requestPaused' && (params?.request as { url?: string } | undefined)?.url === `${origin}/${how}`,
        );
        const requestId = paused.params?.requestId;
        if (how === 'continueRequest') {
          refusedWith(await client.call('Fetch.continueRequest', { requestId, url: secretUrl }, session), /only http: and https:/);
          await client.call('Fetch.continueRequest', { requestId }, session);
        } else {
          const responseHeaders = [{ name: 'Location', value: secretUrl }];
          await client.call('Fetch.fulfillRequest', { requestId, responseCode: 302, responseHeaders }, session);
          expect((await navigation).result?.errorText).toBe('net::ERR_UNSAFE_REDIRECT');
        }
        await navigation;
        await client.call('Fetch.disable', {}, session);
      }
      await settle(session);
      expect(places(client)).not.toContain(secretUrl);
    });

    it('should not give a page a file of the host', async () => {
      const session = await newPage();
      const { result } = await client.call('Runtime.evaluate', { expression: 'document.querySelector("#file")' }, session);
      const objectId = (result?.result as { objectId: string } | undefined)?.objectId;
      const files = [secretPath];
      refusedWith(await client.call('DOM.setFileInputFiles', { files, objectId }, session), /put the file into the browser over the API/);
      const drop = 'new Promise(r => { ondragover = (e) => e.preventDefault(); ondrop = (e) => r(e.dataTransfer.files[0].text()) })';
      await client.call('Runtime.evaluate', { expression: `window.dropped = ${drop}` }, session);
      const data = { items: [], files, dragOperationsMask: 1 };
      for (const type of ['dragEnter', 'dragOver', 'drop']) {
        refusedWith(await client.call('Input.dispatchDragEvent', { type, x: 300, y: 300, data }, session), /no files of it/);
      }
      expect(await evaluate(session, 'Promise.race([window.dropped, document.querySelector("#file").files.length])')).toBe(0);
      await settle(session);
    });

    it.each([['file'], ['chrome-extension']])('should not drop a %s: URL on a page', async (scheme) => {
      const session = await newPage();
      const data = { items: [{ mimeType: 'text/uri-list', data: scheme === 'file' ? secretUrl : PDF_VIEWER }], dragOperationsMask: 1 };
      for (const type of ['dragEnter', 'dragOver', 'drop']) {
        refusedWith(await client.call('Input.dispatchDragEvent', { type, x: 300, y: 300, data }, session), /would be opened/);
      }
      await settle(session);
      expect(places(client)).toEqual([]);
    });

    it("should not reach the browser's own pages by keys", async () => {
      const session = await newPage();
      const keys = [
        ['u', 'KeyU', 85, 2],
        ['j', 'KeyJ', 74, 2],
        ['t', 'KeyT', 84, 2],
        ['F12', 'F12', 123, 0],
      ] as const;
      await evaluate(session, 'window.seen = []; onkeydown = ({ key }) => void seen.push(key)');
      for (const [key, code, number, modifiers] of keys) {
        const numbers = { windowsVirtualKeyCode: number, nativeVirtualKeyCode: number };
        for (const type of ['rawKeyDown', 'keyUp']) {
          expect((await client.call('Input.dispatchKeyEvent', { type, key, code, modifiers, ...numbers }, session)).error).toBeUndefined();
        }
      }
      expect(await evaluate(session, 'seen')).toEqual(keys.map(([key]) => key));
      await settle(session);
      expect(places(client)).toEqual([]);
    });

    it('should meet no extension in a PDF', async () => {
      await client.call('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: true });
      const session = await newPage();
      const answer = await client.call('Page.navigate', { url: `${origin}/a.pdf` }, session);
      expect(answer.result).toMatchObject({ isDownload: true });
      await evaluate(session, `document.body.innerHTML = '<embed type="application/pdf" src="/a.pdf"><iframe src="/a.pdf"></iframe>'`);
      await settle(session);
      expect(places(client)).toEqual([]);
    });

    it('should get no other way out, and no extension', async () => {
      refusedWith(await client.call('Target.createBrowserContext', { proxyServer: 'direct://' }), /give `proxies`/);
      refusedWith(await client.call('Extensions.loadUnpacked', { path: directory }), /Carrel refuses Extensions.loadUnpacked/);
      refusedWith(await client.call('Target.openDevTools', { targetId: '' }), /Carrel refuses Target.openDevTools/);
      refusedWith(await client.call('SystemInfo.getInfo'), /Carrel refuses SystemInfo.getInfo/);
    });

    it('should get nothing of the host in a world with universal access', async () => {
      const session = await newPage();
      const tree = (await client.call('Page.getFrameTree', {}, session)).result?.frameTree as { frame: { id: string } };
      const world = { frameId: tree.frame.id, grantUniveralAccess: true };
      const contextId = (await client.call('Page.createIsolatedWorld', world, session)).result?.executionContextId;
      const expression = `fetch(${JSON.stringify(secretUrl)}).then((r) => r.text(), (e) => e.name)`;
      const { result } = await client.call('Runtime.evaluate', { contextId, expression, awaitPromise: true, returnByValue: true }, session);
      expect(result?.result).toMatchObject({ value: 'TypeError' });
      await client.call('Runtime.evaluate', { contextId, expression: `location = ${JSON.stringify(secretUrl)}` }, session);
      await settle(session);
      expect(places(client)).toEqual([]);
    });
  });

  // Chromium's own wall: what a page asks for by itself. These tests say that it stands, in both kinds.
  describe('a page', () => {
    const targets = () => [
      secretUrl,
      'chrome://version/',
      `view-source:${origin}/`,
      'devtools://devtools/bundled/inspector.html',
      PDF_VIEWER,
    ];
    const ways: Record<string, (url: string) => string> = {
      'its location': (url) => `location = ${url}`,
      'a new window': (url) => `open(${url})`,
      'the location of a new window': (url) => `open('about:blank').location = ${url}`,
      'a script in a new window': (url) => `open('javascript:location=' + JSON.stringify(${url}))`,
      'a link': (url) => `Object.assign(document.createElement('a'), { href: ${url} }).click()`,
      'a link to a new tab': (url) => `Object.assign(document.createElement('a'), { href: ${url}, target: '_blank' }).click()`,
      'a download': (url) => `Object.assign(document.createElement('a'), { href: ${url}, download: 'x' }).click()`,
      'a frame': (url) => `document.body.append(Object.assign(document.createElement('iframe'), { src: ${url} }))`,
      'a form': (url) =>
        `document.body.append(Object.assign(document.createElement('form'), { action: ${url} })); document.forms[0].submit()`,
      'a refresh': (url) => `document.write('<meta http-equiv=refresh content="0;url=' + ${url} + '">')`,
      'a redirect': (url) => `location = '/to?' + encodeURIComponent(${url})`,
      'a header that refreshes': (url) => `location = '/refresh?' + encodeURIComponent(${url})`,
    };
    // Windows that open late would be too many at last.
    afterEach(async () => {
      const { result } = await client.call('Target.getTargets');
      const targets = (result?.targetInfos ?? []) as { targetId: string; type: string }[];
      const [, ...others] = targets.filter(({ type }) => type === 'page');
      for (const { targetId } of others) await client.call('Target.closeTarget', { targetId });
    });
    it.each(Object.keys(ways))('should not come to what is not of the web by %s', async (way) => {
      for (const url of targets()) {
        const session = await newPage();
        const started = client.received.length;
        await evaluate(session, `${ways[way]?.(JSON.stringify(url))}; 1`);
        await settle(session);
        const opened = client.received.slice(started).flatMap(({ method, params }) => {
          const info = params?.targetInfo as { targetId: string; type: string } | undefined;
          return method === 'Target.targetCreated' && info?.type === 'page' ? [info.targetId] : [];
        });
        for (const targetId of opened) {
          const attached = await client.call('Target.attachToTarget', { targetId, flatten: true });
          expect(await evaluate(attached.result?.sessionId as string, 'location.href')).toMatch(/^(https?:|about:blank|chrome-error:)/);
          await client.call('Target.closeTarget', { targetId });
        }
      }
      expect(places(client)).toEqual([]);
    });
  });
});
