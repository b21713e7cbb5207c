import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RecordedDirectory, sweepRecordedDirectories } from './postgres/recorded-directory.js';
import { readOrCreatePrivateFile } from './private-file.js';
import { processIdentity } from './process-identity.js';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'carrel-test-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

describe('readOrCreatePrivateFile', () => {
  it('should give all who come at the same time the same content, and leave nothing else', async () => {
    const path = join(dataDir, 'deep', 'secret');
    let made = 0;
    const contents = await Promise.all(Array.from({ length: 20 }, () => readOrCreatePrivateFile(path, () => `secret ${made++}`)));
    expect(new Set(contents).size).toBe(1);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(dataDir, 'deep'))).toEqual(['secret']);
  });

  it('should say which file cannot be used', async () => {
    mkdirSync(join(dataDir, 'secret'));
    const failure = await readOrCreatePrivateFile(join(dataDir, 'secret'), () => '').catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'internal', message: expect.stringContaining(join(dataDir, 'secret')) });
  });
});

describe('sweepRecordedDirectories', () => {
  it('should remove what a dead server left, and nothing of a living one or of others', async () => {
    const [mine, dead] = await Promise.all([RecordedDirectory.create(dataDir, 0o700), RecordedDirectory.create(dataDir, 0o755)]);
    const foreign = mkdtempSync(join(tmpdir(), 'not-ours-'));
    const note = (name: string, path: string) =>
      writeFileSync(join(dataDir, 'outside', name), JSON.stringify({ path, owner: `${process.pid}:1` }));
    try {
      note(dead.path.split('/').at(-1) as string, dead.path);
      note('tampered', foreign);
      writeFileSync(join(dataDir, 'outside', 'cut-short'), '{"pa');
      await sweepRecordedDirectories(dataDir);
      expect([mine.path, dead.path, foreign].map((path) => existsSync(path))).toEqual([true, false, true]);
      expect(readdirSync(join(dataDir, 'outside'))).toEqual([mine.path.split('/').at(-1)]);
    } finally {
      rmSync(foreign, { recursive: true });
      await mine[Symbol.asyncDispose]();
    }
    expect(existsSync(mine.path)).toBe(false);
  });
});

describe('processIdentity', () => {
  it('should know this process, and none with a number that is not given out', () => {
    expect(processIdentity(process.pid)).toMatch(new RegExp(`^${process.pid}:\\d+$`));
    expect(processIdentity(2 ** 22 + 1)).toBeNull(); // above PID_MAX_LIMIT of Linux
  });
});
