import type { ActionResult } from '@carrel/protocol';
import { Deadline } from '../deadline.js';
import type { TabState } from '../tab.js';
import type { ActionParts } from './action-context.js';
export type Changes = ActionResult['changes'];
/** How things were before an action. */
export interface Before {
    url: string;
    commits: number;
    tabs: ReadonlySet<TabState>;
    downloads: {
        readonly count: number;
    };
    downloadRequests: number;
}
export declare function rememberBefore({ tabs, downloads }: ActionParts, tab: TabState): Before;
/**
 * Waits, by events and not for long, until what an action set off has happened: a click on a link has arrived at the next page when it is
 * reported. A dialog, a crash or the end of the tab ends the waiting.
 */
export declare function settle(parts: ActionParts, tab: TabState, before: Before, deadline: Deadline, signal: AbortSignal | undefined): Promise<void>;
/** What is different from before. */
export declare function changesSince(parts: ActionParts, tab: TabState, before: Before): Changes;
//# sourceMappingURL=settle.d.ts.map