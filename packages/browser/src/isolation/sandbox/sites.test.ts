import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { newId } from '@carrel/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandLine, findProcesses } from '../../chromium/index.js';
import { type TestIsolation, testSandbox } from '../../testing/launch.js';
import { listeningPorts, mainProcess, statusField, untilGone } from '../../testing/processes.js';
import { run } from '../../testing/running-browser.js';
import type { Priority } from '../isolation.js';
import { cgroupMountPoints, readCgroupSources } from '../limits/cgroup-places.js';
import { LAUNCHER_COMPLAINT } from './launcher-source.js';

const DEADLINE_MS = 20_000;

/** Our children that wait to be told what to become. */
const waiting = () =>
  findProcesses(({ pid }) => Number(statusField(pid, 'PPid')) === process.pid && commandLine(pid).includes(LAUNCHER_COMPLAINT));

const uidOf = (pid: number) => Number(statusField(pid, 'Uid').split('\t')[0]);

/** Control groups that a process is in. */
async function groupsOf(pid: number): Promise<string[]> {
  const names = new Set(readFileSync(`/proc/${pid}/cgroup`, 'utf8').match(/carrel-[^/\n]+$/gm) ?? []);
  const below = (directory: string): string[] =>
    readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap(({ name }) => [...(names.has(name) ? [`${directory}/${name}`] : []), ...below(`${directory}/${name}`)]);
  return cgroupMountPoints(await readCgroupSources()).flatMap(below);
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  while (!holds()) {
    if (deadline.aborted) throw new Error(`${what} did not come true`);
    await delay(10);
  }
}

describe('What is made ahead of sandboxed browsers', () => {
  let isolation: TestIsolation;
  beforeEach(async () => {
    isolation = await testSandbox();
  });
  afterEach(() => isolation[Symbol.asyncDispose]());
  const launch = (priority: Priority = 'normal') =>
    isolation.isolation.launch({
      id: newId('browser'),
      kind: 'headless-shell',
      windowSize: { width: 800, height: 600 },
      priority,
      acceptEgress: (socket) => socket.destroy(),
    });

  it('should wait behind the walls that there are already, and become the next browser', async () => {
    await using _ahead = await isolation.isolation.makeAhead(1);
    const [pid = 0, ...others] = waiting();
    expect(others).toEqual([]);
    expect(readlinkSync(`/proc/${pid}/ns/net`)).not.toBe(readlinkSync('/proc/self/ns/net'));
    expect(statusField(pid, 'NoNewPrivs')).toBe('1');
    expect(listeningPorts(pid)).toEqual([]); // the listener is ours alone
    if (process.getuid?.() === 0) expect(uidOf(pid)).toBeGreaterThan(1000);
    const uid = uidOf(pid);
    const network = readlinkSync(`/proc/${pid}/ns/net`);
    let connected: (socket: Socket) => void = () => {};
    const connection = new Promise<Socket>((resolve) => {
      connected = resolve;
    });
    await using browser = await run(isolation, 'headless-shell', { acceptEgress: (socket) => connected(socket) });
    const { profile } = browser.isolated.directories;
    expect(commandLine(pid)).toContain(`${profile}\0`); // it is bubblewrap now
    expect(browser.isolated.uid ?? uid).toBe(uid);
    expect(readlinkSync(`/proc/${mainProcess(profile)}/ns/net`)).toBe(network);
    const navigating = browser.session.send('Page.navigate', { url: 'http://127.0.0.1:8080/' }, { sessionId: browser.sessionId });
    navigating.catch(() => {}); // its browser is killed before it is answered
    const [head] = (await once(await connection, 'data')) as [Buffer];
    expect(head.toString()).toMatch(/^GET http:\/\/127\.0\.0\.1:8080\//);
  });

  it('should be made again when it was taken, and not be taken for what nobody waits for', async () => {
    await using _ahead = await isolation.isolation.makeAhead(1);
    const first = waiting();
    const patient = await launch('low');
    try {
      expect(waiting()).toEqual(first);
    } finally {
      await patient.kill();
      await patient.remove();
    }
    const next = await launch();
    try {
      expect(waiting()).not.toEqual(first);
      await until('another one', () => waiting().length === 1 && waiting()[0] !== first[0]);
    } finally {
      await next.kill();
      await next.remove();
    }
  });

  it('should not be missed when it has died', async () => {
    await using _ahead = await isolation.isolation.makeAhead(1);
    const [pid = 0] = waiting();
    process.kill(pid, 'SIGKILL');
    await untilGone([pid]);
    await using browser = await run(isolation, 'headless-shell');
    expect(await browser.evaluate('6 * 7')).toBe(42);
  });

  it('should leave nothing when nobody has taken it', async () => {
    const ahead = await isolation.isolation.makeAhead(2);
    const pids = waiting();
    expect(pids.length).toBe(2);
    const groups = (await Promise.all(pids.map(groupsOf))).flat();
    await ahead[Symbol.asyncDispose]();
    await untilGone(pids);
    for (const group of groups) expect(() => readdirSync(group)).toThrow('ENOENT');
    expect(readdirSync(isolation.runDirectory)).toEqual([]);
  });
});
