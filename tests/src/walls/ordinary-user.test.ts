import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { chown, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canOthersEnter } from '@carrel/browser';
import { Carrel } from '@carrel/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProcesses } from '../../../packages/browser/src/chromium/process-tree.js';
import { mainProcess, statusField, treeOf, untilGone } from '../../../packages/browser/src/testing/processes.js';
import { greetingPage, startSite, type TestSite } from '../running/server-and-site.js';
import { type DataDirectory, dataDirectory, type ServerProcess, startServerProcess } from '../running/server-process.js';

const isRoot = process.getuid?.() === 0;
/** Postgres wants a user with a name: one of the system's own that runs nothing. */
function idleUser(): number {
  const uids = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => Number(line.split(':')[2]))
    .filter((uid) => uid > 0 && findProcesses((entry) => entry.uid === uid).length === 0);
  return uids[process.pid % uids.length] ?? 0;
}
const uid = isRoot ? idleUser() : (process.getuid?.() ?? 0);
const canRead = !isRoot || (await canOthersEnter(fileURLToPath(new URL('.', import.meta.url))));

describe.runIf(canRead)('A server that an ordinary user runs', () => {
  let data: DataDirectory;
  let server: ServerProcess;
  let site: TestSite;
  let client: Carrel;
  beforeAll(async () => {
    site = await startSite(greetingPage);
    data = await dataDirectory({ isPrepared: false });
    if (isRoot) await chown(data.path, uid, uid);
    const env = { HOME: data.path, CARREL_EGRESS_ALLOW: new URL(site.url).host, CARREL_MIN_ISOLATION: 'sandbox' };
    server = await startServerProcess(data.path, env, isRoot ? { uid } : {});
    client = new Carrel({ url: server.url, apiKey: server.apiKey });
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await data?.[Symbol.asyncDispose]();
    await site?.[Symbol.asyncDispose]();
  });
  const homeOf = ({ id }: { id: string }) => join(data.path, 'run', id);

  it('should keep each browser in a sandbox, with its proxy for its only way out', async () => {
    await using browser = await client.browsers.open();
    await using neighbour = await client.browsers.open({ kind: 'chromium' });
    expect(browser.info.isolation.level).toBe('sandbox');
    for (const reason of browser.info.isolation.reasons) expect(reason).toMatch(/^The kernel does not limit memory and processor time /);
    const main = mainProcess(`/${browser.id}/profile`);
    expect(statusField(main, 'CapBnd')).toMatch(/^0+$/);
    for (const pid of treeOf(`/${browser.id}/profile`)) {
      expect(statusField(pid, 'Uid')).toBe(Array(4).fill(uid).join('\t'));
      for (const name of ['user', 'pid', 'mnt', 'net', 'ipc', 'uts']) {
        expect(readlinkSync(`/proc/${pid}/ns/${name}`)).not.toBe(readlinkSync(`/proc/self/ns/${name}`));
      }
    }
    // One uid for all: what keeps them apart is that neither sees the other's files and processes.
    expect(existsSync(`/proc/${main}/root${homeOf(browser)}/profile`)).toBe(true);
    expect(existsSync(homeOf(neighbour))).toBe(true);
    expect(existsSync(`/proc/${main}/root${homeOf(neighbour)}`)).toBe(false);
    expect(existsSync(`/proc/${main}/root${data.path}/api-key`)).toBe(false);
    for (const one of [browser, neighbour]) {
      expect(await one.execute({ type: 'goto', url: site.url })).toMatchObject({ success: true, title: 'Greeting' });
      await one.execute({ type: 'goto', url: `${server.url}/health` });
      expect((await one.observe()).snapshot).toMatch(/own_listener|address_not_public/);
    }
  });

  it('should leave nothing of a browser that is closed or killed', async () => {
    const [closed, killed] = await Promise.all([client.browsers.open(), client.browsers.open()]);
    const trees = [closed, killed].flatMap(({ id }) => treeOf(`/${id}/profile`));
    process.kill(mainProcess(`/${killed.id}/profile`), 'SIGKILL');
    for await (const _ of killed.events({ follow: true })); // to its end
    await closed.close();
    await untilGone(trees);
    await expect.poll(() => [closed, killed].filter((browser) => existsSync(homeOf(browser)))).toEqual([]);
  });

  it.runIf(isRoot)('should leave nothing when it is killed', async () => {
    await client.browsers.open();
    await server.end('SIGKILL');
    await expect.poll(() => findProcesses((entry) => entry.uid === uid), { timeout: 15_000 }).toEqual([]);
    // What is left on the disk the next server of the data directory removes.
    server = await startServerProcess(data.path, { HOME: data.path }, { uid });
    expect(existsSync(join(data.path, 'run')) ? await readdir(join(data.path, 'run')) : []).toEqual([]);
  });
});
