import { type Observation } from '@carrel/protocol';
import type { CdpSession, SendOptions } from '../cdp/index.js';
import type { Deadline } from './deadline.js';
import type { TabState } from './tab.js';
/** How to send a command to a tab before a deadline. */
export declare function sessionOf(tab: TabState, deadline: Deadline): SendOptions;
export type Layout = Pick<Observation['metadata'], 'viewport' | 'scroll'>;
export declare const NO_LAYOUT: Layout;
/** Size of the viewport and where it is on the page, without running anything in the page. */
export declare function readLayout(session: CdpSession, tab: TabState, deadline: Deadline): Promise<Layout>;
//# sourceMappingURL=layout.d.ts.map