import type { SandboxTools } from './sandboxed-process.js';
/** Finds what builds sandboxes, or says what is missing and how it is had. */
export declare function findTools(): Promise<SandboxTools | {
    reason: string;
    mend: string;
}>;
//# sourceMappingURL=tools.d.ts.map