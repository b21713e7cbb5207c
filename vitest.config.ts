import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Tests run from the sources, so that a change needs no build; only what a test starts as a process of its own needs `dist`. */
const packages = ['protocol', 'browser', 'agent', 'sdk', 'mcp', 'server', 'cli'];

const TESTS = ['packages/*/src/**/*.test.ts', 'examples/src/**/*.test.ts', 'tests/src/**/*.test.ts', 'bench/src/**/*.test.ts'];

/** Tests that change their process (its environment, uid, open files, signals) or measure it: each has one for itself. */
const ALONE = [
  'bench/src/processes.test.ts',
  'packages/browser/src/isolation/**/*.test.ts',
  'packages/browser/src/profile/archive/archive.test.ts',
  'packages/browser/src/profile/keeper.test.ts',
  'packages/browser/src/time-limits.test.ts',
  'packages/server/src/settings/*.test.ts',
  'packages/server/src/store/**/*.test.ts',
  'tests/src/docs/snippets.test.ts',
  'tests/src/leftovers/*.test.ts',
  'tests/src/walls/*.test.ts',
  'tests/src/waves/*.test.ts',
];

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
    globalSetup: ['tests/src/leftovers/global-setup.ts'],
    pool: 'forks',
    projects: [
      { extends: true, test: { name: 'alone', include: ALONE } },
      // One process does several files after each other: most of what a file costs else is loading the same modules again.
      { extends: true, test: { name: 'together', include: TESTS, exclude: [...configDefaults.exclude, ...ALONE], isolate: false } },
    ],
    // Real browsers are what the time goes to; more of them at once than this only makes each slower.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 15_000,
    // Machines of CI are shared and noisy: one more try there, and none where people look on.
    retry: process.env.CI === undefined ? 0 : 1,
  },
});
