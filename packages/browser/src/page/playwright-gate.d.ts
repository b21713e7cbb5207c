import type { ConnectOverCDPTransport } from 'playwright-core';
/**
 * Stands between Playwright and the browser, for three things that Playwright cannot be told otherwise:
 *
 * - It takes each message for a task of its own, as its own transports hand them in: what it does on an answer has to happen before the
 *   next message. (Handed in together, it lost the script worlds of every other window that a page had opened, which then never answered.)
 * - On connecting it waits for every page to answer, so that one page that hangs or shows a dialog would keep it from all others. A page
 *   that existed before is therefore shown to it only once it answers (`whenResponsive`).
 * - It answers dialogs itself as long as nobody listens, which at the start is the case. Dialogs are answered by the agent or by the
 *   client that opened the page, never by us on our own: the command is not passed on.
 */
export declare function gatedTransport(inner: ConnectOverCDPTransport, whenResponsive: (targetId: string) => Promise<void>): ConnectOverCDPTransport;
//# sourceMappingURL=playwright-gate.d.ts.map