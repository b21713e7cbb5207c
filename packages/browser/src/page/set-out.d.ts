import type { CdpSession } from '../cdp/index.js';
import type { Deadline } from './deadline.js';
import type { TabState } from './tab.js';
/** A tab to be opened. */
export interface WantedTab {
    url: string;
    isActive: boolean;
    /** Runs in the first document that the tab gets, before any script of the page and unseen by it. */
    script: string | undefined;
}
/**
 * Sends a tab on its way, without waiting for the page.
 * @returns whether it came there, once that is known
 */
export declare function setOut(session: CdpSession, tab: TabState, { url, script }: Pick<WantedTab, 'url' | 'script'>, deadline: Deadline): Promise<{
    arrived: Promise<boolean>;
}>;
//# sourceMappingURL=set-out.d.ts.map