import { ActionFailed } from './action-context.js';
/** Whether an error says that the page, tab or frame went away while something was done with it. */
export declare const isGone: (error: unknown) => boolean;
/**
 * Says in a caller's words why something with an element failed.
 * @param label how messages call the element
 */
export declare function explain(error: unknown, label: string, place: {
    isRef: boolean;
}, timeoutMs: number): ActionFailed;
//# sourceMappingURL=explain.d.ts.map