// The SDK of Notte as it is on PyPI, which a test runs: the newest that installs, and the newest that has agents.
import { pythonEnvironment } from './python/environment.mjs';
import { inRoot } from './setup.mjs';

const VERSIONS = ['1.10.0', '1.8.31'];
const OLDEST_PYTHON = [3, 11];

/**
 * Installs what is missing of it.
 *
 * @param {(doing: string) => void} [tell] is told what takes long
 * @returns {Promise<{version: string, python: string}[]>} the Python of each; none where this machine has none that is new enough
 * @throws {import('./python/environment.mjs').PythonProblem}
 */
export async function notteSdks(tell = () => {}) {
  const sdks = [];
  for (const version of VERSIONS) {
    const requirements = inRoot(`tests/src/notte/requirements-${version}.txt`);
    const environment = await pythonEnvironment(tell, requirements, OLDEST_PYTHON);
    if (environment !== undefined) sdks.push({ version, python: environment.python });
  }
  return sdks;
}
