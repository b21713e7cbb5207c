import type { ActionType } from '@carrel/protocol';
import type { Handler } from './action-context.js';
/** How an action is run. */
export interface ActionKind<T extends ActionType> {
    run: Handler<T>;
    /**
     * - `input`: on the page, one after the other, and what it sets off is waited for
     * - `look`: on the page, beside other actions
     * - `browser`: not on the page, so that nothing on the page hinders it
     */
    on: 'input' | 'look' | 'browser';
    timeoutMs: number;
}
/** Every action. A new one is a handler and a line here. */
export declare const ACTIONS: {
    [T in ActionType]: ActionKind<T>;
};
//# sourceMappingURL=handlers.d.ts.map