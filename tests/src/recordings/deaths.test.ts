import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId, routes } from '@carrel/protocol';
import { Carrel, type Recording } from '@carrel/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from '../running/api.js';
import { startSite, type TestSite } from '../running/server-and-site.js';
import { dataDirectory, startServerProcess } from '../running/server-process.js';

const ENV = { CARREL_EGRESS_ALLOW: '127.0.0.0/8' };
const DEADLINE_MS = 20_000;
/** Two servers are started, one after the other. */
const SERVERS_TIMEOUT_MS = 60_000;

let site: TestSite;

beforeAll(async () => {
  site = await startSite((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    // It never stands still, and no JPEG makes it small.
    response.end(`<!doctype html><canvas width="1200" height="700"></canvas><script>
      const context = document.querySelector('canvas').getContext('2d');
      const draw = () => { const image = context.createImageData(1200, 700);
        for (let n = 0; n < image.data.length; n += 65536) crypto.getRandomValues(image.data.subarray(n, n + 65536));
        context.putImageData(image, 0, 0); setTimeout(draw, 100); }; draw();</script>`);
  });
});
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
});

/** How far the recording of a browser has come once it is as far as that. */
async function until(client: Carrel, browserId: string, isFarEnough: (recording: Recording) => boolean) {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  for (;;) {
    const recording = await client.recordings.get(browserId, { signal }).catch((error: { code?: string }) => {
      if (error.code === 'not_found') return undefined; // it has not begun
      throw error;
    });
    if (recording !== undefined && isFarEnough(recording)) return recording;
    signal.throwIfAborted();
  }
}

describe('a server that is killed', () => {
  it(
    'should leave what it has recorded to the last second, which the next one has, encrypted with the new master key too',
    async () => {
      await using directory = await dataDirectory();
      await using killed = await startServerProcess(directory.path, ENV);
      const before = new Carrel({ url: killed.url, apiKey: killed.apiKey });
      const api = new Api(killed.url, killed.apiKey);
      const { id } = await api.must(routes.openBrowser, { body: { record: true } });
      await api.must(routes.execute, { params: { id }, body: { type: 'goto', url: site.url } });
      const written = await until(before, id, ({ frames }) => frames >= 5);
      await api.must(routes.rotateMasterKey);
      await killed.end('SIGKILL');
      await using next = await startServerProcess(directory.path, ENV);
      const after = new Carrel({ url: next.url, apiKey: next.apiKey });
      const recording = await after.recordings.get(id);
      expect(recording.endReason).toBe('server_died');
      expect(recording.endedAt).not.toBeNull();
      for (const what of ['frames', 'lines', 'durationMs', 'sizeBytes'] as const) {
        expect([what, recording[what]]).toEqual([what, expect.toSatisfy((value: number) => value >= written[what])]);
      }
      let frames = 0;
      for await (const { jpeg } of after.recordings.frames(id)) frames += jpeg.length > 0 ? 1 : 0;
      expect(frames).toBe(recording.frames);
    },
    SERVERS_TIMEOUT_MS,
  );
});

describe('recordings that are over', () => {
  it(
    'should be removed when they are more than the operator has room for, the newest kept, and files that nobody knows with them',
    async () => {
      await using directory = await dataDirectory();
      const ids: string[] = [];
      {
        await using server = await startServerProcess(directory.path, { ...ENV, CARREL_RECORDING_MAX_BYTES: String(1024 * 1024) });
        const api = new Api(server.url, server.apiKey);
        const client = new Carrel({ url: server.url, apiKey: server.apiKey });
        for (let count = 0; count < 2; count++) {
          const { id } = await api.must(routes.openBrowser, { body: { record: { maxFramesPerSecond: 25, maxWidth: 640, quality: 50 } } });
          ids.push(id);
          await api.must(routes.execute, { params: { id }, body: { type: 'goto', url: site.url } });
          await until(client, id, ({ sizeBytes }) => sizeBytes > 600 * 1024);
          await api.must(routes.closeBrowser, { params: { id } });
        }
      }
      await writeFile(join(directory.path, 'recordings', newId('browser')), 'of a browser that was deleted');
      await using server = await startServerProcess(directory.path, { ...ENV, CARREL_RECORDINGS_MAX_BYTES: String(1024 * 1024) });
      const client = new Carrel({ url: server.url, apiKey: server.apiKey });
      expect((await client.recordings.list().all()).map(({ browserId }) => browserId)).toEqual([ids[1]]);
      expect(await readdir(join(directory.path, 'recordings'))).toEqual([ids[1]]);
    },
    SERVERS_TIMEOUT_MS,
  );
});
