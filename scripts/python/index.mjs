// The generated half of the Python client: models from the contract, and what needs no asyncio from what does.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pythonModels } from './models.mjs';
import { synchronous } from './sync.mjs';

const PACKAGE = 'python/src/carrel';
/** What is written by hand for both halves. */
const BY_HAND = ['__init__.py', 'runtime.py'];

/**
 * @param {string} root of the repository
 * @param {{document: any, errors: Record<string, {status: number, summary: string}>, version: string}} contract
 * @param {(source: string) => string} noticeOf the first line of a file, by what it is made from
 * @returns {Promise<Record<string, string | null>>} contents by path; null: there is to be no such file
 */
export async function pythonFiles(root, { document, errors, version }, noticeOf) {
  const notice = noticeOf('packages/protocol');
  const files = {
    ...pythonModels(document, errors, notice),
    '_version.py': `# ${noticeOf('package.json')}\nVERSION = "${version}"\n`,
  };
  const written = (await readdir(join(root, PACKAGE, '_async'))).filter((name) => name.endsWith('.py') && !BY_HAND.includes(name));
  for (const name of new Set([...written, 'acts.py'])) {
    const source = files[`_async/${name}`] ?? (await readFile(join(root, PACKAGE, '_async', name), 'utf8'));
    files[`_sync/${name}`] = synchronous(source, noticeOf(`python/src/carrel/_async/${name}`));
  }
  // Its module is gone from `_async`.
  const left = (await readdir(join(root, PACKAGE, '_sync'))).filter((name) => name.endsWith('.py') && !BY_HAND.includes(name));
  for (const name of left) files[`_sync/${name}`] ??= null;
  return Object.fromEntries(Object.entries(files).map(([path, content]) => [`${PACKAGE}/${path}`, content]));
}
