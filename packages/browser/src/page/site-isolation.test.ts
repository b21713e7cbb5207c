import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BrowserKind } from '@carrel/protocol';
import { expect, it } from 'vitest';
import { startTestBrowser } from './testing/test-browser.js';

it.each<BrowserKind>(['headless-shell', 'chromium'])('should give frames of other sites processes of their own in %s', async (kind) => {
  const site = createServer((request, response) => {
    const { port } = site.address() as AddressInfo;
    const frames = ['127.0.0.1', 'a.localhost', 'b.localhost'].map((host) => `<iframe src="http://${host}:${port}/frame"></iframe>`);
    response.writeHead(200, { 'content-type': 'text/html' }).end(request.url === '/' ? frames.join('') : 'frame');
  }).listen(0, '127.0.0.1');
  await once(site, 'listening');
  try {
    const { port } = site.address() as AddressInfo;
    await using browser = await startTestBrowser({ kind });
    await browser.pages.execute({ type: 'goto', url: `http://127.0.0.1:${port}/`, waitUntil: 'load' });
    // A frame is a target of its own when another process has it than has the page.
    const { targetInfos } = await browser.other.send('Target.getTargets');
    const frames = targetInfos.filter(({ type }) => type === 'iframe').map(({ url }) => new URL(url).hostname);
    expect(frames.sort()).toEqual(['a.localhost', 'b.localhost']);
  } finally {
    site.closeAllConnections();
    site.close();
  }
});
