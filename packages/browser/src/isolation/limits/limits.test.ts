import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { BrowserKind } from '@carrel/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { startInside } from '../../testing/inside.js';
import { TEST_LIMITS, testProcess, testSandbox } from '../../testing/launch.js';
import { mainProcess, ofType, treeOf } from '../../testing/processes.js';
import { run } from '../../testing/running-browser.js';
import type { IsolationIncident } from '../isolation.js';
import type { ResourceLimits } from '../options.js';
import { ControlGroup, ControlGroups } from './cgroup.js';
import { cgroupMountPoints, readCgroupSources } from './cgroup-places.js';
import { DiskQuota } from './disk-quota.js';
import { meterOf } from './meter.js';
import { GuardedBrowser, ResourceGuard } from './resource-guard.js';
import { canLimitTasks } from './task-limit.js';
import { Watchdog } from './watchdog.js';

const MEBIBYTE = 1024 * 1024;
const GIBIBYTE = 1024 * MEBIBYTE;
const DEADLINE_MS = 20_000;

/** Control groups of ours that exist. */
async function groupsNamed(part: string): Promise<string[]> {
  const entriesOf = (directory: string) => {
    try {
      return readdirSync(directory, { withFileTypes: true });
    } catch {
      return []; // one of another test, which has removed it meanwhile
    }
  };
  const below = (directory: string): string[] =>
    entriesOf(directory)
      .filter((entry) => entry.isDirectory())
      .flatMap(({ name }) => [...(name.includes(part) ? [join(directory, name)] : []), ...below(join(directory, name))]);
  return cgroupMountPoints(await readCgroupSources()).flatMap(below);
}

/** The incidents that somebody is told of, and the next one. */
class Incidents {
  readonly all: IsolationIncident[] = [];
  #waiting: () => void = () => {};

  readonly tell = (incident: IsolationIncident) => {
    this.all.push(incident);
    this.#waiting();
  };

  async first(): Promise<IsolationIncident> {
    const told = new Promise<void>((resolve) => {
      this.#waiting = resolve;
    });
    if (this.all.length === 0) await Promise.race([told, delay(DEADLINE_MS, undefined, { ref: false })]);
    const [incident] = this.all;
    if (incident === undefined) throw new Error('nothing happened');
    return incident;
  }
}

const groups = await ControlGroups.find('/nowhere');
const has = (controller: 'memory' | 'pids' | 'cpu') => !groups.missing.includes(controller);

