import { tryLimits, trySandbox } from '@carrel/browser';
import type { Settings } from '../settings/index.js';
import { type Finding, fail, ok, warn } from './finding.js';

const NOT_WANTED = { reason: 'CARREL_MAX_ISOLATION=process.', mend: 'Unset CARREL_MAX_ISOLATION' };

/** What keeps browsers in on this machine, found out by building a sandbox; what the operator asks for at least decides how bad less is. */
export async function checkIsolation({ minIsolation, maxIsolation }: Pick<Settings, 'minIsolation' | 'maxIsolation'>): Promise<Finding> {
  const name = 'isolation';
  const tried = maxIsolation === 'sandbox' ? await trySandbox() : NOT_WANTED;
  if (!('reason' in tried)) return ok(name, 'every browser gets a sandbox of its own');
  const message = `browsers run without a sandbox of their own: ${tried.reason}`;
  if (minIsolation === 'sandbox') return fail(name, `${message} CARREL_MIN_ISOLATION=sandbox: none will be opened.`, tried.mend);
  return warn(name, message, tried.mend);
}

/** Whether the kernel holds each browser to its share of the machine. */
export async function checkLimits(): Promise<Finding> {
  const name = 'limits';
  const tried = await tryLimits();
  if (tried === undefined) return ok(name, 'memory, tasks and processor time are limited for each browser');
  return warn(name, `${tried.reason} Watchdogs do what they can.`, tried.mend);
}
