// The Python that tests run in: virtual environments of the repository's own, made once each.
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandFailed, run } from '../command.mjs';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const OF_THE_CLIENT = join(ROOT, 'python/requirements-dev.txt');
const INTERPRETERS = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
const OLDEST = [3, 10];
const LOOK_TIMEOUT_MS = 20_000;
const INSTALL_TIMEOUT_MS = 5 * 60_000;

/**
 * @typedef {object} PythonEnvironment
 * @property {string} python the interpreter, with what was required
 * @property {string} directory for caches of tools
 */

/** There is a Python, but the tests cannot be run in it. The message says why. */
export class PythonProblem extends Error {
  name = 'PythonProblem';
}

/**
 * The environment, made if there is none that fits. Undefined when this machine has no Python that is new enough.
 *
 * @param {(doing: string) => void} [tell] is told what takes long
 * @param {string} [requirements] the file that names the packages; default: those for the tests of the Python client
 * @param {[major: number, minor: number]} [oldest] Python that they run in; default: 3.10
 * @returns {Promise<PythonEnvironment | undefined>}
 * @throws {PythonProblem}
 */
export async function pythonEnvironment(tell = () => {}, requirements = OF_THE_CLIENT, oldest = OLDEST) {
  const found = await newEnoughPython(oldest);
  if (found === undefined) return undefined;
  const packages = await readFile(requirements, 'utf8');
  const key = createHash('sha256').update(`${found.version}\n${packages}`).digest('hex').slice(0, 12);
  const directory = join(ROOT, 'node_modules/.cache', `python-${key}`);
  const environment = { python: join(directory, 'venv/bin/python'), directory };
  // Written last: what was begun and not ended is begun anew.
  const mark = join(directory, 'complete');
  if ((await readFile(mark, 'utf8').catch(() => undefined)) === key) return environment;
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  try {
    tell('python3 -m venv');
    await makeEnvironment(found.interpreter, join(directory, 'venv'), tell);
    tell('pip install');
    const options = ['--quiet', '--disable-pip-version-check', '--only-binary', ':all:', '--no-compile'];
    await run([environment.python, '-m', 'pip', 'install', ...options, '-r', requirements], {
      cwd: dirname(requirements),
      timeoutMs: INSTALL_TIMEOUT_MS,
    });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new PythonProblem(`Tests need packages of Python (${requirements}). ${error.message}:\n${error.output.trimEnd()}`);
  }
  await writeFile(mark, key);
  return environment;
}

async function newEnoughPython([major, minor]) {
  const versionIfNewEnough = `import sys; assert sys.version_info >= (${major}, ${minor}); print(sys.version, sys.prefix)`;
  for (const interpreter of INTERPRETERS) {
    const command = [interpreter, '-c', versionIfNewEnough];
    const version = await run(command, { timeoutMs: LOOK_TIMEOUT_MS }).catch(() => undefined); // not there, or too old
    if (version !== undefined) return { interpreter, version };
  }
  return undefined;
}

/** Debian's Python comes without what makes environments, which is a package of its own; pip may be there all the same. */
async function makeEnvironment(interpreter, path, tell) {
  try {
    await run([interpreter, '-m', 'venv', path], { timeoutMs: INSTALL_TIMEOUT_MS });
    return;
  } catch (error) {
    if (!(error instanceof CommandFailed) || !/ensurepip/.test(error.output)) throw error;
  }
  if (process.getuid?.() === 0) {
    tell('apt-get install python3-venv');
    const options = { timeoutMs: INSTALL_TIMEOUT_MS, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
    await run(['apt-get', 'update'], options);
    await run(['apt-get', 'install', '-y', '--no-install-recommends', 'python3-venv'], options);
    await run([interpreter, '-m', 'venv', '--clear', path], { timeoutMs: INSTALL_TIMEOUT_MS });
    return;
  }
  await run([interpreter, '-m', 'venv', '--clear', '--without-pip', path], { timeoutMs: INSTALL_TIMEOUT_MS });
  const pip = ['-m', 'pip', '--python', join(path, 'bin/python'), 'install', '--quiet', '--ignore-installed', 'pip'];
  await run([interpreter, ...pip], { timeoutMs: INSTALL_TIMEOUT_MS });
}
