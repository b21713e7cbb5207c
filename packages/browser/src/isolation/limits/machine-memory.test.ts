import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { freemem, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MachineMemory } from './machine-memory.js';

const MEBIBYTE = 2 ** 20;
/** What a kernel shows of a group. */
type Group = Record<string, string>;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'carrel-test-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** The memory of a process in `/system/carrel` of a hierarchy that is mounted with these groups. */
async function memoryIn(version: 1 | 2, groups: Record<string, Group>): Promise<MachineMemory> {
  const mountPoint = await mkdtemp(join(directory, 'mount-'));
  for (const [path, files] of Object.entries<Group>({ '/system/carrel': {}, ...groups })) {
    await mkdir(join(mountPoint, path), { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(mountPoint, path, name), text);
  }
  const mountInfo = `30 23 0:26 / ${mountPoint} rw - ${version === 2 ? 'cgroup2 cgroup2 rw' : 'cgroup cgroup rw,memory'}\n`;
  const membership = version === 2 ? '0::/system/carrel\n' : '5:cpu:/\n4:memory:/system/carrel\n0::/\n';
  return await MachineMemory.find(Promise.resolve({ mountInfo, membership }));
}

describe('MachineMemory', () => {
  it('should be that of the machine where nothing limits it', async () => {
    for (const memory of [
      await memoryIn(2, { '/system/carrel': { 'memory.max': 'max\n', 'memory.current': '1000\n' } }),
      await memoryIn(1, { '/system/carrel': { 'memory.limit_in_bytes': '9223372036854771712\n', 'memory.usage_in_bytes': '1000\n' } }),
      await MachineMemory.find(Promise.resolve({ mountInfo: '', membership: '' })),
    ]) {
      expect(memory.totalBytes).toBe(totalmem());
      expect(Math.abs(memory.availableBytes - freemem())).toBeLessThan(1024 * MEBIBYTE); // it changes all the time
    }
  });

  it.each([
    [1, 'memory.limit_in_bytes', 'memory.usage_in_bytes', 'total_inactive_file'],
    [2, 'memory.max', 'memory.current', 'inactive_file'],
  ] as const)('should be what a group of version %i leaves, with the files that can be dropped', async (version, limit, used, inactive) => {
    const memory = await memoryIn(version, {
      '/system/carrel': {
        [limit]: `${100 * MEBIBYTE}\n`,
        [used]: `${80 * MEBIBYTE}\n`,
        'memory.stat': `anon 1\nactive_file 7\n${inactive} ${30 * MEBIBYTE}\nslab 4\n`,
      },
    });
    expect(memory.totalBytes).toBe(100 * MEBIBYTE);
    expect(memory.availableBytes).toBe(50 * MEBIBYTE);
  });

  it('should be what the narrowest of all groups around this process leaves', async () => {
    const memory = await memoryIn(2, {
      '/': { 'memory.stat': 'anon 1\n' },
      '/system': { 'memory.max': `${60 * MEBIBYTE}\n`, 'memory.current': `${50 * MEBIBYTE}\n`, 'memory.stat': 'inactive_file 0\n' },
      '/system/carrel': { 'memory.max': `${90 * MEBIBYTE}\n`, 'memory.current': `${20 * MEBIBYTE}\n`, 'memory.stat': 'inactive_file 0\n' },
    });
    expect(memory.totalBytes).toBe(60 * MEBIBYTE);
    expect(memory.availableBytes).toBe(10 * MEBIBYTE);
  });
});
