import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { routes } from '@carrel/protocol';
import { Carrel, type Recording } from '@carrel/sdk';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCarrel } from '../../../packages/cli/src/testing/run-carrel.js';
import { findFfmpeg, makeFilm } from '../../../packages/server/src/recordings/film/index.js';
import { Api } from '../running/api.js';
import { startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';

const run = promisify(execFile);
const PATIENCE = { timeout: 10_000, interval: 20 };
const TOLERANCE_MS = 3;
/** Null: this machine has none, and what needs it is skipped, which the report of the run says. */
const realFfmpeg = await findFfmpeg(undefined).catch(() => null);

let directory: string;
/** What the server takes for ffmpeg: each test puts there what it needs. */
let ffmpeg: string;
let server: TestServer;
let api: Api;
let client: Carrel;
let site: TestSite;
let recording: Recording;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'film-'));
  ffmpeg = join(directory, 'ffmpeg');
  server = await startTestServer({ CARREL_FFMPEG: ffmpeg });
  api = new Api(server.url, server.apiKey);
  client = new Carrel({ url: server.url, apiKey: server.apiKey });
  site = await startSite((request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(`<!doctype html><body style="background: ${request.url?.slice(1)}">`);
  });
  recording = await recorded();
}, 60_000);
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** A recording that is red at first, and blue at last. */
async function recorded(): Promise<Recording> {
  const { id } = await api.must(routes.openBrowser, { body: { record: { maxFramesPerSecond: 10, maxWidth: 640 } } });
  const params = { id };
  const framesBy = async (change: () => Promise<unknown>) => {
    const frames = async () => (await client.recordings.get(id).catch(() => undefined))?.frames ?? 0;
    const before = await frames();
    await change();
    await vi.waitFor(async () => expect(await frames()).toBeGreaterThan(before), PATIENCE);
  };
  const goto = (path: string) => api.must(routes.execute, { params, body: { type: 'goto', url: `${site.url}/${path}` } });
  await framesBy(() => goto('red'));
  await framesBy(() => goto('blue'));
  await api.must(routes.closeBrowser, { params });
  await vi.waitFor(async () => expect((await client.recordings.get(id)).endedAt).not.toBeNull(), PATIENCE);
  return await client.recordings.get(id);
}

async function useFfmpeg(script: string | null): Promise<void> {
  await rm(ffmpeg, { force: true });
  if (script === null) return;
  await writeFile(ffmpeg, `#!/bin/sh\n${script}\n`);
  await chmod(ffmpeg, 0o755);
}

const params = () => ({ id: recording.browserId });

