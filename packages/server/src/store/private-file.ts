import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CarrelError } from '@carrel/protocol';

/**
 * The content of a file of the data directory that is made once, and read ever after. Whoever comes first makes it, with mode 0600,
 * and it appears whole or not at all; all who come at the same time get the same content.
 *
 * @throws CarrelError `internal` when the file can be neither read nor made.
 */
export async function readOrCreatePrivateFile(path: string, make: () => string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw unusable(path, cause);
  }
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const draft = await writeDraft(path, make());
    try {
      await link(draft, path); // fails when the file exists: unlike rename, it never replaces another's
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    } finally {
      await unlink(draft);
    }
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw unusable(path, cause);
  }
}

/**
 * Replaces the content of such a file: after a crash it has the old content or the new, and never loses the new once this resolved.
 *
 * @throws CarrelError `internal` when it cannot be written; it then has its old content
 */
export async function replacePrivateFile(path: string, content: string): Promise<void> {
  try {
    await rename(await writeDraft(path, content), path);
    await syncDirectory(dirname(path));
  } catch (cause) {
    throw unusable(path, cause);
  }
}

/** Makes it durable that files of the directory were made, renamed or removed. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** @returns the path of a new file beside `path` that is durable */
async function writeDraft(path: string, content: string): Promise<string> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.new`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return draft;
}

function unusable(path: string, cause: unknown): CarrelError {
  const message = `The file ${path} cannot be used: ${(cause as Error).message}. Give the server's user access to its data directory.`;
  return new CarrelError('internal', message, { cause });
}
