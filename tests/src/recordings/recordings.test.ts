import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, routes } from '@carrel/protocol';
import { Carrel, type RecordingFrame } from '@carrel/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api, newProject } from '../running/api.js';
import { startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';

const SECRET = 'correct-horse-battery';
const DEADLINE_MS = 20_000;

let server: TestServer;
let api: Api;
let client: Carrel;
let site: TestSite;

beforeAll(async () => {
  server = await startTestServer({ CARREL_RECORDING_MAX_BYTES: String(1024 * 1024) });
  api = new Api(server.url, server.apiKey);
  client = new Carrel({ url: server.url, apiKey: server.apiKey });
  site = await startSite((request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    // One that never stands still, and each time with what no JPEG makes small.
    const noise = `<canvas width="1200" height="700"></canvas><script>
      const context = document.querySelector('canvas').getContext('2d');
      const draw = () => { const image = context.createImageData(1200, 700);
        for (let n = 0; n < image.data.length; n += 65536) crypto.getRandomValues(image.data.subarray(n, n + 65536));
        context.putImageData(image, 0, 0); setTimeout(draw, 100); }; draw();</script>`;
    const noisy = `<script>for (let n = 1; n <= 50; n++) console.log(n + ' <b>&\\0' + 'x'.repeat(n === 1 ? 100_000 : 1)); console.warn('seldom')</script>`;
    const page =
      request.url === '/noisy' ? noisy : `<title>Sign in</title><form><input name="user"><input type="password" name="password"></form>`;
    response.end(`<!doctype html>${request.url === '/noise' ? noise : page}<h1>Unmistakable headline ${request.url}</h1>`);
  });
});
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

const open = (record: boolean | object | undefined, as: Api = api) => as.must(routes.openBrowser, { body: { record, endUserId: 'ann' } });
const goto = ({ id }: Browser, path: string) => execute(id, { type: 'goto', url: `${site.url}${path}` });
async function execute(id: string, action: object): Promise<void> {
  expect(await api.must(routes.execute, { params: { id }, body: action })).toMatchObject({ success: true });
}

/** Closes a browser, and waits until its recording is over. */
async function ended({ id }: Browser) {
  await api.must(routes.closeBrowser, { params: { id } });
  return await untilRecording(id, ({ endedAt }) => endedAt !== null);
}

/** Looks at a recording until it is as it should be. */
async function untilRecording(id: string, isIt: (recording: Awaited<ReturnType<Carrel['recordings']['get']>>) => boolean) {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  for (;;) {
    const recording = await client.recordings.get(id, { signal: deadline }).catch((error: { code?: string }) => {
      if (error.code === 'not_found') return undefined; // it has not begun
      throw error;
    });
    if (recording !== undefined && isIt(recording)) return recording;
    deadline.throwIfAborted();
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const isJpeg = ({ jpeg }: Pick<RecordingFrame, 'jpeg'>) =>
  jpeg[0] === 0xff && jpeg[1] === 0xd8 && jpeg.at(-2) === 0xff && jpeg.at(-1) === 0xd9;

describe('a recording', () => {
  it('should show what was to be seen, and say what happened when', async () => {
    const browser = await open(true);
    await goto(browser, '/first');
    await untilRecording(browser.id, ({ frames }) => frames > 0);
    const early = await client.recordings.get(browser.id);
    expect(early).toMatchObject({ endedAt: null, endReason: null, endUserId: 'ann' });
    await goto(browser, '/second');
    const recording = await ended(browser);
    expect(recording.endReason).toBe('browser_ended');
    const frames = await all(client.recordings.frames(browser.id));
    expect(frames).toHaveLength(recording.frames);
    expect(frames.every(isJpeg)).toBe(true);
    expect(frames.map(({ atMs }) => atMs)).toEqual([...new Set(frames.map(({ atMs }) => atMs))].sort((one, other) => one - other));
    const lines = await all(client.recordings.timeline(browser.id));
    expect(lines.map(({ id }) => id)).toEqual(lines.map((_, index) => index + 1));
    expect(lines).toHaveLength(recording.lines);
    expect(lines.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['browser.running', 'tab.navigated', 'action.executed', 'network.requested', 'browser.closed']),
    );
    expect(Math.max(...lines.map(({ atMs }) => atMs), ...frames.map(({ atMs }) => atMs))).toBe(recording.durationMs);
    const found = await all(client.recordings.timeline(browser.id, { search: '/SECOND' }));
    expect(found.length).toBeGreaterThan(0);
    expect(found.every(({ data }) => JSON.stringify(data).includes('/second'))).toBe(true);
    expect(found.length).toBeLessThan(lines.length);
    expect((await client.recordings.list({ endUserId: 'ann' }).all()).map(({ browserId }) => browserId)).toContain(browser.id);
    expect(await client.recordings.list({ endUserId: 'bob' }).all()).toEqual([]);
  });

  it('should be given in parts', async () => {
    const browser = await open({ maxFramesPerSecond: 10, maxWidth: 320, quality: 20 });
    await goto(browser, '/noise');
    await untilRecording(browser.id, ({ frames }) => frames >= 6);
    await ended(browser);
    const frames = await all(client.recordings.frames(browser.id));
    const [second, fourth] = [frames[1]?.atMs ?? 0, frames[3]?.atMs ?? 0];
    expect((await all(client.recordings.frames(browser.id, { fromMs: second, toMs: fourth }))).map(({ atMs }) => atMs)).toEqual(
      frames.slice(1, 3).map(({ atMs }) => atMs),
    );
    expect(await client.recordings.frame(browser.id, fourth - 1)).toEqual(frames[2]?.jpeg);
    expect(await client.recordings.frame(browser.id, 10_000_000)).toEqual(frames.at(-1)?.jpeg);
    const first = await api.must(routes.getRecordingFrames, { params: { id: browser.id }, query: { limit: 1 } });
    expect(first.length).toBeLessThan((frames[0]?.jpeg.length ?? 0) + 300);
  });

  it('should be made only of what was asked for', async () => {
    const browser = await open(undefined);
    const other = await open(false);
    for (const { id } of [browser, other]) {
      await api.must(routes.closeBrowser, { params: { id } });
      await api.mustFail(routes.getRecording, 'not_found', { params: { id } });
    }
    await api.mustFail(routes.openBrowser, 'invalid_request', { body: { record: { maxFramesPerSecond: 0 } } });
    await api.mustFail(routes.openBrowser, 'unknown_field', { body: { record: { sound: true } } });
  });

  it('should end when it has become too large, and its browser go on', async () => {
    const browser = await open({ maxFramesPerSecond: 25, maxWidth: 1280, quality: 100 });
    await goto(browser, '/first');
    await untilRecording(browser.id, ({ frames }) => frames > 0);
    // One picture of that may be too large by itself.
    await goto(browser, '/noise');
    const recording = await untilRecording(browser.id, ({ endedAt }) => endedAt !== null);
    expect(recording.endReason).toBe('size');
    expect(recording.frames).toBeGreaterThan(0);
    expect(recording.sizeBytes).toBeLessThanOrEqual(1024 * 1024);
    expect((await readFile(join(server.dataDir, 'recordings', browser.id))).length).toBe(recording.sizeBytes);
    await goto(browser, '/after');
    await api.must(routes.closeBrowser, { params: { id: browser.id } });
  });

  it('should have what pages write to their console, cut, and not as often as they like', async () => {
    const browser = await open(true);
    await untilRecording(browser.id, ({ frames }) => frames > 0);
    await goto(browser, '/noisy');
    const lines = async () => (await all(client.recordings.timeline(browser.id))).filter(({ type }) => type.startsWith('console.'));
    await expect.poll(async () => (await lines()).at(-1)?.type, { timeout: DEADLINE_MS }).toBe('console.dropped');
    const found = await lines();
    const written = found.filter(({ type }) => type === 'console.message').map(({ data }) => String(data.text));
    expect(written[0]).toHaveLength(2_000);
    expect(written.map((text) => text.slice(0, 8))).toEqual(
      Array.from({ length: 20 }, (_, n) => expect.stringContaining(`${n + 1} <b>&\0`)),
    );
    expect(found.at(-1)?.data.count).toBeGreaterThanOrEqual(31);
    await api.must(routes.closeBrowser, { params: { id: browser.id } });
  });

  it('should be gone when it is deleted, also while it goes on', async () => {
    const browser = await open(true);
    await goto(browser, '/first');
    await untilRecording(browser.id, ({ frames }) => frames > 0);
    await client.recordings.delete(browser.id);
    await api.mustFail(routes.getRecording, 'not_found', { params: { id: browser.id } });
    expect(await readdir(join(server.dataDir, 'recordings'))).not.toContain(browser.id);
    await goto(browser, '/second');
    await api.must(routes.closeBrowser, { params: { id: browser.id } });
  });
});

describe('what is kept of a recording', () => {
  it('should say nothing to whoever has the files', async () => {
    const browser = await open(true);
    await goto(browser, '/first');
    await untilRecording(browser.id, ({ frames }) => frames > 0);
    await ended(browser);
    const path = join(server.dataDir, 'recordings', browser.id);
    const bytes = await readFile(path);
    const plain = [site.url, '/first', 'Sign in', 'tab.navigated', 'atMs', browser.id, 'JFIF', Buffer.from([0xff, 0xd8, 0xff, 0xe0])];
    expect(plain.filter((text) => bytes.includes(text))).toEqual([]);
    const [frame] = await all(client.recordings.frames(browser.id));
    expect(bytes.includes(Buffer.from(frame?.jpeg.subarray(100, 132) ?? ''))).toBe(false);
  });

  it('should not be taken for what it is not, when it was changed', async () => {
    const [one, other] = [await open(true), await open(true)];
    for (const browser of [one, other]) {
      await goto(browser, '/first');
      await untilRecording(browser.id, ({ frames }) => frames > 0);
      await ended(browser);
    }
    const pathOf = ({ id }: Browser) => join(server.dataDir, 'recordings', id);
    const own = await readFile(pathOf(one));
    const params = { id: one.id };
    const changes: [string, Buffer][] = [
      ['that of another', await readFile(pathOf(other))],
      ['nothing', Buffer.alloc(0)],
      ['something else', Buffer.alloc(5000, 'x')],
      ['a bit of it changed', Buffer.from(own.map((byte, at) => (at === 60 ? byte ^ 1 : byte)))],
    ];
    for (const [, bytes] of changes) {
      await writeFile(pathOf(one), bytes);
      await api.mustFail(routes.listRecordingLines, 'recording_unavailable', { params });
    }
    // What was cut off, as when the machine went down, is missing; what was before is there.
    await writeFile(pathOf(one), own);
    const lines = (await api.must(routes.listRecordingLines, { params, query: { limit: 1000 } })).data;
    await truncate(pathOf(one), own.length - 10);
    const left = (await api.must(routes.listRecordingLines, { params, query: { limit: 1000 } })).data;
    expect(left).toEqual(lines.slice(0, left.length));
    expect(left.length).toBeLessThan(lines.length);
  });

  it('should not have in its timeline what was typed', async () => {
    const browser = await open(true);
    await goto(browser, '/first');
    await execute(browser.id, { type: 'fill', selector: 'input[name=user]', value: `${SECRET}-user` });
    await execute(browser.id, { type: 'fill', selector: 'input[type=password]', value: SECRET });
    await execute(browser.id, { type: 'press', selector: 'input[type=password]', key: 'End' });
    await ended(browser);
    const lines = await all(client.recordings.timeline(browser.id));
    expect(lines.map(({ type }) => type)).toContain('action.executed');
    expect(JSON.stringify(lines)).not.toContain('correct-horse');
    expect(await all(client.recordings.timeline(browser.id, { search: 'correct-horse' }))).toEqual([]);
  });
});

describe('who may see a recording', () => {
  it('should be nobody of another project, and delete it nobody who only reads', async () => {
    const browser = await open(true);
    await goto(browser, '/first');
    await untilRecording(browser.id, ({ frames }) => frames > 0);
    await ended(browser);
    const params = { id: browser.id };
    const { api: stranger } = await newProject(api, 1);
    const calls = [
      routes.getRecording,
      routes.listRecordingLines,
      routes.getRecordingFrames,
      routes.getRecordingFrame,
      routes.deleteRecording,
    ];
    for (const route of calls) await stranger.mustFail(route, 'not_found', { params });
    expect((await stranger.must(routes.listRecordings)).data).toEqual([]);
    const { secret = '' } = await api.must(routes.createApiKey, { body: { name: 'reads', scopes: ['browsers:read'] } });
    await api.as(secret).mustFail(routes.deleteRecording, 'insufficient_scope', { params });
    expect((await api.as(secret).must(routes.getRecording, { params })).browserId).toBe(browser.id);
  });
});

describe('a recording of an end user', () => {
  it('should be gone with them', async () => {
    const { id } = await api.must(routes.openBrowser, { body: { record: true, endUserId: 'leaves' } });
    await execute(id, { type: 'goto', url: site.url });
    await untilRecording(id, ({ frames }) => frames > 0);
    await api.must(routes.deleteEndUser, { params: { id: 'leaves' } });
    await api.mustFail(routes.getRecording, 'not_found', { params: { id } });
    expect(await client.recordings.list({ endUserId: 'leaves' }).all()).toEqual([]);
  });
});
