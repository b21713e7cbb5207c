// Builds the dashboard into packages/dashboard/dist, unless it was built from the same files before. The SDK must have been built.
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './command.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PACKAGE = join(ROOT, 'packages/dashboard');
/** Everything that the page is made of. The lock file has the versions of the libraries in it. */
const SOURCES = ['package-lock.json', 'packages/dashboard', 'packages/sdk/src'];
const NOT_SOURCES = /(^|\/)(dist|node_modules)\/|\.tsbuildinfo$|\.test\.ts$/;
/** Says what the page was built from; a file whose name begins with a dot is not served. */
const STAMP = join(PACKAGE, 'dist/.built-from');
const TIMEOUT_MS = 5 * 60_000;

async function filesOf(path) {
  const entries = await readdir(join(ROOT, path), { recursive: true, withFileTypes: true }).catch((error) => {
    if (error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (entries === undefined) return [path];
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length));
  return files.filter((file) => !NOT_SOURCES.test(file));
}

async function fingerprint() {
  const hash = createHash('sha256');
  const files = (await Promise.all(SOURCES.map(filesOf))).flat().sort();
  for (const file of files)
    hash
      .update(file)
      .update('\0')
      .update(await readFile(join(ROOT, file)))
      .update('\0');
  return hash.digest('hex');
}

/** @returns {Promise<boolean>} whether there was anything to do */
export async function buildDashboard() {
  const builtFrom = await readFile(STAMP, 'utf8').catch(() => undefined); // never built
  const now = await fingerprint();
  if (builtFrom === now) return false;
  const vite = join(dirname(createRequire(join(PACKAGE, 'package.json')).resolve('vite/package.json')), 'bin/vite.js');
  await run([process.execPath, vite, 'build', '--logLevel', 'warn'], { cwd: PACKAGE, timeoutMs: TIMEOUT_MS });
  await writeFile(STAMP, now);
  return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log((await buildDashboard()) ? 'The dashboard is built.' : 'The dashboard is built already.');
}
