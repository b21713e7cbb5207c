import { type Tab } from '@carrel/protocol';
import type { CdpSession } from '../cdp/index.js';
import { Deadline } from './deadline.js';
import { type Emit } from './events.js';
import { TabState } from './tab.js';
import { Watch } from './watch.js';
/**
 * The tabs of a browser, in order of opening. Everything here comes from the browser process, so that it works while pages hang.
 *
 * The active tab is Carrel's own notion: where calls go that name no tab. It changes when a tab is opened or chosen through Carrel, never
 * because a page opened a window; when it closes, its opener takes its place, else the tab that was active before, else the last one.
 */
export declare class TabList {
    #private;
    /** Notified when tabs come, go or change their URL. */
    readonly watch: Watch;
    constructor(session: CdpSession, emit: Emit);
    /** Starts to follow the browser's targets; resolves when those that exist are known. */
    start(): Promise<void>;
    stop(): void;
    all(): TabState[];
    list(): Tab[];
    active(): TabState | undefined;
    /** Whether there are as many as there may be. */
    get isFull(): boolean;
    /** The tab with this id, or the active one. */
    find(id: string | undefined): TabState | undefined;
    /** @throws {CarrelError} `not_found`, with what to do */
    get(id: string | undefined): TabState;
    /**
     * Asks the browser (not the page) what the tab is called now: of a title that changes within a page it says nothing by itself. What was
     * known stays when it does not answer soon.
     */
    refresh(tab: TabState): Promise<void>;
    activate(tab: TabState): void;
    /** Opens a blank tab and makes it the active one. */
    open(deadline: Deadline): Promise<TabState>;
    /**
     * Closes a tab without asking the page. A browser is never without a tab: the last one is replaced by a blank one first.
     * @throws {CarrelError} `page_unresponsive` when it is still there after a while
     */
    close(tab: TabState, deadline: Deadline): Promise<void>;
}
//# sourceMappingURL=tabs.d.ts.map