import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { CarrelError } from '@carrel/protocol';
import { isRunning, processIdentity } from '../process-identity.js';

const PREFIX = 'carrel-postgres-';

/**
 * A directory outside the data directory, for what cannot be inside: it is new, ours, and no other user can write to it. A record of
 * it in the data directory lets the next server remove it should this one be killed.
 */
export class RecordedDirectory implements AsyncDisposable {
  readonly path: string;
  readonly #record: string;

  private constructor(path: string, record: string) {
    this.path = path;
    this.#record = record;
  }

  /** Makes one below `base`, which must be a place where others cannot rename it, such as /tmp with its sticky bit. */
  static async create(dataDir: string, mode: number, base = tmpdir()): Promise<RecordedDirectory> {
    const records = recordsDir(dataDir);
    await mkdir(records, { recursive: true, mode: 0o700 });
    const path = await mkdtemp(join(base, PREFIX));
    const record = join(records, basename(path));
    const directory = new RecordedDirectory(path, record);
    try {
      await writeFile(record, JSON.stringify({ path, owner: processIdentity(process.pid) }), { mode: 0o600, flag: 'wx' });
      await chmod(path, mode);
    } catch (cause) {
      await directory[Symbol.asyncDispose]();
      throw new CarrelError('internal', `The directory ${path} could not be set up: ${(cause as Error).message}.`, { cause });
    }
    return directory;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
    await rm(this.#record, { force: true });
  }
}

/** Removes what servers of this data directory left that were killed. */
export async function sweepRecordedDirectories(dataDir: string): Promise<void> {
  const records = recordsDir(dataDir);
  for (const name of await readdir(records).catch(() => [] as string[])) {
    const record = join(records, name);
    const { path, owner } = parseRecord(await readFile(record, 'utf8').catch(() => ''));
    if (owner !== null && isRunning(owner)) continue;
    if (path !== null && (await isOurs(path))) await rm(path, { recursive: true, force: true });
    await rm(record, { force: true });
  }
}

const recordsDir = (dataDir: string) => join(dataDir, 'outside');

/** A record that was cut short by a kill names nothing. */
function parseRecord(text: string): { path: string | null; owner: string | null } {
  try {
    const { path, owner } = JSON.parse(text) as Record<string, unknown>;
    return { path: typeof path === 'string' ? path : null, owner: typeof owner === 'string' ? owner : null };
  } catch {
    return { path: null, owner: null };
  }
}

/** A name in /tmp that was free again may be another user's by now. */
async function isOurs(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => null);
  return stats?.isDirectory() === true && stats.uid === process.getuid?.() && basename(path).startsWith(PREFIX);
}
