import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/', import.meta.url));
const INTERPRETERS = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11'];
const IS_NEW_ENOUGH = 'import sys; assert sys.version_info >= (3, 11); print(sys.version, sys.prefix)';
const INSTALL_TIMEOUT_MS = 5 * 60_000;

/** The interpreter that the SDK can run in; undefined: this machine has no Python 3.11 or newer. */
export async function findPython(): Promise<{ interpreter: string; version: string } | undefined> {
  for (const interpreter of INTERPRETERS) {
    const found = await run(interpreter, ['-c', IS_NEW_ENOUGH], { timeout: 20_000 }).catch(() => undefined); // not there, or too old
    if (found !== undefined) return { interpreter, version: found.stdout };
  }
  return undefined;
}

/** A virtual environment with one version of the SDK as it is on PyPI, made once. @returns its interpreter */
export async function sdkEnvironment({ interpreter, version }: { interpreter: string; version: string }, sdk: string): Promise<string> {
  const requirements = [`notte-sdk==${sdk}`, `notte-core==${sdk}`];
  const key = createHash('sha256').update(`${version}\n${requirements}`).digest('hex').slice(0, 12);
  const directory = join(CACHE, `notte-sdk-${key}`);
  const python = join(directory, 'venv/bin/python');
  // Written last: what was begun and not ended is begun anew.
  const mark = join(directory, 'complete');
  if ((await readFile(mark, 'utf8').catch(() => undefined)) === key) return python;
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await run(interpreter, ['-m', 'venv', join(directory, 'venv')], { timeout: INSTALL_TIMEOUT_MS });
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary', ':all:', ...requirements];
  await run(python, pip, { timeout: INSTALL_TIMEOUT_MS });
  await writeFile(mark, key);
  return python;
}
