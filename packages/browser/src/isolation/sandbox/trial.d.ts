import { type SandboxTools } from './sandboxed-process.js';
/** Why this machine builds no sandboxes, and the command that mends it. */
export interface NoSandbox {
    reason: string;
    mend: string;
}
/** Builds one sandbox to see whether this machine can; what comes of it holds for the life of this process. */
export declare function trySandbox(): Promise<SandboxTools | NoSandbox>;
//# sourceMappingURL=trial.d.ts.map