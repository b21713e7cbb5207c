// Builds the dashboard into packages/dashboard/dist, unless it was built from the same files before. The SDK must have been built.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildOnce } from './build-once.mjs';

const DIRECTORY = 'packages/dashboard';

/** @returns {Promise<boolean>} whether there was anything to do */
export function buildDashboard() {
  const { resolve } = createRequire(new URL(`../${DIRECTORY}/package.json`, import.meta.url));
  return buildOnce({
    directory: DIRECTORY,
    sources: ['package-lock.json', DIRECTORY, 'packages/sdk/src'],
    command: [process.execPath, join(dirname(resolve('vite/package.json')), 'bin/vite.js'), 'build', '--logLevel', 'warn'],
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log((await buildDashboard()) ? 'The dashboard is built.' : 'The dashboard is built already.');
}
