import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserKind, newId } from '@carrel/protocol';
import { Multiplexer } from '../cdp/index.js';
import {
  chooseIsolation,
  type IsolatedBrowser,
  type Isolation,
  makeRunDirectory,
  ProcessIsolation,
  type ResourceLimits,
} from '../isolation/index.js';

const MEBIBYTE = 1024 * 1024;

/** An isolation with directories of its own, which go with it. */
export interface TestIsolation extends AsyncDisposable {
  isolation: Isolation;
  runDirectory: string;
}

/** Plenty for a test. */
export const TEST_LIMITS: ResourceLimits = { memoryBytes: 2048 * MEBIBYTE, tasks: 1000, cpuPercent: 200, diskBytes: 1024 * MEBIBYTE };

export interface TestIsolationOptions {
  /** Instead of the Chromium of this machine. */
  executablePaths?: Partial<Record<BrowserKind, string>>;
  limits?: Partial<ResourceLimits>;
}

/** The level `process`, which also runs scripts in Chromium's place. */
export const testProcess = (executablePaths: TestIsolationOptions['executablePaths'] = {}, limits: Partial<ResourceLimits> = {}) =>
  make((runDirectory) =>
    ProcessIsolation.create({ runDirectory, executablePaths, allowNoSandbox: false, limits: { ...TEST_LIMITS, ...limits } }),
  );

/** The level `sandbox`. */
export const testSandbox = ({ executablePaths = {}, limits = {} }: TestIsolationOptions = {}) =>
  make(async (runDirectory) => {
    const options = { runDirectory, executablePaths, allowNoSandbox: false, limits: { ...TEST_LIMITS, ...limits } };
    const isolation = await chooseIsolation(options);
    if (isolation.level !== 'sandbox') throw new Error(`this machine builds no sandboxes: ${isolation.reasons.join(' ')}`);
    return isolation;
  });

async function make(create: (runDirectory: string) => Promise<Isolation>): Promise<TestIsolation> {
  const dataDir = await mkdtemp(join(tmpdir(), 'carrel-test-'));
  const runDirectory = await makeRunDirectory(dataDir, { othersMustEnter: process.getuid?.() === 0 });
  const isolation = await create(runDirectory);
  return {
    isolation,
    runDirectory,
    [Symbol.asyncDispose]: async () => {
      await isolation.sweep();
      await rm(runDirectory, { recursive: true, force: true });
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The same walls, but for what is changed. */
export function wallsWith(isolation: Isolation, changes: Partial<Isolation>): Isolation {
  const { level, reasons, changesTimezone, mayStandStill } = isolation;
  return {
    level,
    reasons,
    changesTimezone,
    mayStandStill,
    chromium: (kind) => isolation.chromium(kind),
    launch: (request) => isolation.launch(request),
    makeAhead: (launches) => isolation.makeAhead(launches),
    sweep: () => isolation.sweep(),
    ...changes,
  };
}

/** A Chromium that runs, with the multiplexer on its pipe and nothing else. */
export interface RunningChromium extends AsyncDisposable {
  isolated: IsolatedBrowser;
  multiplexer: Multiplexer;
}

export async function runChromium(options: { kind?: BrowserKind; maxMessageBytes?: number } = {}): Promise<RunningChromium> {
  const { isolation, [Symbol.asyncDispose]: dispose } = await testSandbox();
  const isolated = await isolation.launch({
    id: newId('browser'),
    kind: options.kind ?? 'headless-shell',
    windowSize: { width: 1280, height: 720 },
    acceptEgress: (socket) => socket.destroy(), // nothing here needs the network
  });
  const multiplexer = new Multiplexer({
    readable: isolated.readable,
    writable: isolated.writable,
    maxMessageBytes: options.maxMessageBytes ?? 64 * MEBIBYTE,
    downloadPath: isolated.directories.downloads,
    uploadPath: isolated.directories.uploads,
  });
  await multiplexer.start();
  return {
    isolated,
    multiplexer,
    [Symbol.asyncDispose]: async () => {
      await isolated.kill();
      await isolated.remove();
      await dispose();
    },
  };
}
