import type { IsolationLevel } from '@carrel/protocol';
import type { Isolation } from './isolation.js';
import type { IsolationOptions } from './options.js';
export interface ChoiceOptions extends IsolationOptions {
    /** No more than this is tried; default `sandbox`. */
    maxLevel?: IsolationLevel;
}
/**
 * The strongest isolation that this machine can do, found out by trying. Where that is not a sandbox, `reasons` says why.
 * @throws {CarrelError} `launch_failed` when not even processes can be kept apart
 */
export declare function chooseIsolation({ maxLevel, ...options }: ChoiceOptions): Promise<Isolation>;
//# sourceMappingURL=choose.d.ts.map