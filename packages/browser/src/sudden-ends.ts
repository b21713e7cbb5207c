import { setTimeout as delay } from 'node:timers/promises';
import { CarrelError, type EndReason } from '@carrel/protocol';
import type { CdpSession } from './cdp/index.js';
import type { ProcessExit } from './chromium/index.js';
import type { IsolatedBrowser, IsolationIncident } from './isolation/index.js';

/** The pipe breaks a moment before the process is reaped. */
const EXIT_GRACE_MS = 500;

/**
 * Waits for a browser to be connected.
 * @throws {CarrelError} `launch_failed` when it ends instead, with its last words, or is not there in time
 */
export async function withinStartTime(connecting: Promise<void>, isolated: IsolatedBrowser, timeoutMs: number): Promise<void> {
  const settled = new AbortController();
  const late = delay(timeoutMs, undefined, { signal: settled.signal }).then(() => {
    throw new CarrelError('launch_failed', `Chromium did not answer within ${timeoutMs / 1000} s of its start.`);
  });
  try {
    await Promise.race([connecting, late]);
  } catch (error) {
    // A browser that ends breaks the connection; its last words say more than that.
    const exit = await Promise.race([isolated.exited, delay(EXIT_GRACE_MS)]);
    if (exit === undefined) throw error;
    throw new CarrelError('launch_failed', whyItEnded(exit), { details: { exitCode: exit.code, signal: exit.signal }, cause: error });
  } finally {
    settled.abort();
  }
}

function whyItEnded(exit: ProcessExit): string {
  const how = exit.signal === null ? `with exit code ${exit.code}` : `by ${exit.signal}`;
  const hint = /No usable sandbox|setuid sandbox/i.test(exit.stderr) ? NO_SANDBOX_HINT : '';
  return `Chromium ended at its start, ${how}.${hint} Its last words: ${exit.stderr.trim().split('\n').slice(-5).join('\n')}`;
}

const NO_SANDBOX_HINT =
  ' It found no way to sandbox its pages: allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1) or install chromium-sandbox.' +
  ' CARREL_ALLOW_NO_SANDBOX=1 runs it without, which lets a page that breaks out of its renderer do all that the browser may.';

const PASSED_ON: ReadonlySet<string> = new Set(['launch_failed', 'chromium_not_found']);

/** Whatever breaks while a browser starts, to whoever opened it it is a browser that did not start. */
export function asLaunchError(cause: unknown): CarrelError {
  if (cause instanceof CarrelError && (PASSED_ON.has(cause.code) || cause.code.startsWith('profile_'))) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new CarrelError('launch_failed', `The browser did not start: ${message}`, { cause });
}

/** What became of a browser that hung up by itself, in a sentence. */
export async function howItCrashed(isolated: IsolatedBrowser): Promise<string> {
  const exit = await Promise.race([isolated.exited, delay(EXIT_GRACE_MS)]);
  if (exit === undefined) return 'Chromium closed its debugging pipe.';
  return exit.signal === null ? `Chromium ended with exit code ${exit.code}.` : `Chromium was ended by ${exit.signal}.`;
}

/** Why a browser whose limits leave it no way on is ended; undefined when it can go on. */
export function endAfter(incident: IsolationIncident): EndReason | undefined {
  const mebibytes = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MiB`;
  switch (incident.type) {
    case 'memory_exceeded':
      return undefined;
    case 'memory_exhausted': {
      const { usedBytes, limitBytes } = incident;
      const message = `It used ${mebibytes(usedBytes)} of memory, not counting pages, and all of it may use ${mebibytes(limitBytes)}.`;
      return { code: 'memory_exceeded', message };
    }
    case 'tasks_exceeded': {
      const { usedTasks, limitTasks } = incident;
      return {
        code: 'tasks_exceeded',
        message: `It had ${usedTasks} processes and threads, too close to the ${limitTasks} that it may have.`,
      };
    }
    case 'disk_exceeded': {
      const { usedBytes, limitBytes } = incident;
      const message = `It wrote ${mebibytes(usedBytes)} to disk or more, and may write ${mebibytes(limitBytes)}.`;
      return { code: 'disk_exceeded', message };
    }
  }
}

/** How long a browser whose greediest page was ended may take to answer. */
const RECOVERY_MS = 15_000;

/**
 * Why a browser is ended that answers nobody after its greediest page was; undefined when it answers. What such a page has sent to it (one
 * that makes workers in a tight loop, some 100 MB) can keep it busy for minutes.
 */
export async function endUnlessRecovered(session: CdpSession): Promise<EndReason | undefined> {
  const isAlive = await session.send('Browser.getVersion', undefined, { timeoutMs: RECOVERY_MS }).then(
    () => true,
    () => false, // it ended by itself, which is told elsewhere, or is not there in time
  );
  if (isAlive) return undefined;
  const message = `A page was ended because the browser came near its limit of memory, and Chromium did not answer for ${RECOVERY_MS / 1000} s after that.`;
  return { code: 'memory_exceeded', message };
}
