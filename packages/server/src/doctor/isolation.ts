import { tryLimits, trySandbox } from '@carrel/browser';
import type { Settings } from '../settings/index.js';
import { type Finding, fail, ok, warn } from './finding.js';

const NOT_WANTED = { reason: 'CARREL_MAX_ISOLATION=process.', mend: 'Unset CARREL_MAX_ISOLATION' };

/** What keeps browsers in on this machine, found out by building a sandbox; what the operator asks for at least decides how bad less is. */
export async function checkIsolation({ minIsolation, maxIsolation }: Pick<Settings, 'minIsolation' | 'maxIsolation'>): Promise<Finding> {
  const name = 'isolation';
  const tried = maxIsolation === 'sandbox' ? await trySandbox() : NOT_WANTED;
  if (!('reason' in tried)) return ok(name, 'level sandbox: every browser gets one of its own');
  const message = `level process: browsers run without a sandbox of their own: ${tried.reason}`;
  if (minIsolation === 'sandbox') return fail(name, `${message} CARREL_MIN_ISOLATION=sandbox: none will be opened.`, tried.mend);
  return warn(name, message, tried.mend);
}

/** Whether the kernel holds each browser to its share of the machine, and by what. */
export async function checkLimits(settings: Pick<Settings, 'browserMemoryBytes' | 'browserTasks' | 'browserCpuPercent'>): Promise<Finding> {
  const name = 'limits';
  const { cgroupVersions, missing } = await tryLimits('reason' in (await trySandbox()) ? 'process' : 'sandbox');
  if (missing !== undefined) return warn(name, `${missing.reason} Watchdogs do what they can.`, missing.mend);
  const { browserMemoryBytes, browserTasks, browserCpuPercent } = settings;
  const each = `${Math.round(browserMemoryBytes / 2 ** 20)} MiB of memory, ${browserTasks} tasks and ${browserCpuPercent}% of a processor`;
  return ok(name, `at most ${each} for each browser (control groups version ${cgroupVersions.join(' and ')})`);
}
