// Runs a build unless it was run on the same files before.
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './command.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const NOT_SOURCES = /(^|\/)(dist|node_modules|\.pages|cache|\.temp)\/|\.tsbuildinfo$|\.test\.ts$/;
const TIMEOUT_MS = 5 * 60_000;

async function filesOf(path) {
  const entries = await readdir(join(ROOT, path), { recursive: true, withFileTypes: true }).catch((error) => {
    if (error.code === 'ENOTDIR') return [path];
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (entries.every((entry) => typeof entry === 'string')) return entries;
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length));
  return files.filter((file) => !NOT_SOURCES.test(file));
}

async function fingerprint(sources) {
  const hash = createHash('sha256');
  const files = (await Promise.all(sources.map(filesOf))).flat().sort();
  for (const file of files)
    hash
      .update(file)
      .update('\0')
      .update(await readFile(join(ROOT, file)))
      .update('\0');
  return hash.digest('hex');
}

/**
 * @param {{directory: string, sources: string[], command: string[]}} build which package (its files land in its `dist`), everything that they are
 *   made of (the lock file has the versions of the libraries in it), and the program that makes them, run in its directory
 * @returns {Promise<boolean>} whether there was anything to do
 */
export async function buildOnce({ directory, sources, command }) {
  // Says what it was built from; a file whose name begins with a dot is not served.
  const stamp = join(ROOT, directory, 'dist/.built-from');
  const builtFrom = await readFile(stamp, 'utf8').catch(() => undefined); // never built
  const now = await fingerprint(sources);
  if (builtFrom === now) return false;
  await run(command, { cwd: join(ROOT, directory), timeoutMs: TIMEOUT_MS });
  await writeFile(stamp, now);
  return true;
}
