import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { arch, cpus, loadavg, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** On what was measured. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryBytes: number;
  system: string;
  /** Programs that wanted to run, averaged over the minute before the benchmark began. Above a few tenths, others were at work. */
  loadBefore: number;
}

/** What was measured. */
export interface Versions {
  carrel: string;
  /** Undefined outside of a git clone. */
  commit: string | undefined;
  /** Whether sources differ from the commit. */
  isModified: boolean;
  node: string;
  chromium: string;
  playwright: string;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const execute = promisify(execFile);
const COMMAND_TIMEOUT_MS = 10_000;

export function describeMachine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryBytes: totalmem(),
    system: `${type()} ${release()} ${arch()}`,
    loadBefore: loadavg()[0] ?? 0,
  };
}

export async function describeVersions(executablePath: string): Promise<Versions> {
  const [carrel, playwright, chromium, commit, changes] = await Promise.all([
    versionIn(`${ROOT}package.json`),
    versionIn(fileURLToPath(import.meta.resolve('playwright-core/package.json'))),
    output(executablePath, ['--version']),
    git('rev-parse', '--short', 'HEAD'),
    git('status', '--porcelain', '--untracked-files=no'),
  ]);
  const node = process.versions.node;
  return {
    carrel,
    playwright,
    node,
    chromium: chromium.replace(/^\D+/, '').split(' ')[0] ?? chromium,
    commit,
    isModified: (changes ?? '') !== '',
  };
}

async function versionIn(packageFile: string): Promise<string> {
  return (JSON.parse(await readFile(packageFile, 'utf8')) as { version: string }).version;
}

async function output(command: string, args: string[]): Promise<string> {
  return (await execute(command, args, { cwd: ROOT, timeout: COMMAND_TIMEOUT_MS })).stdout.trim();
}

/** Undefined without git, or outside of a clone: then there is no commit to name. */
const git = (...args: string[]): Promise<string | undefined> => output('git', args).catch(() => undefined);
