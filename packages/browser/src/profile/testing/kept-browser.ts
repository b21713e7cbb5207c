import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserKind } from '@carrel/protocol';
import { CdpSession, Multiplexer } from '../../cdp/index.js';
import { ChromiumProcess, chromiumFlags, findChromium, killTree } from '../../chromium/index.js';

const CLOSE_DEADLINE_MS = 10_000;

/** A Chromium on a user-data-dir of the test's, that ends as its user would end it: all is on the disk afterwards. */
export interface KeptBrowser extends AsyncDisposable {
  goto(url: string): Promise<void>;
  /** In the page that is open, or in its first frame of another origin. */
  evaluate(expression: string): Promise<unknown>;
  evaluateInFrame(expression: string): Promise<unknown>;
  /** Throws away the changes that it has not written yet. */
  kill(): Promise<void>;
}

export async function openKept(kind: BrowserKind, directory: string): Promise<KeptBrowser> {
  const { executablePath } = await findChromium(kind);
  const home = await mkdtemp(join(tmpdir(), 'carrel-test-'));
  await mkdir(directory, { recursive: true });
  const flags = chromiumFlags({
    kind,
    userDataDir: directory,
    windowSize: { width: 800, height: 600 },
    noSandbox: true, // tests run as root
    hasSharedMemory: true,
    proxyPort: 9,
  }).filter((flag) => !flag.startsWith('--proxy-'));
  const process = await ChromiumProcess.spawn({ command: executablePath, args: flags, env: { HOME: home, TMPDIR: home }, cwd: home });
  const kill = async () => {
    await killTree(process.pid, undefined);
    await process.exited;
    await rm(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  };
  try {
    const multiplexer = new Multiplexer({ readable: process.readable, writable: process.writable, maxMessageBytes: 2 ** 27 });
    const close = async () => {
      await multiplexer.closeBrowser().catch(() => {}); // it may be gone before it answers, or have been killed
      const deadline = setTimeout(() => void killTree(process.pid, undefined), CLOSE_DEADLINE_MS);
      await process.exited.finally(() => clearTimeout(deadline));
      await kill();
    };
    return { ...(await drive(await CdpSession.open(multiplexer))), kill, [Symbol.asyncDispose]: close };
  } catch (error) {
    await kill();
    throw error;
  }
}

async function drive(session: CdpSession): Promise<Pick<KeptBrowser, 'goto' | 'evaluate' | 'evaluateInFrame'>> {
  const { targetInfos } = await session.send('Target.getTargets');
  const targetId = targetInfos.find(({ type }) => type === 'page')?.targetId ?? '';
  const { sessionId } = await session.send('Target.attachToTarget', { targetId, flatten: true });
  await session.send('Page.enable', {}, { sessionId });
  const evaluateIn = async (expression: string, sessionId: string) => {
    const { result, exceptionDetails } = await session.send(
      'Runtime.evaluate',
      { expression, awaitPromise: true, returnByValue: true },
      { sessionId },
    );
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value as unknown;
  };
  return {
    evaluate: (expression) => evaluateIn(expression, sessionId),
    evaluateInFrame: async (expression) => {
      const { targetInfos } = await session.send('Target.getTargets');
      const frame = targetInfos.find(({ type }) => type === 'iframe');
      if (frame === undefined) throw new Error('the page has no frame of another site');
      const attached = await session.send('Target.attachToTarget', { targetId: frame.targetId, flatten: true });
      return await evaluateIn(expression, attached.sessionId);
    },
    goto: async (url) => {
      let stop = () => {};
      const loaded = new Promise<void>((resolve) => {
        stop = session.on('Page.loadEventFired', (_, from) => {
          if (from === sessionId) resolve();
        });
      });
      const { errorText } = await session.send('Page.navigate', { url }, { sessionId });
      if (errorText !== undefined) throw new Error(`${url}: ${errorText}`);
      await loaded.finally(stop);
    },
  };
}
