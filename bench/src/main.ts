import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findChromium } from '@carrel/browser';
import { BenchmarkFailed } from './benchmark-failed.js';
import { CarrelServer } from './carrel-server.js';
import { CarrelContender } from './contenders/carrel.js';
import type { Contender } from './contenders/contender.js';
import { FloorContender } from './contenders/floor.js';
import { LaunchContender } from './contenders/launch.js';
import { disposeAll } from './dispose-all.js';
import { describeMachine, describeVersions } from './machine.js';
import { type BenchOptions, readOptions, USAGE } from './options.js';
import { PageServer } from './page-server.js';
import { Progress } from './progress.js';
import { report } from './report.js';
import { type BenchResults, failureCount, writeResults } from './results.js';
import { measureDensity } from './sections/density.js';
import { type LifecycleResult, measureLifecycles } from './sections/lifecycle.js';
import { measureProfiles } from './sections/profile.js';
import { measureProfileSessions } from './sections/profile-sessions.js';
import { measureRoundTrips } from './sections/round-trips.js';
import type { SectionContext } from './sections/section.js';
import { measureTurns } from './sections/turns.js';

/** Lifecycles one at a time, then in batches, on the same server and the same floor. */
async function lifecycle(context: SectionContext): Promise<LifecycleResult[]> {
  const { executablePath, signal, options } = context;
  const contenders: Contender[] = [];
  try {
    // Browsers that are released but not gone yet do not count, so this is more than ever are open.
    contenders.push(new CarrelContender(await CarrelServer.start({ maxBrowsers: options.batchSize, signal })));
    contenders.push(await FloorContender.start({ executablePath, slots: options.batchSize, signal }));
    contenders.push(new LaunchContender(executablePath));
    return [await measureLifecycles(context, contenders, 1), await measureLifecycles(context, contenders, options.batchSize)];
  } finally {
    await disposeAll(contenders);
  }
}

const MEASUREMENTS = {
  lifecycle: async (context: SectionContext) => ({ lifecycle: await lifecycle(context) }),
  density: async (context: SectionContext) => ({ density: await measureDensity(context) }),
  'round-trips': async (context: SectionContext) => ({ roundTrips: await measureRoundTrips(context) }),
  profile: async (context: SectionContext) => ({
    profiles: await measureProfiles(context),
    profileSessions: await measureProfileSessions(context),
  }),
  turns: async (context: SectionContext) => ({ turns: await measureTurns(context) }),
};

async function measure(options: BenchOptions, signal: AbortSignal): Promise<BenchResults> {
  const startedAt = new Date();
  const { executablePath } = await findChromium('headless-shell', {
    executablePath: process.env.CARREL_HEADLESS_SHELL_PATH || undefined,
  });
  const machine = describeMachine();
  const versions = await describeVersions(executablePath);
  const progress = new Progress(process.stderr);
  const page = await PageServer.start();
  try {
    let found: Pick<BenchResults, 'lifecycle' | 'density' | 'roundTrips' | 'profiles' | 'profileSessions' | 'turns'> = {};
    for (const section of options.sections) {
      const show = (detail: string) => progress.show(`${section}: ${detail}`);
      show('starting');
      found = { ...found, ...(await MEASUREMENTS[section]({ options, executablePath, pageUrl: page.url, signal, progress: show })) };
    }
    return { startedAt: startedAt.toISOString(), durationMs: Date.now() - startedAt.getTime(), machine, versions, options, ...found };
  } finally {
    progress.clear();
    await page[Symbol.asyncDispose]();
  }
}

/** Does the work with a temporary directory of its own, for us and for whatever is started here, and removes it. */
async function inTemporaryDirectory<T>(work: () => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'carrel-bench-'));
  // Browsers with uids of their own must be able to pass through.
  await chmod(directory, 0o711);
  process.env.TMPDIR = directory;
  try {
    return await work();
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) {
    console.log(USAGE);
    return 0;
  }
  const stop = new AbortController();
  // Kept to the end: the second Ctrl-C of an impatient person must not leave a server and its browsers behind.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => stop.abort(new BenchmarkFailed(`Ended by ${name}; everything that was started has been stopped.`)));
  }
  const results = await inTemporaryDirectory(() => measure(options, stop.signal)).catch((error: unknown) => {
    throw stop.signal.aborted ? stop.signal.reason : error;
  });
  console.log(`\n${report(results)}\n\n  Every measurement is in ${await writeResults(results)}`);
  return failureCount(results) === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof BenchmarkFailed ? error.message : error);
  process.exitCode = error instanceof BenchmarkFailed ? error.exitCode : 1;
}
