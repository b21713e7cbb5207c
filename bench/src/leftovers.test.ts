import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findLeftovers } from './leftovers.js';

describe.runIf(existsSync('/proc/self/stat'))('findLeftovers', () => {
  it('should find processes and directories of browsers that should be gone, and no others', async () => {
    const runDirectory = await mkdtemp(join(tmpdir(), 'carrel-run-'));
    const id = `br_left${process.pid}`;
    const child = spawn(process.execPath, [
      '-e',
      'process.stdin.resume(); console.log("up")',
      '--',
      `--user-data-dir=${runDirectory}/${id}/profile`,
    ]);
    try {
      await once(child.stdout, 'data');
      await mkdir(join(runDirectory, id));
      const below = new Map([
        [id, [child.pid as number, 1]],
        [`${id}b`, [2]],
      ]);
      const places = { runDirectory, browserPids: below };
      expect(findLeftovers(places, new Set([id]))).toEqual({ processes: 2, directories: 1, controlGroups: 0 });
      expect(findLeftovers(places, new Set([`${id}a`]))).toEqual({ processes: 0, directories: 0, controlGroups: 0 });
    } finally {
      child.kill();
      await once(child, 'close');
      await rm(runDirectory, { recursive: true });
    }
  });
});
