import { chmod, chown, lstat, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canOthersEnter, makeRunDirectory } from './run-directory.js';

const isRoot = process.getuid?.() === 0;
const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe('makeRunDirectory', () => {
  let directory: string;
  const made: string[] = [];
  const make = async (dataDir: string, othersMustEnter = true) => {
    const path = await makeRunDirectory(dataDir, { othersMustEnter });
    made.push(path);
    return path;
  };
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'carrel-test-'));
  });
  afterEach(async () => {
    for (const path of [...made.splice(0), directory]) await rm(path, { recursive: true, force: true });
  });

  it('should be in the data directory, which is made with it and closed to others, when no other uid needs in', async () => {
    const dataDir = join(directory, 'some', 'data');
    const path = await make(dataDir, false);
    expect(path).toBe(join(dataDir, 'run'));
    expect([await modeOf(path), await modeOf(dataDir)]).toEqual([0o700, 0o700]);
  });

  it('should be in the data directory when others can pass through to it, and show them no names', async () => {
    await chmod(directory, 0o755);
    const dataDir = join(directory, 'data');
    await mkdir(dataDir, { mode: 0o711 });
    const path = await make(dataDir);
    expect(path).toBe(join(dataDir, 'run'));
    expect(await modeOf(path)).toBe(0o711);
  });

  it.each([0o700, 0o750])(
    'should be somewhere that others can enter when the data directory is below a parent of mode %o',
    async (mode) => {
      await chmod(directory, mode);
      const path = await make(join(directory, 'data'));
      expect(path.startsWith(directory)).toBe(false);
      expect(await canOthersEnter(path)).toBe(true);
      expect(await modeOf(path)).toBe(0o711);
    },
  );

  it('should be the same for the next server of a data directory, and another for another one', async () => {
    const [first, again, other] = [
      await make(join(directory, 'a')),
      await make(join(directory, '.', 'a')),
      await make(join(directory, 'b')),
    ];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it('should close again what somebody has opened', async () => {
    const path = await make(join(directory, 'a'));
    await chmod(path, 0o777);
    expect(await make(join(directory, 'a'))).toBe(path);
    expect(await modeOf(path)).toBe(0o711);
  });

  describe('where somebody else was first', () => {
    let taken: string;
    beforeEach(async () => {
      taken = await make(join(directory, 'data'));
      await rm(taken, { recursive: true });
    });
    const refused = () =>
      expect(make(join(directory, 'data'))).rejects.toMatchObject({ code: 'launch_failed', message: expect.stringContaining(taken) });

    it('should refuse a link, and leave alone what it leads to', async () => {
      const elsewhere = join(directory, 'elsewhere');
      await mkdir(elsewhere, { mode: 0o700 });
      await symlink(elsewhere, taken);
      await refused();
      expect(await modeOf(elsewhere)).toBe(0o700);
      expect((await lstat(taken)).isSymbolicLink()).toBe(true);
    });

    it('should refuse a file', async () => {
      await writeFile(taken, '');
      await refused();
    });

    it.runIf(isRoot)("should refuse another user's directory", async () => {
      await mkdir(taken);
      await chown(taken, 12_345, 12_345);
      await refused();
    });
  });

  it('should know that every parent counts', async () => {
    const inner = join(directory, 'open');
    await mkdir(inner, { mode: 0o755 });
    await chmod(directory, 0o700);
    expect(await canOthersEnter(inner)).toBe(false);
    expect(await canOthersEnter(dirname(directory))).toBe(true);
    expect(await canOthersEnter(join(directory, 'missing'))).toBe(false);
  });
});
