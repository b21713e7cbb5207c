// What the programs of examples/clients need, which no user of Carrel does: installed for their test alone.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './command.mjs';
import { pythonEnvironment } from './python/environment.mjs';
import { inRoot } from './setup.mjs';

const DIRECTORY = inRoot('examples/clients');
const INSTALL_TIMEOUT_MS = 5 * 60_000;

/**
 * Installs what is missing of it.
 *
 * @param {(doing: string) => void} [tell] is told what takes long
 * @returns {Promise<{directory: string, python: string | undefined}>} where they are, and the Python for those that want one; undefined where
 * this machine has none that is new enough
 * @throws {import('./command.mjs').CommandFailed}
 */
export async function exampleClients(tell = () => {}) {
  const [environment] = await Promise.all([pythonEnvironment(tell, join(DIRECTORY, 'requirements.txt')), installPackages(tell)]);
  return { directory: DIRECTORY, python: environment?.python };
}

async function installPackages(tell) {
  const lock = await readFile(join(DIRECTORY, 'package-lock.json'), 'utf8');
  // Written last: what was begun and not ended is begun anew.
  const mark = join(DIRECTORY, 'node_modules/.complete');
  if ((await readFile(mark, 'utf8').catch(() => undefined)) === lock) return;
  tell('npm ci');
  await run(['npm', 'ci', '--ignore-scripts'], { cwd: DIRECTORY, timeoutMs: INSTALL_TIMEOUT_MS });
  await writeFile(mark, lock);
}
