import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserKind, newId } from '@carrel/protocol';
import { Multiplexer } from '../cdp/index.js';
import { type IsolatedBrowser, type Isolation, makeRunDirectory, ProcessIsolation } from '../isolation/index.js';

const MEBIBYTE = 1024 * 1024;

/** An isolation with directories of its own, which go with it. */
export interface TestIsolation extends AsyncDisposable {
  isolation: Isolation;
  runDirectory: string;
}

/** With `executablePaths`, instead of the Chromium of this machine. */
export async function testIsolation(executablePaths: Partial<Record<BrowserKind, string>> = {}): Promise<TestIsolation> {
  const dataDir = await mkdtemp(join(tmpdir(), 'carrel-test-'));
  const runDirectory = await makeRunDirectory(dataDir, { othersMustEnter: process.getuid?.() === 0 });
  const isolation = await ProcessIsolation.create({ runDirectory, executablePaths, allowNoSandbox: false });
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

/** A Chromium that runs, with the multiplexer on its pipe and nothing else. */
export interface RunningChromium extends AsyncDisposable {
  isolated: IsolatedBrowser;
  multiplexer: Multiplexer;
}

export async function runChromium(options: { kind?: BrowserKind; maxMessageBytes?: number } = {}): Promise<RunningChromium> {
  const { isolation, [Symbol.asyncDispose]: dispose } = await testIsolation();
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
