import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { run } from '@carrel/cli';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHttpUpstream, USER } from '../../../packages/browser/src/egress/testing/upstream.js';
import { greetingPage, startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';

const BIN = fileURLToPath(new URL('../../../packages/cli/bin/carrel.js', import.meta.url));

let server: TestServer;
let site: TestSite;
let cwd: string;

beforeAll(async () => {
  server = await startTestServer();
  site = await startSite(greetingPage);
  cwd = await mkdtemp(join(tmpdir(), 'carrel-cli-'));
});
afterAll(async () => {
  await rm(cwd, { recursive: true });
  await site?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

/** Runs `carrel` against the server, with the key that lies in its data directory. */
async function carrel(...words: string[]) {
  const [stdout, stderr, stdin] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const output = Promise.all([buffer(stdout), buffer(stderr)]);
  const env = { CARREL_URL: server.url, CARREL_DATA_DIR: server.dataDir };
  const exitCode = await run(words, { stdout, stderr, stdin, env, cwd });
  stdout.end();
  stderr.end();
  const [bytes, errors] = await output;
  return { exitCode, bytes, stdout: bytes.toString(), stderr: errors.toString() };
}

async function carrelJson<T>(...words: string[]): Promise<T> {
  const { exitCode, stdout, stderr } = await carrel(...words, '--json');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout) as T;
}

const open = async (...words: string[]) => (await carrelJson<{ id: string; cdpUrl: string }>('open', ...words)).id;

describe('carrel against a real server', () => {
  it('should open, list, show and close browsers', async () => {
    const opened = await carrel('open', '--idle-timeout', '60', '--metadata', 'a=1', '--metadata', 'b=x=y');
    expect(opened.exitCode).toBe(0);
    expect(opened.stdout).toMatch(/^id +br_\w+\ncdpUrl +ws:\/\/\S+\nliveUrl +http:\/\/\S+\/browsers\/br_\w+\n$/);
    const id = /br_\w+/.exec(opened.stdout)?.[0] ?? '';
    expect((await carrel('ls')).stdout).toMatch(new RegExp(`^${id} +running .*a=1 b=x=y$`, 'm'));
    expect((await carrel('show', id)).stdout).toMatch(/^idle timeout +60 s$/m);
    expect((await carrel('close', id)).stdout).toMatch(new RegExp(`^${id} clos(ing|ed)\n$`));
    expect((await carrel('ls')).stdout).not.toContain(id);
    expect((await carrel('ls', '--all')).stdout).toContain(id);
    expect((await carrel('close', id)).exitCode).toBe(0);
  });

  it('should open browsers by the network that it is told, and show what they asked it for', async () => {
    const host = new URL(site.url).host;
    const id = await open('--proxies', '--allow', host, '--deny', 'other.test');
    const refused = await carrel('exec', id, 'goto', 'http://other.test/');
    expect(refused).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('`network.deny`') });
    await carrel('exec', id, 'goto', site.url);
    const shown = await carrel('show', id);
    expect(shown.stdout).toMatch(new RegExp(`^allowed hosts +${host}$`, 'm'));
    expect(shown.stdout).toMatch(/^denied hosts +other\.test$/m);
    expect(shown.stdout).toMatch(/^warning +proxies: true leaves directly/m);
    const { stdout } = await carrel('network', id);
    expect(stdout).toMatch(/^exit +direct$/m);
    expect(stdout).toMatch(/ GET +other\.test:80 +403 .* host_denied$/m);
    expect(stdout).toMatch(new RegExp(` GET +${host} +200 `));
    expect(await carrelJson('network', id, '--limit', '1')).toMatchObject({ data: [{ host: '127.0.0.1' }], totals: { refused: 1 } });
    await carrel('close', id);
  });

  it('should open browsers with the identity that it is told', async () => {
    const sizes = ['--viewport', '900x600', '--screen', '1600x900', '--color-scheme', 'dark', '--geolocation', '51.5,-0.1'];
    const words = [
      '--locale',
      'de-CH',
      '--languages',
      'de-CH,fr',
      '--timezone',
      'Europe/Zurich',
      '--rendering',
      'default',
      '--seed',
      'mine',
    ];
    const { id, identity } = await carrelJson<{ id: string; identity: object }>('open', ...words, ...sizes);
    expect(identity).toMatchObject({
      locale: 'de-CH',
      languages: ['de-CH', 'de', 'fr'],
      timezone: 'Europe/Zurich',
      viewport: { width: 900, height: 600 },
      screen: { width: 1600, height: 900 },
      colorScheme: 'dark',
      geolocation: { latitude: 51.5, longitude: -0.1, accuracy: 50 },
      rendering: 'default',
      seed: 'mine',
    });
    expect((await carrel('show', id)).stdout).toMatch(/^identity +de-CH, Europe\/Zurich, 900×600 of 1600×900$/m);
    const refused = await carrel('open', '--locale', 'de', '--languages', 'fr');
    expect(refused).toMatchObject({ stderr: expect.stringContaining('cannot both be true') });
    expect(refused.exitCode).not.toBe(0);
    await carrel('close', id);
  });

  it('should leave by a proxy that it is given, without showing its password', async () => {
    await using upstream = await startHttpUpstream();
    const { username, password } = USER;
    const proxy = `http://${username}:${encodeURIComponent(password)}@127.0.0.1:${upstream.port}`;
    const id = await open('--proxy', proxy);
    await carrel('exec', id, 'goto', site.url);
    expect(upstream.asked).toContain(`GET ${site.url}/`);
    const { stdout } = await carrel('network', id);
    expect(stdout).toContain(`exit    ${upstream.url}`);
    expect(stdout + (await carrel('show', id)).stdout + (await carrel('events', id)).stdout).not.toMatch(/p@ss|p%40ss/);
    await carrel('close', id);
  });

  it('should drive a page and show what happens', async () => {
    const id = await open();
    const went = await carrel('exec', id, 'goto', `${site.url}/?a=b`);
    expect(went).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('✓') });
    const seen = await carrel('observe', id);
    expect(seen.stdout).toContain('Greeting');
    const ref = /textbox.*?\[ref=(e\d+)\]/.exec(seen.stdout)?.[1] ?? '';
    expect((await carrel('exec', id, 'fill', ref, 'value=Ann')).exitCode).toBe(0);
    expect((await carrel('exec', id, '--json-action', '{"type":"click","selector":"button"}')).exitCode).toBe(0);
    const scraped = await carrelJson<{ fields: object }>('scrape', id, '--field', 'answer=output');
    expect(scraped.fields).toEqual({ answer: 'Hello Ann' });
    const failed = await carrel('exec', id, 'click', '#nowhere', 'timeoutMs=200');
    expect(failed).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('✗ not_found') });
    const events = await carrel('events', id, '--json');
    const types = events.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).type);
    expect(types).toEqual(expect.arrayContaining(['browser.running', 'tab.navigated', 'action.executed']));
    await carrel('close', id);
  });

  it('should write pictures and PDF where they are wanted', async () => {
    const id = await open();
    const shot = await carrelJson<{ path: string; sizeBytes: number }>('screenshot', id);
    expect(shot.path).toBe(join(cwd, `${id}.png`));
    expect((await stat(shot.path)).size).toBe(shot.sizeBytes);
    const piped = await carrel('screenshot', id, '--format', 'jpeg', '-o', '-');
    expect([...piped.bytes.subarray(0, 2)]).toEqual([0xff, 0xd8]);
    await carrel('pdf', id, '-o', 'page.pdf');
    expect((await readFile(join(cwd, 'page.pdf'))).subarray(0, 5).toString()).toBe('%PDF-');
    expect((await carrel('screenshot', id, '-o', '-', '--json')).exitCode).toBe(2);
    await carrel('close', id);
  });

  it('should move files and cookies', async () => {
    const id = await open();
    await writeFile(join(cwd, 'cv.txt'), 'I read a lot.');
    expect((await carrel('files', 'put', id, 'cv.txt', '--name', 'mine.txt')).stdout).toBe('mine.txt 13 bytes\n');
    expect((await carrel('files', 'ls', id)).stdout).toMatch(/^mine\.txt +upload +13 /m);
    expect((await carrel('files', 'get', id, 'mine.txt', '-o', '-')).stdout).toBe('I read a lot.');
    expect((await carrel('files', 'rm', id, 'mine.txt')).exitCode).toBe(0);
    expect((await carrel('files', 'get', id, 'mine.txt')).exitCode).toBe(3);
    await carrel('cookies', 'set', id, JSON.stringify({ name: 'a', value: 'b', url: site.url }));
    expect((await carrel('cookies', 'get', id)).stdout).toMatch(/^127\.0\.0\.1 +\/ +a +b +session/m);
    await carrel('close', id);
  });

  it('should make, list and revoke live links', async () => {
    const id = await open();
    const made = await carrel('live', id, '--control', '--ttl', '2m');
    expect(made.stdout).toMatch(/^http:\/\/[^/]+\/live\/[\w-]{43}\n$/);
    expect(made.stderr).toContain(`carrel live ${id} --revoke lv_`);
    const [link] = await carrelJson<{ id: string; scope: string; url?: string }[]>('live', id, '--list');
    expect(link).toMatchObject({ scope: 'control' });
    expect(link?.url).toBeUndefined();
    expect((await carrel('live', id, '--revoke', link?.id ?? '')).stdout).toBe(`Revoked ${link?.id}\n`);
    expect((await carrel('live', id, '--list')).stdout).toBe('No links.\n');
    await carrel('close', id);
  });

  it('should manage projects and keys', async () => {
    const project = await carrelJson<{ id: string }>('projects', 'create', 'readers', '--max-browsers', '1');
    expect((await carrel('projects', 'update', project.id, '--name', 'writers')).stdout).toMatch(/^name +writers$/m);
    expect((await carrel('projects', 'ls')).stdout).toContain('writers');
    const key = await carrelJson<{ id: string; secret: string }>('keys', 'create', 'theirs', '--project', project.id);
    const first = await carrelJson<{ id: string }>('open', '--api-key', key.secret);
    const full = await carrel('open', '--wait-ms', '10', '--api-key', key.secret, '--json');
    expect(full.exitCode).toBe(6);
    expect(JSON.parse(full.stderr)).toMatchObject({ code: 'quota_exceeded' });
    expect((await carrel('show', first.id)).exitCode).toBe(3);
    await carrel('close', '--all', '--api-key', key.secret);
    expect((await carrel('projects', 'delete', project.id)).exitCode).toBe(0);
    expect((await carrel('ls', '--api-key', key.secret)).exitCode).toBe(4);
    const own = await carrelJson<{ id: string }>('keys', 'create', 'mine', '--scopes', 'browsers:read');
    expect((await carrel('keys', 'revoke', own.id)).exitCode).toBe(0);
    expect((await carrel('keys', 'ls')).stdout).toMatch(new RegExp(`^${own.id} .*revoked`, 'm'));
  });

  it('should end with 2 or 3 for what is not right or not there', async () => {
    expect((await carrel('show', 'br_00000000000000000000000000')).exitCode).toBe(3);
    expect((await carrel('show', 'nonsense')).exitCode).toBe(2);
    expect((await carrel('open', '--idle-timeout', '999999999')).exitCode).toBe(2);
  });
});

