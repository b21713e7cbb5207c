import { type ConnectOverCDPTransport, type Page } from 'playwright-core';
import type { CdpSession } from '../cdp/index.js';
import type { Deadline } from './deadline.js';
import type { TabState } from './tab.js';
import type { TabList } from './tabs.js';
export interface PlaywrightLinkOptions {
    session: CdpSession;
    tabs: TabList;
    connectTransport: () => ConnectOverCDPTransport;
    /** Where Playwright keeps what it may have to keep; it goes with what else there is of the browser, however this process ends. */
    artifactsDirectory: string;
}
/**
 * The engine's own Playwright: one more client of the browser, connected when something first needs it, and again if it was lost.
 */
export declare class PlaywrightLink implements AsyncDisposable {
    #private;
    constructor(options: PlaywrightLinkOptions);
    /**
     * Playwright's page of a tab.
     * @throws {CarrelError} `page_unresponsive` when the page does not get ready in time, `browser_crashed` when there is no browser any more
     */
    page(tab: TabState, deadline: Deadline, signal: AbortSignal): Promise<Page>;
    [Symbol.asyncDispose](): Promise<void>;
}
//# sourceMappingURL=playwright.d.ts.map