import type { ActionContext } from './action-context.js';
/** Why a URL gave nothing to download; undefined: it is being downloaded. */
export type Refusal = string | undefined;
/**
 * Sends the tab to a URL and has whatever comes back be a download, so that the page stays. It is fetched as the page's own links are, with
 * cookies and through the browser's connection, and Chromium writes it to disk without holding it in memory, however large it is.
 */
export declare function forceDownload(context: ActionContext, url: string): Promise<Refusal>;
//# sourceMappingURL=forced-download.d.ts.map