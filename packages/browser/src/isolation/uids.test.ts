import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { findProcesses } from '../chromium/index.js';
import { UidAllocator } from './uids.js';

describe.runIf(process.getuid?.() === 0)('UidAllocator', () => {
  it('should give every browser a uid that is its own, and nobody else’s', async () => {
    const uids = await UidAllocator.create();
    const taken = Array.from({ length: 50 }, () => uids?.take() ?? 0);
    expect(new Set(taken).size).toBe(50);
    expect(taken.every((uid) => UidAllocator.isOurs(uid))).toBe(true);
    const running = new Set(taken);
    expect(findProcesses(({ uid }) => running.has(uid))).toEqual([]);
  });

  it('should take root, people and nobody for not its own', () => {
    expect([0, 1, 1000, 1001, 65_534, 65_535, 4_294_967_294].filter((uid) => UidAllocator.isOurs(uid))).toEqual([]);
  });

  it('should hand out uids that this system can use', async () => {
    const uid = (await UidAllocator.create())?.take() ?? 0;
    const child = spawn('/usr/bin/id', ['-u'], { uid, gid: uid, stdio: ['ignore', 'pipe', 'inherit'] });
    const [[printed]] = await Promise.all([once(child.stdout, 'data'), once(child, 'close')]);
    expect(Number(printed)).toBe(uid);
  });
});
