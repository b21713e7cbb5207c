/**
 * Who may import whom. The packages go protocol <- browser <- server; the SDK stands on the contract's types alone, and the tools
 * for models on the SDK, wherever they are served; the CLI on all of them. Tests and benchmarks may import anything.
 * @type {import('dependency-cruiser').IConfiguration}
 */

const TESTS = '\\.test\\.ts$|^tests/|^bench/|/test-[a-z-]+/|/testing/';
const DASHBOARD = '^packages/dashboard/src/';

/** `name` may import only the packages in `allowed` (and itself). */
const packageRule = (name, allowed) => ({
  name: `package-${name}`,
  comment: `packages/${name} may import ${allowed.length === 0 ? 'no other package' : `only ${allowed.join(' and ')}`} (docs/architecture.md).`,
  severity: 'error',
  from: { path: `^packages/${name}/`, pathNot: TESTS },
  to: { path: `^(packages/(?!(${[name, ...allowed].join('|')})/)|examples/|tests/|bench/)` },
});

module.exports = {
  forbidden: [
    packageRule('protocol', []),
    packageRule('browser', ['protocol']),
    packageRule('agent', ['protocol']),
    packageRule('sdk', []),
    packageRule('mcp', ['sdk']),
    packageRule('server', ['protocol', 'browser', 'agent', 'sdk', 'mcp']),
    packageRule('cli', ['sdk', 'mcp', 'server']),
    packageRule('dashboard', ['sdk']),
    packageRule('site', ['protocol', 'server', 'cli']),
    {
      name: 'one-door',
      comment: 'Another room of the engine is entered through its index.ts only.',
      severity: 'error',
      from: { path: '^packages/browser/src/([^/]+)/', pathNot: TESTS },
      to: { path: '^packages/browser/src/([^/]+)/', pathNot: '^packages/browser/src/($1/|[^/]+/index\\.ts$)' },
    },
    {
      name: 'one-door-from-above',
      comment: 'What lies beside the rooms of the engine enters them through their index.ts too.',
      severity: 'error',
      from: { path: '^packages/browser/src/[^/]+\\.ts$', pathNot: TESTS },
      to: { path: '^packages/browser/src/[^/]+/', pathNot: '/index\\.ts$' },
    },
    {
      name: 'front-door',
      comment: 'Another package is imported by its name, not by a path into its sources.',
      severity: 'error',
      from: { path: '^(packages/[^/]+|examples)/', pathNot: TESTS },
      to: { path: '^packages/[^/]+/(src|dist)/', pathNot: '^$1/|^packages/[^/]+/(src|dist)/(index|openapi|local)\\.(d\\.)?[tj]s$' },
    },
    {
      name: 'no-cycle',
      comment: 'Modules that import each other cannot be understood, tested or moved one at a time.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-test-in-code',
      comment: 'Code does not depend on tests.',
      severity: 'error',
      from: { path: '^(packages|examples)/', pathNot: TESTS },
      to: { path: '\\.test\\.ts$' },
    },
    {
      name: 'resolvable',
      comment: 'An import leads nowhere: a package that is not installed, or a file that is not there.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'declared-dependency',
      comment: 'A package that is imported must be in the package.json of the one that imports it.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: [TESTS, DASHBOARD] },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    },
    {
      name: 'declared-dependency-of-the-page',
      comment: 'What the dashboard imports is in its built files, and needs to be there only when it is built.',
      severity: 'error',
      from: { path: DASHBOARD },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'sdk-has-no-dependencies',
      comment: 'The SDK runs in browsers and brings nothing with it.',
      severity: 'error',
      from: { path: '^packages/sdk/src/', pathNot: TESTS },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'core'] },
    },
  ],
  options: {
    // Programs of their own, with packages of their own, which only their test installs.
    exclude: { path: '^examples/clients/' },
    // Not excluded: what `@carrel/…` resolves to is a built index, and the rules above must see it.
    doNotFollow: { path: ['node_modules', '(^|/)dist/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
      mainFields: ['types', 'main'],
    },
  },
};
