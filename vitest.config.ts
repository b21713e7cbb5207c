import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Tests run from the sources, so that a change needs no build; only what a test starts as a process of its own needs `dist`. */
const packages = ['protocol', 'browser', 'agent', 'server', 'sdk', 'cli'];

export default defineConfig({
  resolve: {
    alias: [
      { find: /^@carrel\/examples\/(.+)$/, replacement: source('examples/src/$1/index.ts') },
      { find: '@carrel/protocol/openapi', replacement: source('packages/protocol/src/openapi.ts') },
      { find: '@carrel/server/local', replacement: source('packages/server/src/local.ts') },
      ...packages.map((name) => ({ find: new RegExp(`^@carrel/${name}$`), replacement: source(`packages/${name}/src/index.ts`) })),
    ],
  },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'examples/src/**/*.test.ts', 'tests/src/**/*.test.ts', 'bench/src/**/*.test.ts'],
    globalSetup: ['tests/src/leftovers/global-setup.ts'],
    // A process per test file: what one file does to its process (signals, environment, uid) no other file sees.
    pool: 'forks',
    // Real browsers are what the time goes to; more of them at once than this only makes each slower.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 15_000,
    // Machines of CI are shared and noisy: one more try there, and none where people look on.
    retry: process.env.CI === undefined ? 0 : 1,
  },
});
