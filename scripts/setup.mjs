// Brings a clone to the point where it runs: Node, packages, build, Chromium. Says what it does; does nothing that is done already.
// It imports nothing but Node's own modules, because before it has run there is nothing else.
import { access, constants, readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildDashboard } from './build-dashboard.mjs';
import { buildSite } from './build-site.mjs';
import { CommandFailed, run } from './command.mjs';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
export const inRoot = (...parts) => join(ROOT, ...parts);
export const importFromRoot = (...parts) => import(pathToFileURL(inRoot(...parts)).href);

const NODE_AT_LEAST = [20, 19];
const DEBIAN_PACKAGES = [
  'chromium-headless-shell',
  'chromium',
  'chromium-sandbox',
  'chromium-l10n',
  'bubblewrap',
  'fonts-dejavu-core',
  'fonts-liberation',
  'fonts-noto-core',
];
const APT_INSTALL = ['apt-get', 'install', '-y', '--no-install-recommends', ...DEBIAN_PACKAGES];
const PLAYWRIGHT_INSTALL = ['playwright-core', 'install'];
const INSTALL_TIMEOUT_MS = 10 * 60_000;
const BUILD_TIMEOUT_MS = 5 * 60_000;
const OUTPUT_LINES = 12;

/** Something is missing that the person at the keyboard has to see to. The message says what to do. */
export class SetUpProblem extends Error {
  name = 'SetUpProblem';
  /** 2: something is to be installed or corrected first; 1: a step failed. */
  exitCode;

  constructor(message, exitCode, options) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/**
 * @param {import('./terminal.mjs').Terminal} terminal
 * @param {{kinds: ('headless-shell' | 'chromium')[], projects: string[]}} wanted which Chromium, and which TypeScript projects
 * @throws {SetUpProblem}
 */
export async function setUp(terminal, { kinds, projects }) {
  await setUpPrograms(terminal, { kinds, projects });
  await buildPages(terminal);
}

/** All but the pages that the server serves, with the same parameters. @throws {SetUpProblem} */
export async function setUpPrograms(terminal, { kinds, projects }) {
  checkNode();
  await installPackages(terminal);
  await compile(terminal, projects);
  await installChromium(terminal, kinds);
}

/** Errors that say what happened and what to do, so that a stack would only be in the way. */
const TOLD = ['SetUpProblem', 'CarrelError', 'CarrelApiError', 'CarrelConnectionError', 'CarrelTimeoutError', 'DemonstrationFailed'];
/** Those of them that the user has to put right before anything else. */
const TO_PUT_RIGHT = ['invalid_request', 'chromium_not_found', 'invalid_configuration'];

/** Shows a problem and gives the exit code that goes with it. What is not foreseen is a defect, and shows its stack. */
export function explain(terminal, error) {
  terminal.line();
  const isTold = TOLD.includes(error?.name);
  const text = isTold ? error.message : (error?.stack ?? String(error));
  for (const line of text.split('\n')) terminal.line(line === '' ? '' : `  ${line}`);
  terminal.line();
  return error?.exitCode ?? (TO_PUT_RIGHT.includes(error?.code) ? 2 : 1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [needMajor, needMinor] = NODE_AT_LEAST;
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return;
  const wanted = NODE_AT_LEAST.join('.');
  throw new SetUpProblem(`Carrel needs Node ${wanted} or newer; this is ${process.versions.node}.\nGet one at https://nodejs.org.`, 2);
}

const readJson = async (path) => JSON.parse(await readFile(path, 'utf8'));

/**
 * Whether what is installed is what the lock file says, by content: the dates of the two files say only who wrote last, and a checkout
 * writes too. An optional package may be missing, because npm leaves out those of other platforms.
 *
 * @param {Record<string, any>} wanted `packages` of package-lock.json
 * @param {Record<string, any>} installed `packages` of node_modules/.package-lock.json, npm's own note of what it installed
 */
export function isAsLocked(wanted, installed) {
  const isSame = (path) => {
    const [is, should] = [installed[path], wanted[path]];
    if (is === undefined) return should.optional === true;
    // A workspace's version stays the same when it gets a command; npm links commands when it installs.
    return is.version === should.version && is.integrity === should.integrity && JSON.stringify(is.bin) === JSON.stringify(should.bin);
  };
  // The path of the root is empty, and only the lock file has it.
  const paths = Object.keys(wanted).filter((path) => path !== '');
  return paths.every(isSame) && Object.keys(installed).every((path) => wanted[path] !== undefined);
}

async function packagesAreCurrent() {
  const hiddenLock = await readJson(inRoot('node_modules/.package-lock.json')).catch(() => undefined); // none: nothing is installed
  return hiddenLock !== undefined && isAsLocked((await readJson(inRoot('package-lock.json'))).packages, hiddenLock.packages);
}

async function installPackages(terminal) {
  if (await packagesAreCurrent()) return;
  // The npm that started us, so that no other version of it on the path writes here.
  const npm = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm'];
  await terminal.step('Install packages', async (tell) => {
    tell('npm ci');
    await attempt([...npm, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], INSTALL_TIMEOUT_MS, (error) =>
      isOffline(error.output)
        ? 'npm cannot reach its registry. Connect this machine to the network (or tell npm of your proxy or mirror), then start again.'
        : 'The packages could not be installed.',
    );
  });
  if (!(await packagesAreCurrent())) terminal.note('npm installed something other than the lock file says; going on all the same');
}

async function compile(terminal, projects) {
  await terminal.step('Compile', async (tell) => {
    tell('tsc -b');
    const tsc = [process.execPath, inRoot('node_modules/typescript/bin/tsc'), '-b', ...projects];
    await attempt(tsc, BUILD_TIMEOUT_MS, () => 'The sources do not compile.');
  });
}

/** The dashboard and the documentation. @throws {SetUpProblem} */
export async function buildPages(terminal) {
  await terminal.step('Build pages', async (tell) => {
    tell('vite build');
    await explained(buildDashboard, () => 'The dashboard could not be built.');
    tell('vitepress build');
    await explained(buildSite, () => 'The documentation could not be built.');
    tell('vite build, vitepress build');
  });
}

const isOffline = (output) =>
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|Could not resolve|Failed to fetch/.test(output);

/** Runs a command of the set-up; when it fails, says so with the end of what it printed. */
function attempt(command, timeoutMs, describe, onLine) {
  return explained(
    () => run(command, { cwd: ROOT, timeoutMs, onLine, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }),
    describe,
  );
}

/** Does something that runs a command, as above. */
async function explained(work, describe) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    const end = error.output.trimEnd().split('\n').slice(-OUTPUT_LINES).join('\n');
    throw new SetUpProblem(`${describe(error)}\n\n${error.message}${end === '' ? '' : `:\n${end}`}`, 1, { cause: error });
  }
}

