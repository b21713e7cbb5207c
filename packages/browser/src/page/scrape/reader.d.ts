export interface ReadingRequest {
    html: string;
    onlyMainContent: boolean;
}
export interface Reading {
    markdown: string;
    links: {
        text: string;
        url: string;
    }[];
}
/**
 * Turns HTML into Markdown in a thread of its own, so that a page made to be hard to parse can neither hold up other browsers nor use up
 * the memory of the server.
 * @throws {CarrelError} `page_unresponsive` when it takes longer than `timeoutMs` or too much memory
 */
export declare function readHtml(request: ReadingRequest, timeoutMs: number): Promise<Reading>;
//# sourceMappingURL=reader.d.ts.map