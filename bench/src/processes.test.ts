import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cpuMs, descendants, parseKilobytes, parseStat, proportionalBytes, residentBytes } from './processes.js';

describe('parseStat', () => {
  it('should not be misled by the name of a process', () => {
    expect(parseStat('12 (a) S 99 (b) S 7 12 12 0')).toEqual({ parent: 7, name: 'a) S 99 (b' });
  });

  it('should count a zombie as ended', () => {
    expect(parseStat('12 (node) Z 7 12 12 0')).toBeUndefined();
    expect(parseStat('')).toBeUndefined();
  });
});

describe('parseKilobytes', () => {
  it('should take the field of that name and no other', () => {
    expect(parseKilobytes('SwapPss:       9 kB\nPss:      12 kB\nPss_Dirty:  3 kB\n', 'Pss')).toBe(12 * 1024);
    expect(parseKilobytes('Rss: 1 kB\n', 'Pss')).toBeUndefined();
  });
});

describe.runIf(existsSync('/proc/self/smaps_rollup'))('processes', () => {
  it('should find what a process started, down to the last, and what it costs', async () => {
    const child = spawn(process.execPath, [
      '-e',
      `require('node:child_process').spawn('sleep', ['1000'], {stdio: 'inherit'}).once('spawn', () => console.log('up'))`,
    ]);
    try {
      await once(child.stdout, 'data');
      const { pid } = child;
      if (pid === undefined) throw new Error('it started');
      expect(descendants([pid], (name) => name === 'sleep')).toHaveLength(1);
      expect(descendants([process.pid])).toEqual(expect.arrayContaining([pid, ...descendants([pid])]));
      expect(cpuMs([pid])).toBeGreaterThan(1);
      const resident = residentBytes(pid) ?? Number.NaN;
      expect(resident).toBeGreaterThan(10 * 1024 * 1024);
      expect(proportionalBytes([pid])).toBeLessThanOrEqual(resident);
      for (const below of descendants([pid])) process.kill(below);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
  });

  it('should count nothing for a process that has ended', () => {
    const beyondAll = 2 ** 30;
    expect([cpuMs([beyondAll]), proportionalBytes([beyondAll]), descendants([beyondAll])]).toEqual([0, 0, []]);
  });
});
