import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { makeRunDirectory } from '@carrel/browser';
import type { BrowserKind } from '@carrel/protocol';
import { Carrel } from '@carrel/sdk';
import { describe, expect, it } from 'vitest';
import { findProcesses } from '../../../packages/browser/src/chromium/process-tree.js';
import { cgroupMountPoints, readCgroupSources } from '../../../packages/browser/src/isolation/limits/cgroup-places.js';
import { mainProcess, statusField } from '../../../packages/browser/src/testing/processes.js';
import { scaled } from '../../../packages/browser/src/testing/scale.js';
import { startTestServer } from '../running/server-and-site.js';

const COUNT = scaled(10, 1000);
const AT_ONCE = scaled(2, 4);
const NAMESPACES = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts'];

/** What descends from this process, the server's database apart, which has as many processes as it has connections. */
function descendants(): number[] {
  const tree = new Set([process.pid]);
  for (let before = 0; before !== tree.size; ) {
    before = tree.size;
    for (const pid of findProcesses(({ pid }) => tree.has(Number(statusField(pid, 'PPid'))))) tree.add(pid);
  }
  return [...tree].filter((pid) => pid !== process.pid && nameOf(pid) !== 'postgres');
}

function nameOf(pid: number): string {
  try {
    return statusField(pid, 'Name');
  } catch {
    return ''; // it ended meanwhile
  }
}

/** Namespaces that none of our own processes has made but browsers' walls: those that hold a process under a browser's uid, or below us. */
function namespaces(uids: ReadonlySet<number>): string[] {
  const holders = new Set([...descendants(), ...findProcesses(({ uid }) => uids.has(uid))]);
  const links = [...holders].flatMap((pid) => NAMESPACES.map((name) => linkOf(`/proc/${pid}/ns/${name}`)));
  const ours = new Set(NAMESPACES.map((name) => linkOf(`/proc/self/ns/${name}`)));
  return [...new Set(links)].filter((link) => link !== '' && !ours.has(link));
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ''; // it ended meanwhile
  }
}

/** Control groups whose names have a browser's id in them. */
async function controlGroups(ids: readonly string[]): Promise<string[]> {
  const below = (directory: string, depth: number): string[] => {
    const names = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return names.flatMap(({ name }) => [name, ...(depth === 0 ? [] : below(`${directory}/${name}`, depth - 1))]);
  };
  const wanted = new Set(ids);
  const all = cgroupMountPoints(await readCgroupSources()).flatMap((mountPoint) => below(mountPoint, 4));
  return all.filter((name) => wanted.has(name.slice(name.indexOf('br_'))));
}

describe(`${COUNT} browsers, ${AT_ONCE} at a time`, () => {
  it(
    'should leave no process, namespace, control group, mount, socket, directory and uid',
    async () => {
      await using server = await startTestServer();
      const client = new Carrel({ url: server.url, apiKey: server.apiKey });
      const runDirectory = await makeRunDirectory(server.dataDir, { othersMustEnter: process.getuid?.() === 0 });
      const ids: string[] = [];
      const uids = new Set<number>();
      const live = async (kind: BrowserKind) => {
        const browser = await client.browsers.open({ kind }, { keepAlive: false });
        ids.push(browser.id);
        const main = mainProcess(`/${browser.id}/profile`);
        uids.add(Number(statusField(main, 'Uid').split('\t')[0]));
        expect(namespaces(new Set()).length).toBeGreaterThan(5);
        // Each third dies by itself.
        if (ids.length % 3 === 0) process.kill(main, 'SIGKILL');
        else await browser.close();
      };
      await live('headless-shell'); // what a first one loads and connects stays
      await live('chromium');
      const quiet = () => expect.poll(descendants, { timeout: 30_000 }).toEqual([]);
      await quiet();
      const before = { sockets: process.getActiveResourcesInfo().filter((name) => /Socket|Pipe|TCPServer/.test(name)).length };
      const startedAt = performance.now();
      const line = async () => {
        while (ids.length < COUNT) await live(ids.length % 10 === 9 ? 'chromium' : 'headless-shell');
      };
      await Promise.all(Array.from({ length: AT_ONCE }, line));
      const perBrowserMs = Math.round((performance.now() - startedAt) / (ids.length - 2));
      await quiet();
      const left = () => process.getActiveResourcesInfo().filter((name) => /Socket|Pipe|TCPServer/.test(name)).length;
      await expect.poll(left, { timeout: 30_000 }).toBeLessThanOrEqual(before.sockets + AT_ONCE);
      const browserUids = process.getuid?.() === 0 ? uids : new Set<number>();
      const remains = async () => ({
        processes: findProcesses(({ uid }) => browserUids.has(uid)),
        namespaces: namespaces(browserUids),
        controlGroups: await controlGroups(ids),
        mounts: readFileSync('/proc/self/mountinfo', 'utf8')
          .split('\n')
          .filter((mount) => mount.includes(runDirectory)),
        directories: await readdir(runDirectory),
      });
      // The answer to a closing does not wait for what is deleted after it.
      await expect
        .poll(remains, { timeout: 30_000 })
        .toEqual({ processes: [], namespaces: [], controlGroups: [], mounts: [], directories: [] });
      if (scaled(false, true)) console.log(`${ids.length} browsers, ${AT_ONCE} at a time: ${perBrowserMs} ms each, nothing left`);
    },
    scaled(120_000, 3_600_000),
  );
});