describe('A program in a sandbox, within its limits', () => {
  let guarded: GuardedBrowser;
  let counter = 0;
  const prepare = async (limits: Partial<typeof TEST_LIMITS> = {}) => {
    const guard = await ResourceGuard.create('/nowhere', { ...TEST_LIMITS, ...limits });
    guarded = await guard.prepare(`test-${process.pid}-${++counter}`);
    return guarded;
  };
  afterEach(async () => {
    await guarded.remove();
    expect(await groupsNamed(`test-${process.pid}-`)).toEqual([]);
  });

  it.runIf(has('memory'))('should be ended by the kernel when it takes more memory than it may', async () => {
    await prepare({ memoryBytes: 256 * MEBIBYTE });
    const script = `my @all; for (1 .. 40) { push @all, 'x' x (16 << 20); print "$_\\n" } sleep 1000`;
    await using greedy = await startInside(() => script, { cgroupFiles: guarded.cgroupFiles });
    let said = '';
    greedy.output.on('data', (text: Buffer) => {
      said += text.toString();
    });
    expect(await greedy.sandboxed.exited).toMatchObject({ code: null, signal: 'SIGKILL' });
    const last = Number(said.trim().split('\n').at(-1));
    expect(last).toBeGreaterThan(8);
    expect(last).toBeLessThan(17);
  });

  const bomb = `$SIG{CHLD} = 'IGNORE'; my $forks = 0;
    for (1 .. 1000) { my $pid = fork; if (defined $pid && !$pid) { sleep 1000 } last if !defined $pid; $forks++ }
    print "$forks\\n"; sleep 1000`;

  it.runIf(has('pids'))('should not fork without end', async () => {
    await prepare({ tasks: 300 });
    await using forking = await startInside(() => bomb, { cgroupFiles: guarded.cgroupFiles, limits: { maxTasks: 10_000 } });
    const [said] = (await once(forking.output, 'data')) as [Buffer];
    expect(Number(said)).toBeGreaterThan(280);
    expect(Number(said)).toBeLessThan(300);
  });

  it.runIf(canLimitTasks('sandbox', process.getuid?.() === 0))(
    'should not fork without end where there are no control groups',
    async () => {
      await prepare();
      await using forking = await startInside(() => bomb, { limits: { maxTasks: 300 } });
      const [said] = (await once(forking.output, 'data')) as [Buffer];
      expect(Number(said)).toBeGreaterThan(280);
      expect(Number(said)).toBeLessThan(300);
    },
  );

  it.runIf(has('cpu'))('should have its share of the processors', async () => {
    await prepare({ cpuPercent: 50 });
    const file = guarded.cgroupFiles
      .map((path) => path.replace('cgroup.procs', ''))
      .find((path) => existsSync(`${path}cpu.cfs_quota_us`) || existsSync(`${path}cpu.max`));
    const read = (name: string) => (existsSync(`${file}${name}`) ? readFileSync(`${file}${name}`, 'utf8').trim() : '');
    expect(`${read('cpu.max')}${read('cpu.cfs_quota_us')} ${read('cpu.cfs_period_us')}`.trim()).toBe('50000 100000');
    // In it from its first process on.
    await using busy = await startInside(() => 'print "up"; sleep 1000', { cgroupFiles: guarded.cgroupFiles });
    await once(busy.output, 'data');
    for (const path of guarded.cgroupFiles) {
      expect(readFileSync(path, 'utf8').trim().split('\n').map(Number)).toEqual(
        expect.arrayContaining([busy.sandboxed.process.pid, busy.sandboxed.init.pid]),
      );
    }
  });

  const files = 'for my $n (1 .. 6) { open(my $f, ">", "$directory/$n") or die; print $f "x" x (1 << 20) }';
  it.each([
    ['in files', files],
    [
      'in files that it has deleted',
      `our @open; for my $n (1 .. 6) { open($open[$n], '+>', "$directory/d") or die; unlink "$directory/d"; syswrite $open[$n], 'x' x (1 << 20) }`,
    ],
    ['in many empty files', 'for my $n (1 .. 1300) { open(my $f, ">", "$directory/$n") or die }'],
    ['in a directory that is closed', `mkdir "$directory/closed"; $directory = "$directory/closed"; ${files} chmod 0, $directory`],
    [
      'below paths that are too long',
      `chdir $directory; for (1 .. 30) { mkdir 'd' x 200 or die; chdir 'd' x 200 or die } $directory = '.'; ${files}`,
    ],
  ])('should be told of when it writes more than it may to disk, %s', async (name, script) => {
    await prepare({ diskBytes: 5 * MEBIBYTE });
    if (name.endsWith('closed') && process.getuid?.() === 0) return; // nothing is closed to us
    const incidents = new Incidents();
    await using writing = await startInside(({ profile }) => `my $directory = '${profile}'; ${script}; print "done"; sleep 1000`, {
      cgroupFiles: guarded.cgroupFiles,
    });
    await once(writing.output, 'data');
    guarded.watch(writing.sandboxed.init.pid, writing.directories, incidents.tell);
    expect(await incidents.first()).toMatchObject({ type: 'disk_exceeded', limitBytes: 5 * MEBIBYTE });
    guarded.stop();
  });

  it('should not be told of when it writes what it may', async () => {
    await prepare({ diskBytes: 7 * MEBIBYTE });
    const incidents = new Incidents();
    await using writing = await startInside(({ profile }) => `my $directory = '${profile}'; ${files}; print "done"; sleep 1000`);
    await once(writing.output, 'data');
    guarded.watch(writing.sandboxed.init.pid, writing.directories, incidents.tell);
    await delay(2_500); // two looks; nothing happens that could be waited for
    expect(incidents.all).toEqual([]);
    guarded.stop();
  });
});

const within = {
  sandbox: (limits: Partial<ResourceLimits>) => testSandbox({ limits }),
  process: (limits: Partial<ResourceLimits>) => testProcess({}, limits),
};

describe('A browser without control groups', () => {
  it('should lose the tab that takes too much memory all the same', async () => {
    await using isolation = await testSandbox();
    await using browser = await run(isolation, 'headless-shell');
    const incidents = new Incidents();
    const limits = { ...TEST_LIMITS, memoryBytes: GIBIBYTE };
    const guarded = new GuardedBrowser(new ControlGroup([]), limits, new Watchdog(), new DiskQuota(isolation.runDirectory));
    const { directories } = browser.isolated;
    const tree = treeOf(directories.profile);
    guarded.watch(mainProcess(directories.profile), directories, incidents.tell);
    expect(meterOf(new ControlGroup([]), mainProcess(directories.profile)).members().sort()).toEqual(tree.sort());
    const { targetId } = await browser.session.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await browser.session.send('Target.attachToTarget', { targetId, flatten: true });
    const expression = 'const all = []; for (;;) all.push(new Uint8Array(16 << 20).fill(7));';
    browser.session.send('Runtime.evaluate', { expression }, { sessionId }).catch(() => {}); // its page crashes
    expect(await incidents.first()).toMatchObject({ type: 'memory_exceeded', limitBytes: GIBIBYTE });
    expect(await browser.evaluate('1 + 1')).toBe(2);
    guarded.stop();
  });
});

