import type { Decision } from './decision.js';
/** What is decided about a command; undefined: nothing, because it is not known. */
export declare const findDecision: (method: string) => "pass" | Decision | undefined;
/** All that is decided, by the name of the command. */
export declare const decisions: () => ReadonlyMap<string, "pass" | Decision>;
//# sourceMappingURL=table.d.ts.map