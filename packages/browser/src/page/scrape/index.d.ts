import { type ScrapeRequest, type ScrapeResult } from '@carrel/protocol';
import type { CdpSession } from '../../cdp/index.js';
import { Deadline } from '../deadline.js';
import type { TabState } from '../tab.js';
export interface CutText {
    text: string;
    /** Characters of the whole, when `text` is only its beginning; else 0. */
    wholeChars: number;
}
/** Cuts at a line end near `maxChars`. */
export declare function cutAtLine(text: string, maxChars: number): CutText;
/** The content of a tab as Markdown. The caller watches over the tab. */
export declare function readMarkdown(session: CdpSession, tab: TabState, options: {
    onlyMainContent: boolean;
    maxChars: number;
}, deadline: Deadline): Promise<CutText>;
/**
 * Reads a tab: Markdown, links, values by selector.
 * @throws {CarrelError} `needs_model` when the schema asks for a value without saying where it is, `invalid_request` for a selector that is
 * not CSS, `page_unresponsive`, `browser_crashed`, `not_found`
 */
export declare function scrape(session: CdpSession, tab: TabState, request: ScrapeRequest, signal?: AbortSignal): Promise<ScrapeResult>;
//# sourceMappingURL=index.d.ts.map