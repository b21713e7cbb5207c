/**
 * The URL that a page is sent to. What is no string, Chromium refuses by itself; what is no URL is refused here in its words, since only
 * what is understood can be let through.
 */
export declare const navigation: import("./decision.js").Decision;
/** A new tab, as many as there may be. */
export declare const newTab: import("./decision.js").Decision;
/** The URL that the network is asked for. */
export declare const request: import("./decision.js").Decision;
export declare const filesOfInput: import("./decision.js").Decision;
/** What is dropped where a page does not expect it is opened, by the browser itself, and files that are dropped can be read. */
export declare const drag: import("./decision.js").Decision;
/**
 * With the number that the key has on this platform, full Chromium takes what a page leaves for its own shortcuts (measured in Chromium 156):
 * Ctrl+U opens view-source:, Ctrl+J chrome://downloads, F12 the developer tools. Pages see only the other number.
 */
export declare const key: import("./decision.js").Decision;
/** A path of the client's machine means nothing here, and the last client to set one would take the downloads away from all others. */
export declare const downloadBehavior: import("./decision.js").Decision;
/** The older command knows no names by GUID: what it allows is allowed already, so that there is nothing to forward. */
export declare const pageDownloadBehavior: import("./decision.js").Decision;
export declare const browserContext: import("./decision.js").Decision;
export declare const tracing: import("./decision.js").Decision;
//# sourceMappingURL=limits.d.ts.map