import type { Isolation } from './isolation.js';
import type { IsolationOptions } from './options.js';
import { ProcessIsolation } from './process.js';
import { SandboxIsolation, trySandbox } from './sandbox/index.js';

/**
 * The strongest isolation that this machine can do, found out by trying. Where that is not a sandbox, `reasons` says why.
 * @throws {CarrelError} `launch_failed` when not even processes can be kept apart
 */
export async function chooseIsolation(options: IsolationOptions): Promise<Isolation> {
  const tools = await trySandbox();
  if ('reason' in tools) return await ProcessIsolation.create({ ...options, reasons: [`${tools.reason} ${tools.mend}.`] });
  return await SandboxIsolation.create(options, tools);
}