describe('a film of a recording', () => {
  it('should be refused with what to install, where there is no ffmpeg', async () => {
    await useFfmpeg(null);
    const { error } = await api.mustFail(routes.exportRecording, 'recording_export_unavailable', { params: params() });
    expect(error).toContain('apt-get install -y ffmpeg');
    await expect(findFfmpeg(undefined, ['', directory, '/nowhere'].join(delimiter))).rejects.toMatchObject({
      code: 'recording_export_unavailable',
      message: expect.stringContaining('no ffmpeg on the PATH'),
    });
    await expect(client.recordings.export(recording.browserId)).rejects.toMatchObject({ code: 'recording_export_unavailable' });
  });

  it('should be refused with the words of ffmpeg, where that fails, which is told nothing of the server', async () => {
    await useFfmpeg('env >&2; echo "no such encoder" >&2; exit 3');
    const { error } = await api.mustFail(routes.exportRecording, 'recording_export_failed', { params: params() });
    expect(error).toContain('no such encoder');
    expect(error.match(/\b\w+(?==)/g)?.filter((name) => !['PATH', 'PWD', '_', 'SHLVL', 'OLDPWD'].includes(name))).toEqual([]);
  });

  it('should be there as a file only when it is whole, for whoever asks by carrel', async () => {
    await useFfmpeg(`printf film; cat > /dev/null`);
    const env = { CARREL_URL: server.url, CARREL_API_KEY: server.apiKey };
    const exported = () => runCarrel(['recordings', 'export', recording.browserId, '-o', 'a.webm', '--json'], env, directory);
    const { exitCode, stdout } = await exported();
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([0, { path: join(directory, 'a.webm'), format: 'webm', sizeBytes: 4 }]);
    expect(await readFile(join(directory, 'a.webm'), 'utf8')).toBe('film');
    await rm(join(directory, 'a.webm'));
    await useFfmpeg(`printf half; cat > /dev/null; exit 1`);
    expect((await exported()).exitCode).not.toBe(0);
    expect((await readdir(directory)).filter((name) => name.startsWith('a.webm'))).toEqual([]);
  });

  it('should be made no longer when nobody waits for it any more, and no more than two at once', async () => {
    const pids = join(directory, 'pids');
    await writeFile(pids, '');
    await useFfmpeg(`echo $$ >> ${pids}; exec sleep 600`);
    const leaving = [new AbortController(), new AbortController()];
    const asked = leaving.map(({ signal }) => client.recordings.export(recording.browserId, {}, { signal }).catch((error: Error) => error));
    const running = async () => (await readFile(pids, 'utf8')).split('\n').filter((pid) => pid !== '' && isAlive(Number(pid)));
    await expect.poll(async () => (await running()).length, PATIENCE).toBe(2);
    const { headers } = await api.mustFail(routes.exportRecording, 'overloaded', { params: params() });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(1);
    for (const one of leaving) one.abort();
    await Promise.all(asked);
    await expect.poll(running, PATIENCE).toEqual([]);
    await useFfmpeg('exit 1');
    await expect.poll(async () => (await api.call(routes.exportRecording, { params: params() })).status, PATIENCE).toBe(500); // and not 503: both places are free
  });

  it.skipIf(realFfmpeg === null)('should show each picture for as long as the browser showed it, in both formats', async () => {
    await rm(ffmpeg, { force: true });
    await symlink(realFfmpeg ?? '', ffmpeg);
    const times: number[] = [];
    let shape = 0;
    for await (const { atMs, width, height } of client.recordings.frames(recording.browserId)) {
      times.push(atMs);
      shape = height / width;
    }
    const expected = [0, ...times.slice(1), ...(recording.durationMs > (times.at(-1) ?? 0) ? [recording.durationMs] : [])];
    for (const format of ['mp4', 'webm'] as const) {
      const path = join(directory, `film.${format}`);
      await writeFile(path, await client.recordings.export(recording.browserId, { format }));
      const { frames, streams } = await probe(path);
      expect(frames.map((atMs, n) => Math.abs(atMs - (expected[n] ?? Number.NaN)) <= TOLERANCE_MS)).toEqual(expected.map(() => true));
      expect(streams).toEqual([{ codec_name: format === 'mp4' ? 'h264' : 'vp9', width: 640, height: 2 * Math.round(320 * shape) }]);
      const colours = await coloursOf(path);
      expect(colours).toContain('red');
      expect(colours.at(-1)).toBe('blue');
    }
  });

  it.skipIf(realFfmpeg === null)('should have room for pictures of every shape', async () => {
    const path = join(directory, 'shapes.mp4');
    const pictures = async function* () {
      yield { atMs: 0, jpeg: await picture('red', '640x360') };
      yield { atMs: 70, jpeg: await picture('blue', '300x500') };
      yield { atMs: 60_070, jpeg: await picture('red', '1280x720') };
    };
    const { signal } = new AbortController();
    const film = await makeFilm(pictures(), { ffmpeg: realFfmpeg ?? '', format: 'mp4', size: { width: 640, height: 500 }, signal });
    await writeFile(path, film);
    expect(await probe(path)).toEqual({ frames: [0, 70, 60_070], streams: [{ codec_name: 'h264', width: 640, height: 500 }] });
    expect(await coloursOf(path)).toEqual(['red', 'blue', 'red']);
  });
});

/** A JPEG of one colour. */
async function picture(colour: string, size: string): Promise<Buffer> {
  const made = ['-v', 'error', '-f', 'lavfi', '-i', `color=${colour}:s=${size}`, '-frames:v', '1', '-f', 'mjpeg', 'pipe:1'];
  return (await run(realFfmpeg ?? '', made, { encoding: 'buffer' })).stdout;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** When each picture of a film is shown, in ms, and what is in it. */
async function probe(path: string): Promise<{ frames: number[]; streams: unknown[] }> {
  const wanted = 'frame=pts_time:stream=codec_name,width,height';
  const { stdout } = await run('ffprobe', ['-v', 'error', '-show_entries', wanted, '-of', 'json', path]);
  const { frames, streams } = JSON.parse(stdout) as { frames: { pts_time: string }[]; streams: unknown[] };
  return { frames: frames.map(({ pts_time }) => Math.round(Number(pts_time) * 1000)), streams };
}

/** The colours in the middle of the pictures of a film. */
async function coloursOf(path: string): Promise<string[]> {
  const shown = [
    '-v',
    'error',
    '-i',
    path,
    '-vf',
    'crop=10:10,scale=1:1',
    '-fps_mode',
    'passthrough',
    '-f',
    'rawvideo',
    '-pix_fmt',
    'rgb24',
  ];
  const { stdout } = await run(realFfmpeg ?? '', [...shown, 'pipe:1'], { encoding: 'buffer' });
  return Array.from({ length: stdout.length / 3 }, (_, n) => {
    const [red = 0, , blue = 0] = stdout.subarray(3 * n);
    return red > 200 && blue < 60 ? 'red' : blue > 200 && red < 60 ? 'blue' : 'neither';
  });
}