async function missingKinds(kinds) {
  const { findChromium } = await importFromRoot('packages/browser/dist/index.js');
  const settings = { 'headless-shell': process.env.CARREL_HEADLESS_SHELL_PATH, chromium: process.env.CARREL_CHROMIUM_PATH };
  const missing = [];
  for (const kind of kinds) {
    try {
      await findChromium(kind, { executablePath: settings[kind] || undefined });
    } catch (error) {
      if (error.code !== 'chromium_not_found') throw error;
      // A setting that names no program is for its owner to correct; installing another would not be what they asked for.
      if (settings[kind]) throw new SetUpProblem(error.message, 2, { cause: error });
      missing.push(kind);
    }
  }
  return missing;
}

/** Debian packages both kinds. Ubuntu does not: its `chromium` is a snap, which cannot be run as we run it. */
async function isDebian() {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => ''); // not a Linux, or a very bare one
  return /^ID="?debian"?$/m.test(text) && (await isOnPath('apt-get'));
}

async function isOnPath(program) {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const isThere = await access(join(directory, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return true;
  }
  return false;
}

async function installChromium(terminal, kinds) {
  const missing = await missingKinds(kinds);
  if (missing.length === 0) return;
  if (!(await isDebian())) await installByPlaywright(terminal, missing);
  else if (process.getuid?.() === 0) await installByApt(terminal);
  else {
    throw new SetUpProblem(
      `Chromium is missing, and only root may install it. Paste this, then start again:\n\n  sudo sh -c 'apt-get update && ${APT_INSTALL.join(' ')}'`,
      2,
    );
  }
  const still = await missingKinds(kinds);
  if (still.length > 0) throw new SetUpProblem(`Chromium was installed, but no ${still.join(' and no ')} is where Carrel looks.`, 2);
}

async function installByApt(terminal) {
  const describe = (error) =>
    isOffline(error.output)
      ? "apt-get cannot reach Debian's packages. Connect this machine to the network, then start again."
      : 'Chromium could not be installed.';
  await terminal.step('Install Chromium', async (tell) => {
    tell('apt-get update');
    await attempt(['apt-get', 'update'], INSTALL_TIMEOUT_MS, describe, tell);
    await attempt(APT_INSTALL, INSTALL_TIMEOUT_MS, describe, tell);
    tell(`apt-get install ${DEBIAN_PACKAGES.length} packages`);
  });
}

async function installByPlaywright(terminal, kinds) {
  const names = kinds.map((kind) => (kind === 'headless-shell' ? 'chromium-headless-shell' : 'chromium'));
  const command = [process.execPath, inRoot('node_modules/playwright-core/cli.js'), ...PLAYWRIGHT_INSTALL.slice(1), ...names];
  await terminal.step('Install Chromium', async (tell) => {
    tell(['npx', ...PLAYWRIGHT_INSTALL, ...names].join(' '));
    await attempt(command, INSTALL_TIMEOUT_MS, (error) =>
      isOffline(error.output)
        ? 'Playwright cannot reach the place it downloads Chromium from. Connect this machine to the network, then start again.'
        : `Chromium could not be installed. This command does it: npx ${[...PLAYWRIGHT_INSTALL, ...names].join(' ')}`,
    );
  });
}
