import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type BrowserKind, newId } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandLine, findProcesses } from '../../chromium/index.js';
import { TEST_LIMITS, type TestIsolation, testSandbox } from '../../testing/launch.js';
import { listeningPorts, mainProcess, ofType, statusField, treeOf, untilGone } from '../../testing/processes.js';
import { type RunningBrowser, run } from '../../testing/running-browser.js';

const KINDS: BrowserKind[] = ['headless-shell', 'chromium'];
const isRoot = process.getuid?.() === 0;

describe.each(KINDS)('A sandboxed %s', (kind) => {
  let isolation: TestIsolation;
  let browser: RunningBrowser;
  const egress = new EventEmitter();
  beforeAll(async () => {
    isolation = await testSandbox();
    browser = await run(isolation, kind, { acceptEgress: (socket) => egress.emit('connection', socket) });
  });
  afterAll(async () => {
    await browser[Symbol.asyncDispose]();
    await isolation[Symbol.asyncDispose]();
  });

  it("should have Chromium's own sandbox on, inside of ours", async () => {
    const tree = treeOf(browser.isolated.directories.profile);
    const namespaceOf = (pid: number, name: string) => readlinkSync(`/proc/${pid}/ns/${name}`);
    const renderers = ofType(tree, 'renderer');
    expect(renderers.length).toBeGreaterThan(0);
    for (const pid of renderers) {
      expect(Number(statusField(pid, 'Seccomp_filters'))).toBeGreaterThan(1);
      expect(statusField(pid, 'NSpid').split(/\s+/).length).toBeGreaterThan(2); // the host's, ours, Chromium's own
    }
    for (const pid of tree) {
      expect(statusField(pid, 'NoNewPrivs')).toBe('1');
      expect(Number(statusField(pid, 'Seccomp_filters'))).toBeGreaterThan(0);
      expect(commandLine(pid)).not.toMatch(/--no-sandbox|--disable-setuid-sandbox|--single-process/);
      for (const name of ['user', 'pid', 'mnt', 'net', 'ipc', 'uts', 'cgroup']) {
        expect(namespaceOf(pid, name)).not.toBe(namespaceOf(process.pid, name));
      }
    }
    if (kind === 'headless-shell') return; // it has no chrome://sandbox
    expect(await textOf(browser, 'chrome://sandbox', /adequately/)).toContain('You are adequately sandboxed.');
  });

  it('should show a page that gets at local files only made-up ones', async () => {
    expect(await textOf(browser, 'file:///etc/passwd', /./)).toContain('carrel:x:1000:1000');
    expect(readFileSync('/etc/passwd', 'utf8')).not.toContain('carrel:x:1000:1000');
  });

  it('should make its connections to our listener, which ends with it, and take itself for online', async () => {
    const sockets: Socket[] = [];
    await using other = await run(isolation, kind, {
      acceptEgress: (socket) => {
        sockets.push(socket);
        egress.emit('connection', socket);
      },
    });
    expect(await other.evaluate('navigator.onLine')).toBe(true);
    const connected = once(egress, 'connection') as Promise<[Socket]>;
    const navigating = other.session.send('Page.navigate', { url: 'http://127.0.0.1:8080/' }, { sessionId: other.sessionId });
    navigating.catch(() => {}); // its browser is killed before it is answered
    const [socket] = await connected;
    const [head] = (await once(socket, 'data')) as [Buffer];
    expect(head.toString()).toMatch(/^GET http:\/\/127\.0\.0\.1:8080\/ HTTP\/1\.1\r\n/);
    await other.isolated.kill();
    expect(sockets.map(({ destroyed }) => destroyed)).not.toContain(false);
  });

  it('should listen on no TCP port', () => {
    expect(treeOf(browser.isolated.directories.profile).flatMap(listeningPorts)).toEqual([]);
  });

  it('should leave no process, namespace, mount and file when it is killed', async () => {
    const other = await run(isolation, kind);
    const tree = treeOf(other.isolated.directories.profile);
    const network = readlinkSync(`/proc/${mainProcess(other.isolated.directories.profile)}/ns/net`);
    expect(tree.length).toBeGreaterThan(2);
    await other.isolated.kill();
    await untilGone(tree);
    expect(await other.isolated.exited).toMatchObject({ code: null, signal: 'SIGKILL' });
    await other.isolated.kill(); // again does no harm
    await other.isolated.remove();
    expect(existsSync(join(other.isolated.directories.profile, '..'))).toBe(false);
    expect(holdersOf('net', network)).toEqual([]);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(isolation.runDirectory);
    const { uid } = other.isolated;
    if (uid !== undefined) expect(findProcesses((entry) => entry.uid === uid)).toEqual([]);
  });

  it('should say how it ended when it crashes', async () => {
    await using other = await run(isolation, kind);
    process.kill(mainProcess(other.isolated.directories.profile), 'SIGSEGV');
    expect(await other.isolated.exited).toMatchObject({ code: null, signal: 'SIGSEGV' });
    await other.isolated.kill();
  });

  it('should keep what it saves where the host finds it, and read what the host puts in its uploads', async () => {
    const { directories, uid } = browser.isolated;
    const file = join(directories.uploads, 'greeting.txt');
    await writeFile(file, 'hello', { mode: 0o644 });
    expect(await textOf(browser, `file://${file}`, /./)).toBe('hello');
    expect(readdirSync(directories.profile)).toContain('Default');
    expect(uid === undefined || uid > 1000).toBe(true);
  });
});

