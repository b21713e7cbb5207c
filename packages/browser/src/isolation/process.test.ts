import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserKind, newId } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CdpSession, Multiplexer } from '../cdp/index.js';
import { commandLine } from '../chromium/index.js';
import { TEST_LIMITS, type TestIsolation, testProcess } from '../testing/launch.js';
import { listeningPorts, mainProcess, ofType, statusField, treeOf, untilGone } from '../testing/processes.js';
import type { IsolatedBrowser } from './isolation.js';
import { ProcessIsolation } from './process.js';

/** These browsers need no network. */
const refuse = (socket: Socket) => void socket.destroy();
const isRoot = process.getuid?.() === 0;

/** Launches, and waits until a page answers: all of the first processes are there then. */
async function launch({ isolation }: TestIsolation, kind: BrowserKind = 'headless-shell'): Promise<IsolatedBrowser> {
  const browser = await isolation.launch({ id: newId('browser'), kind, windowSize: { width: 800, height: 600 }, acceptEgress: refuse });
  try {
    const { readable, writable } = browser;
    const session = await CdpSession.open(new Multiplexer({ readable, writable, maxMessageBytes: 2 ** 20 }));
    const { targetInfos } = await session.send('Target.getTargets');
    const targetId = targetInfos.find(({ type }) => type === 'page')?.targetId ?? '';
    const { sessionId } = await session.send('Target.attachToTarget', { targetId, flatten: true });
    await session.send('Runtime.evaluate', { expression: '1' }, { sessionId });
    return browser;
  } catch (error) {
    await end(browser);
    throw error;
  }
}

async function end(browser: IsolatedBrowser): Promise<void> {
  await browser.kill();
  await browser.remove();
}

/** Runs a program as the browser could, were it taken over. */
function asBrowser(browser: IsolatedBrowser, command: string, args: string[]) {
  const { uid } = browser;
  return spawnSync(command, args, { encoding: 'utf8', ...(uid === undefined ? {} : { uid, gid: uid }) });
}

