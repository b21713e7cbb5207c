import type { Locator } from 'playwright-core';
import type { TabState } from '../tab.js';
import { type ActionContext } from './action-context.js';
/** An element as callers name it. */
export interface Place {
    ref?: string | undefined;
    selector?: string | undefined;
}
/** How messages call an element: `button "Buy" (e12)`, or the selector. */
export declare function labelOf(tab: TabState, { ref, selector }: Place): string;
/**
 * Finds what an action is to act on. A ref is checked at once; a selector is waited for by whoever uses it.
 * @throws {ActionFailed} `unknown_ref`, `stale_ref`
 */
export declare function locate(context: ActionContext, place: Place): Promise<Locator>;
//# sourceMappingURL=place.d.ts.map