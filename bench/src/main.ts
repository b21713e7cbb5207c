import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findChromium } from '@carrel/browser';
import { BenchmarkFailed } from './benchmark-failed.js';
import { describeMachine, describeVersions } from './machine.js';
import { type BenchOptions, readOptions, USAGE } from './options.js';
import { PageServer } from './page-server.js';
import { Progress } from './progress.js';
import { writeMarkdown } from './report/markdown.js';
import { report } from './report/text.js';
import { type BenchResults, failureCount, writeResults } from './results.js';
import { type Found, SECTIONS } from './sections/index.js';

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
    let found: Found = {};
    const partDurationMs: BenchResults['partDurationMs'] = {};
    const broken: BenchResults['broken'] = {};
    for (const name of options.sections) {
      const show = (detail: string) => progress.show(`${name}: ${detail}`);
      show('starting');
      const partStartedAt = performance.now();
      try {
        found = { ...found, [name]: await SECTIONS[name].measure({ options, executablePath, pageUrl: page.url, signal, progress: show }) };
      } catch (error) {
        // What the other parts found, and will find, is not lost with it.
        signal.throwIfAborted();
        broken[name] = error instanceof Error ? error.message : String(error);
      }
      partDurationMs[name] = Math.round(performance.now() - partStartedAt);
    }
    return {
      startedAt: startedAt.toISOString(),
      durationMs: Date.now() - startedAt.getTime(),
      partDurationMs,
      machine,
      versions,
      options,
      found,
      broken,
    };
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
  if (options.markdownFile !== undefined) console.log(`  The report is in ${await writeMarkdown(results, options.markdownFile)}`);
  return failureCount(results) === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof BenchmarkFailed ? error.message : error);
  process.exitCode = error instanceof BenchmarkFailed ? error.exitCode : 1;
}
