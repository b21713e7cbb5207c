import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from './connection.js';
import type { IsolatedBrowser } from './isolation/index.js';
import type { ProfileKeeper } from './profile/index.js';

const FLUSH_DEADLINE_MS = 10_000;

export interface EndingChromium {
  isolated: IsolatedBrowser;
  /** Undefined when it ends before it was connected. */
  connection: Connection | undefined;
  keeper: ProfileKeeper | undefined;
  dismissClients: () => void;
  /** Whether what it holds is worth saving, where it is to be saved at all. */
  savesFirst: boolean;
}

/** Ends a Chromium, saves what is to be kept of it, and resolves when nothing of it is left on the machine. */
export async function removeChromium({ isolated, connection, keeper, dismissClients, savesFirst }: EndingChromium): Promise<void> {
  try {
    if (savesFirst && connection !== undefined && keeper?.saves === true) {
      dismissClients();
      await keeper.saveAtEnd(connection, isolated, async () => {
        await flush(connection, isolated);
        await isolated.kill(); // what its main process leaves behind shall not write while this is read
      });
    }
  } finally {
    // Each of these is tried whatever became of the one before: what stays of a browser would stay until the server's next start.
    await using _directories = { [Symbol.asyncDispose]: () => isolated.remove() };
    await using _pages = { [Symbol.asyncDispose]: async () => connection?.pages[Symbol.asyncDispose]() };
    // A checkpoint that was taken before a crash is in these directories until it is saved.
    await using _saves = { [Symbol.asyncDispose]: async () => keeper?.settled() };
    await isolated.kill();
  }
}

/** Lets Chromium end by itself, so that what it holds in memory is on disk. */
async function flush({ multiplexer }: Connection, { exited }: IsolatedBrowser): Promise<void> {
  // The answer and the end of the process race; either will do.
  await Promise.race([multiplexer.closeBrowser().catch(() => {}), exited, delay(FLUSH_DEADLINE_MS, undefined, { ref: false })]);
  await Promise.race([exited, delay(FLUSH_DEADLINE_MS, undefined, { ref: false })]);
}
