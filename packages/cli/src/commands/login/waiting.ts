import { setTimeout as delay } from 'node:timers/promises';
import type { Browser } from '@carrel/sdk';
import type { Terminal } from '../../terminal.js';
import { areMet, type Conditions } from './conditions.js';

const POLL_INTERVAL_MS = 500;
const GIVE_UP_MS = 1_000;

/** Why a login is over. */
export type LoginEnd = 'told' | 'met' | 'timed_out' | 'interrupted' | 'browser_ended';

export interface Waiting {
  browser: Browser;
  terminal: Terminal;
  conditions: Conditions;
  timeoutMs: number | undefined;
  /** Aborts with the first signal to this program. */
  interrupt: AbortSignal;
}

/**
 * Waits until a person says to be done by a line of input, the conditions are met, the time is over, a signal comes or the browser ends by
 * itself, whichever is first. Input that is no terminal counts only where there are no conditions: it may be at its end already.
 */
export async function waitForLogin({ browser, terminal, conditions, timeoutMs, interrupt }: Waiting): Promise<LoginEnd> {
  const over = new AbortController();
  const { signal } = over;
  const hasConditions = Object.values(conditions).some((condition) => condition !== undefined);
  const listens = terminal.surroundings.stdin.isTTY === true || !hasConditions;
  const waits: Promise<LoginEnd>[] = [
    whenAborted(interrupt, signal).then(() => 'interrupted'),
    whenEnded(browser, signal).then(() => 'browser_ended'),
    ...(listens ? [terminal.nextLine(signal).then(() => 'told' as const)] : []),
    ...(hasConditions ? [whenMet(browser, conditions, signal).then(() => 'met' as const)] : []),
    ...(timeoutMs === undefined ? [] : [delay(timeoutMs, 'timed_out' as const, { signal })]),
  ];
  try {
    return await Promise.race(waits);
  } finally {
    over.abort();
    // The others end by that abort, which is no failure. Whatever does not shall not keep the browser from being closed.
    await Promise.race([Promise.allSettled(waits), delay(GIVE_UP_MS, undefined, { ref: false })]);
  }
}

function whenAborted(awaited: AbortSignal, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (awaited.aborted) return resolve();
    const onAbort = () => resolve();
    awaited.addEventListener('abort', onAbort, { once: true, signal: over });
    over.addEventListener('abort', onAbort, { once: true });
  });
}

async function whenEnded(browser: Browser, signal: AbortSignal): Promise<void> {
  // Only that there are no more events is of interest.
  for await (const _event of browser.events({ follow: true, signal }));
}

async function whenMet(browser: Browser, conditions: Conditions, signal: AbortSignal): Promise<void> {
  while (!(await areMet(browser, conditions))) await delay(POLL_INTERVAL_MS, undefined, { signal });
}