describe('ProcessIsolation', () => {
  const secret = randomUUID();
  let isolation: TestIsolation;
  let scripts: string;
  let browser: IsolatedBrowser;
  beforeAll(async () => {
    process.env.CARREL_TEST_SECRET = secret;
    isolation = await testProcess();
    scripts = await mkdtemp(join(tmpdir(), 'carrel-test-'));
    browser = await launch(isolation);
  });
  afterAll(async () => {
    delete process.env.CARREL_TEST_SECRET;
    await end(browser);
    await isolation[Symbol.asyncDispose]();
    await rm(scripts, { recursive: true, force: true });
  });

  // Chromium overwrites its environment in memory, so that /proc does not show what it was given.
  it('should give Chromium nothing of our environment', async () => {
    const { runDirectory } = isolation;
    await chmod(scripts, 0o755);
    const executable = join(scripts, 'print-environment');
    await writeFile(executable, '#!/bin/sh\nexec /usr/bin/env >&2\n', { mode: 0o755 });
    const printing = await ProcessIsolation.create({
      runDirectory,
      executablePaths: { chromium: executable },
      allowNoSandbox: false,
      limits: TEST_LIMITS,
    });
    const other = await printing.launch({
      id: newId('browser'),
      kind: 'chromium',
      windowSize: { width: 800, height: 600 },
      acceptEgress: refuse,
    });
    const { stderr } = await other.exited;
    await end(other);
    expect(process.env.CARREL_TEST_SECRET).toBe(secret);
    expect(stderr).toContain(`HOME=${other.directories.profile}\n`);
    expect(stderr).not.toContain(secret);
    const names = stderr
      .trim()
      .split('\n')
      .map((line) => line.split('=', 1)[0] ?? '');
    expect(
      names.filter((name) => !['HOME', 'TMPDIR', 'PATH', 'LANG', 'DBUS_SESSION_BUS_ADDRESS', 'TZ', 'PWD', 'OLDPWD', '_'].includes(name)),
    ).toEqual([]);
  });

  it('should give Chromium the configuration of fonts that was asked for, which it cannot change', async () => {
    const { runDirectory } = isolation;
    await chmod(scripts, 0o755);
    const executable = join(scripts, 'change-fonts');
    const changes = ['> "$FONTCONFIG_FILE"', '>> "$FONTCONFIG_FILE"'].map(
      (change) => `( /bin/echo x ${change} ) 2>/dev/null || echo refused >&2`,
    );
    await writeFile(executable, `#!/bin/sh\n${changes.join('\n')}\nexec /bin/cat "$FONTCONFIG_FILE" >&2\n`, { mode: 0o755 });
    const changing = await ProcessIsolation.create({
      runDirectory,
      executablePaths: { chromium: executable },
      allowNoSandbox: false,
      limits: TEST_LIMITS,
    });
    const other = await changing.launch({
      id: newId('browser'),
      kind: 'chromium',
      windowSize: { width: 800, height: 600 },
      acceptEgress: refuse,
      fontConfiguration: `<fontconfig>${secret}</fontconfig>`,
    });
    const { stderr } = await other.exited;
    await end(other);
    expect(stderr).toBe(`refused\nrefused\n<fontconfig>${secret}</fontconfig>`);
  });

  it('should make its connections to a listener of its own, which ends with it', async () => {
    const egress = new EventEmitter();
    const connected = once(egress, 'connection') as Promise<[Socket]>;
    const other = await isolation.isolation.launch({
      id: newId('browser'),
      kind: 'headless-shell',
      windowSize: { width: 800, height: 600 },
      acceptEgress: (socket) => egress.emit('connection', socket),
    });
    const { readable, writable } = other;
    const session = await CdpSession.open(new Multiplexer({ readable, writable, maxMessageBytes: 2 ** 20 }));
    void session.send('Target.createTarget', { url: 'http://127.0.0.1:8080/' });
    const [socket] = await connected;
    const [head] = (await once(socket, 'data')) as [Buffer];
    expect(head.toString()).toMatch(/^GET http:\/\/127\.0\.0\.1:8080\/ HTTP\/1\.1\r\n/);
    const { localPort = 0 } = socket;
    await end(other);
    expect(socket.destroyed).toBe(true);
    await expect(once(connect(localPort, '127.0.0.1'), 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('should listen on no TCP port', () => {
    expect(treeOf(browser.directories.profile).flatMap(listeningPorts)).toEqual([]);
  });

  it('should hand Chromium none of our open files and sockets', async () => {
    const file = await open(join(scripts, 'ours'), 'w');
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const ours = new Set(openFiles(process.pid));
      expect(ours).toContain(join(scripts, 'ours'));
      const other = await launch(isolation);
      const theirs = openFiles(mainProcess(other.directories.profile));
      await end(other);
      expect(theirs).not.toContain(join(scripts, 'ours'));
      expect(theirs.filter((name) => name.startsWith('socket:') && ours.has(name))).toEqual([]);
    } finally {
      await file.close();
      server.close();
    }
  });

  it("should keep Chromium's own sandbox on", () => {
    const tree = treeOf(browser.directories.profile);
    const renderers = ofType(tree, 'renderer');
    expect(renderers.length).toBeGreaterThan(0);
    for (const pid of renderers) {
      expect(statusField(pid, 'Seccomp')).toBe('2'); // a filter
      expect(statusField(pid, 'NSpid').split(/\s+/).length).toBeGreaterThan(1); // a pid namespace of its own
    }
    for (const pid of tree) {
      expect(statusField(pid, 'NoNewPrivs')).toBe('1');
      expect(commandLine(pid)).not.toMatch(/--no-sandbox|--disable-setuid-sandbox|--single-process/);
    }
  });

  it.runIf(isRoot)('should run every browser under a uid of its own, without groups or capabilities', async () => {
    const other = await launch(isolation);
    try {
      expect(new Set([0, browser.uid, other.uid]).size).toBe(3);
      for (const one of [browser, other]) {
        const main = mainProcess(one.directories.profile);
        expect(statusField(main, 'Uid')).toBe(Array(4).fill(one.uid).join('\t'));
        expect(statusField(main, 'Gid')).toBe(Array(4).fill(one.uid).join('\t'));
        expect(statusField(main, 'Groups')).toBe('');
        for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']) expect(statusField(main, set)).toMatch(/^0+$/);
      }
    } finally {
      await end(other);
    }
  });

  it.runIf(isRoot)("should keep a browser that was taken over out of another's files and ours", async () => {
    const other = await launch(isolation);
    try {
      const canary = join(other.directories.profile, 'canary');
      await writeFile(canary, 'mine', { mode: 0o644 });
      const { uid = 0 } = other;
      await chown(canary, uid, uid);
      expect(asBrowser(other, '/bin/cat', [canary]).stdout).toBe('mine');
      expect(asBrowser(browser, '/bin/cat', [canary])).toMatchObject({ stdout: '', stderr: expect.stringContaining('Permission denied') });
      // Not even the names: whose browsers run here is nobody's business.
      expect(asBrowser(browser, '/bin/ls', [isolation.runDirectory]).stderr).toContain('Permission denied');
      expect(asBrowser(browser, '/bin/cat', [`/proc/${mainProcess(other.directories.profile)}/environ`]).stderr).toContain(
        'Permission denied',
      );
      const home = join(browser.directories.profile, '..');
      expect(asBrowser(browser, '/bin/mv', [browser.directories.downloads, `${home}/moved`]).stderr).toContain('Permission denied');
      expect(asBrowser(browser, '/bin/ln', ['-s', '/etc', join(browser.directories.uploads, 'link')]).stderr).toContain(
        'Permission denied',
      );
    } finally {
      await end(other);
    }
  });

  it.each<BrowserKind>(['headless-shell', 'chromium'])('should leave neither process nor file of a %s that is killed', async (kind) => {
    const other = await launch(isolation, kind);
    const tree = treeOf(other.directories.profile);
    expect(tree.length).toBeGreaterThan(2);
    await other.kill();
    await untilGone(tree);
    await expect(other.exited).resolves.toMatchObject({ signal: 'SIGKILL' });
    await other.kill(); // again does no harm
    await other.remove();
    expect(existsSync(join(other.directories.profile, '..'))).toBe(false);
  });

  it.runIf(isRoot)('should also kill what a browser forked away from its tree', async () => {
    const other = await launch(isolation);
    const { uid = 0 } = other;
    const runaway = spawn('/bin/sleep', ['1000'], { uid, gid: uid, detached: true, stdio: 'ignore' });
    const gone = once(runaway, 'exit');
    await once(runaway, 'spawn');
    await end(other);
    expect(await gone).toEqual([null, 'SIGKILL']);
  });

  it('should take the sandbox off only when the operator says so', async () => {
    const { runDirectory } = isolation;
    const unsafe = await ProcessIsolation.create({ runDirectory, executablePaths: {}, allowNoSandbox: true, limits: TEST_LIMITS });
    const other = await launch({ ...isolation, isolation: unsafe });
    try {
      expect(commandLine(mainProcess(other.directories.profile))).toContain(' --no-sandbox ');
      expect(ofType(treeOf(other.directories.profile), 'renderer').map((pid) => statusField(pid, 'Seccomp'))).toEqual(['0']);
    } finally {
      await end(other);
    }
  });
});

describe('ProcessIsolation.sweep', () => {
  it('should end and delete what a dead server of the same run directory left, and touch nobody else', async () => {
    await using dead = await testProcess();
    await using alive = await testProcess();
    const [left, foreign] = await Promise.all([launch(dead), launch(alive)]);
    const [leftTree, foreignTree] = [treeOf(left.directories.profile), treeOf(foreign.directories.profile)];
    const { uid } = left;
    const runaway = spawn('/bin/sleep', ['1000'], { detached: true, stdio: 'ignore', ...(uid === undefined ? {} : { uid, gid: uid }) });
    const gone = once(runaway, 'exit');
    const bystander = spawn('/bin/sleep', ['1000'], { stdio: 'ignore', ...(isRoot && { uid: 12_345, gid: 12_345 }) });
    try {
      const next = await ProcessIsolation.create({
        runDirectory: dead.runDirectory,
        executablePaths: {},
        allowNoSandbox: false,
        limits: TEST_LIMITS,
      });
      expect(await next.sweep()).toEqual([nameOf(left)]);
      await untilGone(leftTree);
      expect(readdirSync(dead.runDirectory)).toEqual([]);
      if (isRoot) expect(await gone).toEqual([null, 'SIGKILL']);
      expect(treeOf(foreign.directories.profile).sort()).toEqual(foreignTree.sort());
      expect(existsSync(foreign.directories.profile)).toBe(true);
      expect(bystander.exitCode ?? bystander.signalCode).toBeNull();
    } finally {
      bystander.kill('SIGKILL');
      runaway.kill('SIGKILL');
      await end(foreign);
    }
  });

  it('should clean up after a server that died while it made the directories', async () => {
    await using dead = await testProcess();
    await mkdir(join(dead.runDirectory, 'br_half'));
    expect(await dead.isolation.sweep()).toEqual(['br_half']);
    expect(await dead.isolation.sweep()).toEqual([]);
  });
});

/** What a process has open: paths, and names such as `socket:[123]`. */
const openFiles = (pid: number) =>
  readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return []; // closed meanwhile
    }
  });

const nameOf = (browser: IsolatedBrowser) => browser.directories.profile.split('/').at(-2);