describe('carrel serve', () => {
  it('should say where it listens, serve, and stop in good order when told to', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'carrel-serve-'));
    const env = { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR, HOME: process.env.HOME, CARREL_LOG_LEVEL: 'silent' };
    const child = spawn(process.execPath, [BIN, 'serve', '--json', '--port', '0', '--data-dir', dataDir], { env, cwd, stdio: 'pipe' });
    try {
      const errors = buffer(child.stderr);
      const lines = createInterface(child.stdout);
      const [line] = (await once(lines, 'line', { signal: AbortSignal.timeout(25_000) })) as [string];
      const { event, url, signInUrl } = JSON.parse(line);
      expect(event).toBe('listening');
      expect(signInUrl).toMatch(new RegExp(`^${url}/sign-in#code=[\\w-]{43}$`));
      const words = ['open', '--url', url, '--json'];
      const [stdout, sink] = [new PassThrough(), new PassThrough()];
      const output = buffer(stdout);
      expect(await run(words, { stdout, stderr: sink, stdin: sink, env: { CARREL_DATA_DIR: dataDir }, cwd })).toBe(0);
      stdout.end();
      expect(JSON.parse((await output).toString())).toMatchObject({ status: 'running' });
      child.kill('SIGTERM');
      const [exitCode] = await once(child, 'exit');
      expect({ exitCode, stderr: (await errors).toString() }).toEqual({ exitCode: 0, stderr: '' });
    } finally {
      child.kill('SIGKILL');
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
