/**
 * The headers of a request as the site is to see them: in the browser's order and spelling, which sites look at, without those that were
 * for this proxy. Where the browser spoke of its connection to the proxy it now speaks of that to the site.
 *
 * @param raw names and values in turn, as `IncomingMessage.rawHeaders` has them
 * @param host what the URL says, whatever the Host header said (RFC 9112, section 3.2.2)
 */
export declare function requestHeaders(raw: readonly string[], host: string): string[];
/** The headers of an answer, as they came, without those that are this proxy's to write. */
export declare function responseHeaders(raw: readonly string[]): string[];
//# sourceMappingURL=headers.d.ts.map