import type { CdpSession } from '../cdp/index.js';
import type { Deadline } from './deadline.js';
import type { TabState } from './tab.js';
/** What goes to the page and comes back: plain data. */
type Plain = string | number | boolean | null | undefined | readonly Plain[] | {
    readonly [key: string]: Plain;
};
/**
 * Runs a function in the main frame of a tab, in a JavaScript world of its own: it sees the page's elements, but the page can neither see
 * nor change what it is made of (a page that replaces `JSON` or `Array.prototype` changes only its own). The function is sent as text: it
 * can use nothing from outside of itself but `arg`.
 */
export declare function runIsolated<A extends Plain, R>(session: CdpSession, tab: TabState, deadline: Deadline, run: (arg: A) => R, arg: A): Promise<Awaited<R>>;
export {};
//# sourceMappingURL=isolated-world.d.ts.map