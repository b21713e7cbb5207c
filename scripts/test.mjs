// `npm test`: sets up what is missing, runs `npm run check`, then the tests. The last line is `N passed, N failed`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CommandFailed, run } from './command.mjs';
import { exampleClients } from './example-clients.mjs';
import { notteSdks } from './notte-sdks.mjs';
import { PythonProblem, pythonEnvironment } from './python/environment.mjs';
import { buildPages, explain, inRoot, ROOT, setUpPrograms } from './setup.mjs';
import { Terminal } from './terminal.mjs';

const USAGE = `npm test                     everything: the check (lint, types, boundaries, unused, drift), then all tests
npm test -- NAME …           only the test files with such a name, without the check
npm test -- --proof          long: soaks and matrices at their full size (also: npm run proof)`;

/** CI gives up on a run after 20 minutes, and then nobody is told anything: end before it, with a count. */
const LIMIT_MS = 19 * 60_000;
const PROOF_LIMIT_MS = 6 * 3_600_000;
const CHECK_TIMEOUT_MS = 5 * 60_000;
const END_GRACE_MS = 90_000;

const terminal = new Terminal();

function readArguments() {
  try {
    return parseArgs({ allowPositionals: true, options: { proof: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } });
  } catch (error) {
    terminal.line(`${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
}

/** Runs every part of the check, whatever comes of the others, and gives how many failed. */
async function check() {
  const { scripts } = JSON.parse(await readFile(inRoot('package.json'), 'utf8'));
  const npm = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm'];
  // Types first: it builds what the boundaries are read from.
  const parts = Object.keys(scripts).filter((name) => name.startsWith('check:'));
  parts.sort((a, b) => Number(b === 'check:types') - Number(a === 'check:types'));
  let failed = 0;
  for (const part of parts) {
    try {
      await terminal.step(`Check ${part.slice('check:'.length)}`, () =>
        run([...npm, 'run', '--silent', part], { cwd: ROOT, timeoutMs: CHECK_TIMEOUT_MS }),
      );
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      failed += 1;
      terminal.line(`${error.message}:\n${error.output}`);
    }
  }
  return failed;
}

/** Gets ready what single tests need, which would else hold up those tests. @returns why there can be none of it; undefined: it is there */
async function setUpForTests() {
  try {
    // By itself: it may have to install what makes environments.
    const environment = await pythonEnvironment();
    await Promise.all([notteSdks(), exampleClients()]);
    return environment === undefined ? 'This machine has no Python 3.10 or newer: the tests that need it are skipped.' : undefined;
  } catch (error) {
    if (!(error instanceof PythonProblem || error instanceof CommandFailed)) throw error;
    return error.message; // The tests that need it say so too, and fail.
  }
}

/** Runs Vitest, which prints for itself, and gives its counts. */
async function runTests(names, isProof, limitMs) {
  const directory = await mkdtemp(join(tmpdir(), 'carrel-outcomes-'));
  const outcomes = join(directory, 'outcomes');
  const args = ['run', '--reporter=default', `--reporter=${inRoot('scripts/counting-reporter.mjs')}`, ...names];
  const child = spawn(process.execPath, [inRoot('node_modules/vitest/vitest.mjs'), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, TEST_OUTCOMES_FILE: outcomes, TEST_LIMIT_MS: String(limitMs), ...(isProof && { CARREL_PROOF: '1' }) },
  });
  // Ctrl-C reaches Vitest as well; we stay to count and to clean up.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  // The reporter ends the run in good order when the limit is reached. This is for when even that does not end.
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs + END_GRACE_MS);
  try {
    const [code] = await once(child, 'close');
    return { code, ...(await countsOf(outcomes)) };
  } finally {
    clearTimeout(timer);
    process.off('SIGINT', ignore);
    await rm(directory, { recursive: true, force: true });
  }
}

/** Counts what the reporter wrote down. No file: Vitest died before the first test ended. */
async function countsOf(path) {
  const lines = (await readFile(path, 'utf8').catch(() => '')).split('\n');
  const count = (outcome) => lines.filter((line) => line === outcome).length;
  return { passed: count('passed'), failed: count('failed') + count('late') };
}

async function main() {
  const startedAt = performance.now();
  const { values, positionals: names } = readArguments();
  if (values.help) {
    terminal.line(USAGE);
    return 0;
  }
  const isProof = values.proof === true;
  const isWhole = names.length === 0;
  let failed = 0;
  let passed = 0;
  try {
    await setUpPrograms(terminal, { kinds: ['headless-shell', 'chromium'], projects: [] });
    // Its downloads take as long as all of the rest.
    const settingUp = isWhole ? setUpForTests() : undefined;
    settingUp?.catch(() => {}); // it is looked at below
    await buildPages(terminal);
    if (isWhole) {
      failed += await check();
      const problem = await terminal.step('Install clients to test with', () => settingUp);
      if (problem !== undefined) terminal.line(problem);
    }
    const leftMs = (isProof ? PROOF_LIMIT_MS : LIMIT_MS) - END_GRACE_MS - (performance.now() - startedAt);
    const tests = await runTests(names, isProof, Math.max(60_000, leftMs));
    passed += tests.passed;
    failed += tests.failed;
    // Something left behind, an error outside of any test, no test at all: Vitest failed, though no test did.
    if (tests.code !== 0 && tests.failed === 0) failed += 1;
  } catch (error) {
    failed += 1;
    process.exitCode = explain(terminal, error);
  }
  terminal.line(`\n${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : (process.exitCode ?? 1);
}

process.exitCode = await main();
