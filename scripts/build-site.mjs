// Builds the documentation into packages/site/dist, unless it was built from the same files before. The packages must have been built.
import { fileURLToPath } from 'node:url';
import { buildOnce } from './build-once.mjs';

const DIRECTORY = 'packages/site';

/** @returns {Promise<boolean>} whether there was anything to do */
export function buildSite() {
  return buildOnce({
    directory: DIRECTORY,
    sources: [
      'package-lock.json',
      DIRECTORY,
      'docs',
      'bench/README.md',
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'packages/sdk/README.md',
      'python/README.md',
      'python/src/carrel',
      'packages/sdk/src',
      'packages/protocol/src',
      'packages/server/src/settings',
      'packages/cli/src',
    ],
    command: [process.execPath, 'build/index.mjs'],
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log((await buildSite()) ? 'The documentation is built.' : 'The documentation is built already.');
}
