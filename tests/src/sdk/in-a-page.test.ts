import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Carrel } from '@carrel/sdk';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { startSite, startTestServer } from '../running/server-and-site.js';

const SDK = fileURLToPath(new URL('../../../packages/sdk/src/', import.meta.url));

/** The modules of the SDK for a page: each file without its types, nothing bundled, so that an import of Node's would fail. */
const sdkSite = () =>
  startSite(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://site').pathname;
    if (!path.startsWith('/sdk/')) {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>A page</title>');
      return;
    }
    const source = await readFile(SDK + path.slice('/sdk/'.length).replace(/\.js$/, '.ts'), 'utf8');
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 },
    });
    response.writeHead(200, { 'content-type': 'text/javascript' }).end(outputText);
  });

/** What the page does: it opens a browser of its own, drives it, and follows its events to the end. As text, so that nothing rewrites it. */
const SCRIPT = `async ({ url, apiKey }) => {
  const { Carrel } = await import('/sdk/index.js');
  const client = new Carrel({ url, apiKey });
  const browser = await client.browsers.open();
  await browser.execute({ type: 'goto', url: 'data:text/html,<h1>From a page</h1>' });
  const { snapshot } = await browser.observe();
  const picture = await browser.screenshot();
  const types = [];
  const following = (async () => {
    for await (const { type } of browser.events({ follow: true })) types.push(type);
  })();
  await browser.close();
  await following;
  const refused = await client.browsers.get('br_00000000000000000000000000').catch((error) => error.code);
  return { snapshot, pictureBytes: picture.length, last: types.at(-1), refused };
}`;

it('should work in a web page, over CORS', async () => {
  await using site = await sdkSite();
  await using server = await startTestServer({ CARREL_ALLOWED_ORIGINS: site.url });
  // Browsers do not reach the server that they are of.
  await using visitors = await startTestServer();
  const client = new Carrel({ url: visitors.url, apiKey: visitors.apiKey });
  await using browser = await client.browsers.open();
  await browser.execute({ type: 'goto', url: site.url });

  const result = await browser.execute({
    type: 'evaluate',
    expression: SCRIPT,
    arg: { url: server.url, apiKey: server.apiKey },
    timeoutMs: 25_000,
  });
  expect(result).toMatchObject({ success: true });
  expect(result.value).toEqual({
    snapshot: expect.stringContaining('From a page'),
    pictureBytes: expect.any(Number),
    last: 'browser.closed',
    refused: 'not_found',
  });
});