describe('SandboxIsolation', () => {
  it.runIf(isRoot)('should run every browser under a uid of its own', async () => {
    await using isolation = await testSandbox();
    await using one = await run(isolation, 'headless-shell');
    await using other = await run(isolation, 'headless-shell');
    expect(new Set([0, one.isolated.uid, other.isolated.uid]).size).toBe(3);
    for (const { isolated } of [one, other]) {
      for (const pid of treeOf(isolated.directories.profile)) expect(statusField(pid, 'Uid')).toBe(Array(4).fill(isolated.uid).join('\t'));
    }
  });

  it('should refuse a script in place of Chromium, and leave nothing of the attempt', async () => {
    await using isolation = await testSandbox({ executablePaths: { chromium: '/usr/bin/ldd' } });
    await expect(run(isolation, 'chromium')).rejects.toMatchObject({
      code: 'launch_failed',
      message: expect.stringContaining('/usr/bin/ldd is not a program'),
    });
    expect(readdirSync(isolation.runDirectory)).toEqual([]);
  });

  it('should tell the last words of a program that ends at once', async () => {
    await using isolation = await testSandbox({ executablePaths: { chromium: '/usr/bin/perl' } });
    const isolated = await isolation.isolation.launch({
      id: newId('browser'),
      kind: 'chromium',
      windowSize: { width: 1, height: 1 },
      acceptEgress: (socket) => socket.destroy(),
    });
    expect(await isolated.exited).toMatchObject({
      signal: null,
      stderr: expect.stringContaining('Unrecognized switch: --remote-debugging-pipe'),
    });
    await isolated.kill();
    await isolated.remove();
  });

  it('should end and delete what a dead server of the same run directory left, and touch nobody else', async () => {
    await using dead = await testSandbox();
    await using alive = await testSandbox();
    const [left, foreign] = await Promise.all([run(dead, 'headless-shell'), run(alive, 'headless-shell')]);
    const [leftTree, foreignTree] = [treeOf(left.isolated.directories.profile), treeOf(foreign.isolated.directories.profile)];
    try {
      // As the next server of the same data directory does, whichever walls it builds.
      expect(await dead.isolation.sweep()).toEqual([left.isolated.directories.profile.split('/').at(-2)]);
      await untilGone(leftTree);
      expect(readdirSync(dead.runDirectory)).toEqual([]);
      expect(treeOf(foreign.isolated.directories.profile).sort()).toEqual(foreignTree.sort());
    } finally {
      await foreign[Symbol.asyncDispose]();
    }
  });

  it('should leave nothing alive when its server is killed', async () => {
    await using isolation = await testSandbox();
    const built = new URL('../../../dist/isolation/index.js', import.meta.url).href;
    const script = `
      const { chooseIsolation } = await import(${JSON.stringify(built)});
      const isolation = await chooseIsolation(${JSON.stringify({ runDirectory: isolation.runDirectory, executablePaths: {}, allowNoSandbox: false, limits: TEST_LIMITS })});
      const launch = { kind: 'headless-shell', windowSize: { width: 800, height: 600 }, acceptEgress: (socket) => socket.destroy() };
      const browsers = await Promise.all(['br_1', 'br_2'].map((id) => isolation.launch({ ...launch, id })));
      browsers[0].readable.once('data', () => console.log('up'));
      browsers[0].writable.write('{"id":1,"method":"Browser.getVersion"}\\0');
    `;
    const server = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(server.stdout, 'data');
    const ofRun = () => findProcesses(({ pid }) => pid !== server.pid && commandLine(pid).includes(`${isolation.runDirectory}/`));
    const left = ofRun();
    expect(left.length).toBeGreaterThan(4);
    server.kill('SIGKILL');
    await untilGone(left);
    expect(ofRun()).toEqual([]);
    expect((await isolation.isolation.sweep()).sort()).toEqual(['br_1', 'br_2']);
  });
});

/** What a page shows when it shows what is expected. */
async function textOf({ isolated, sessionId, evaluate }: RunningBrowser, url: string, expected: RegExp): Promise<string> {
  // Straight into the pipe: the multiplexer refuses such URLs, and this is about what is behind that wall.
  isolated.writable.write(`${JSON.stringify({ id: 2 ** 30, method: 'Page.navigate', params: { url }, sessionId })}\0`);
  const deadline = AbortSignal.timeout(10_000);
  for (;;) {
    // While it navigates, the page may lose its context in the middle of an answer.
    const text = await evaluate('document.body?.innerText').catch(() => undefined);
    if (typeof text === 'string' && expected.test(text)) return text;
    if (deadline.aborted) throw new Error(`${url} shows ${JSON.stringify(text)}`);
    await delay(20);
  }
}

/** Processes that are in a namespace. */
const holdersOf = (type: string, namespace: string) =>
  findProcesses(({ pid }) => {
    try {
      return readlinkSync(`/proc/${pid}/ns/${type}`) === namespace;
    } catch {
      return false; // it ended meanwhile
    }
  });