describe.each<[BrowserKind, keyof typeof within]>([
  ['headless-shell', 'sandbox'],
  ['chromium', 'sandbox'],
  ['headless-shell', 'process'],
])('A %s within its limits, at the level %s', (kind, level) => {
  const testIsolation = within[level];

  it('should lose the tab that takes too much memory, and live', async () => {
    await using isolation = await testIsolation({ memoryBytes: GIBIBYTE });
    const incidents = new Incidents();
    await using browser = await run(isolation, kind, { onIncident: incidents.tell });
    const { targetId } = await browser.session.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await browser.session.send('Target.attachToTarget', { targetId, flatten: true });
    await browser.session.send('Runtime.evaluate', { expression: '1' }, { sessionId }); // it has its process now
    const before = ofType(treeOf(browser.isolated.directories.profile), 'renderer');
    const main = mainProcess(browser.isolated.directories.profile);
    const expression = 'const all = []; for (;;) all.push(new Uint8Array(16 << 20).fill(7));';
    browser.session.send('Runtime.evaluate', { expression }, { sessionId }).catch(() => {}); // its page crashes
    expect(await incidents.first()).toMatchObject({ type: 'memory_exceeded', limitBytes: GIBIBYTE });
    const [incident] = incidents.all as { usedBytes: number; endedBytes: number }[];
    expect(incident?.usedBytes).toBeGreaterThan(600 * MEBIBYTE);
    expect(incident?.endedBytes).toBeGreaterThan(400 * MEBIBYTE);
    expect(await browser.evaluate('1 + 1')).toBe(2);
    const after = ofType(treeOf(browser.isolated.directories.profile), 'renderer');
    expect(before.filter((pid) => !after.includes(pid))).toHaveLength(1);
    expect(mainProcess(browser.isolated.directories.profile)).toBe(main);
    expect(incidents.all).toHaveLength(1);
  });

  it('should be told of when a page fills its disk', async () => {
    await using isolation = await testIsolation({ diskBytes: 64 * MEBIBYTE });
    const incidents = new Incidents();
    await using browser = await run(isolation, kind, {
      onIncident: incidents.tell,
      acceptEgress: (socket) => {
        socket.on('error', () => {}); // the browser may hang up
        socket.end('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n');
      },
    });
    // Storage wants a site.
    const { loaderId } = await browser.session.send('Page.navigate', { url: 'http://localhost/' }, { sessionId: browser.sessionId });
    expect(loaderId).toBeDefined();
    const filling = `(async () => {
      const database = await new Promise((resolve, reject) => { const opening = indexedDB.open('x'); opening.onupgradeneeded = () => opening.result.createObjectStore('s'); opening.onsuccess = () => resolve(opening.result); opening.onerror = () => reject(opening.error); });
      const block = new Uint8Array(4 << 20); 
      for (let n = 0; n < 24; n++) {
        for (let at = 0; at < block.length; at += 65536) crypto.getRandomValues(block.subarray(at, at + 65536));
        await new Promise((resolve, reject) => { const t = database.transaction('s', 'readwrite'); t.objectStore('s').put(block, n); t.oncomplete = resolve; t.onerror = () => reject(t.error); t.onabort = () => reject(t.error); });
      }
      return 'filled';
    })()`;
    expect(await browser.evaluate(filling)).toBe('filled');
    expect(await incidents.first()).toMatchObject({ type: 'disk_exceeded', limitBytes: 64 * MEBIBYTE });
  });

  it('should have all of its processes in its control groups, and leave none', async () => {
    await using isolation = await testIsolation({ tasks: 700 });
    const browser = await run(isolation, kind);
    const { directories, uid } = browser.isolated;
    const id = directories.profile.split('/').at(-2) ?? '';
    const existing = await groupsNamed(id);
    expect(existing.length > 0).toBe(has('memory') || has('pids') || has('cpu'));
    const tree = treeOf(directories.profile);
    for (const group of existing) {
      const members = readFileSync(join(group, 'cgroup.procs'), 'utf8').trim().split('\n').map(Number);
      expect(members).toEqual(expect.arrayContaining(tree));
    }
    // Where there are no groups, this is what is between a browser and all the tasks of the machine.
    const limits = readFileSync(`/proc/${mainProcess(directories.profile)}/limits`, 'utf8');
    if (canLimitTasks(level, uid !== undefined)) expect(limits).toMatch(/^Max processes +700 +700 /m);
    expect(limits).toMatch(/^Max core file size +0 +0 /m);
    await browser.isolated.kill();
    expect(await groupsNamed(id)).toEqual([]);
    await browser.isolated.remove();
  });
});
