import type { Observation, ObserveRequest } from '@carrel/protocol';
import type { CdpSession } from '../cdp/index.js';
import type { PlaywrightLink } from './playwright.js';
import type { TabList } from './tabs.js';
export interface ObserveParts {
    session: CdpSession;
    tabs: TabList;
    playwright: PlaywrightLink;
}
/**
 * What an agent sees of a tab. While a dialog is open the page stands still: then only what the browser itself knows, and the dialog.
 * @throws {CarrelError} `not_found` (no such tab), `page_unresponsive`, `browser_crashed`
 */
export declare function observe(parts: ObserveParts, request: ObserveRequest, signal?: AbortSignal): Promise<Observation>;
//# sourceMappingURL=observe.d.ts.map