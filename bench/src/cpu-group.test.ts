import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CpuGroup } from './cpu-group.js';

const membership = () => readFileSync('/proc/self/cgroup', 'utf8');

describe.runIf(process.platform === 'linux')('CpuGroup', () => {
  it('should count what a helper used that nobody waited for, and leave nothing', async () => {
    const before = membership();
    const group = CpuGroup.enter();
    if (group === undefined) return; // this process may make none
    const work = 'const end = Date.now() + 50; while (process.cpuUsage().user < 30000 && Date.now() < end + 5000);';
    const grandchild = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(work)}], { detached: true, stdio: 'inherit' }).unref()`;
    try {
      const usedMs = group.usedMs;
      const child = spawn(process.execPath, ['-e', grandchild], { stdio: ['ignore', 'pipe', 'ignore'] });
      // The pipe closes when the last that has it has ended.
      await Promise.all([once(child, 'exit'), once(child.stdout.resume(), 'close')]);
      expect(group.usedMs - usedMs).toBeGreaterThan(50);
      expect(group.members).toContain(process.pid);
    } finally {
      // It closes its pipe before it is gone.
      await group.untilAlone();
      group[Symbol.dispose]();
    }
    expect(membership()).toBe(before);
  });
});
