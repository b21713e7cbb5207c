export interface PageHtml {
    url: string;
    title: string;
    /** The visible content: links and images with absolute URLs, shadow roots and frames of the same origin laid out in place. */
    html: string;
    /** The page has more than `maxChars`. */
    isCut: boolean;
}
/**
 * Runs in the page, in an isolated world: writes down what a reader would see. Left out are scripts, styles, comments and what is hidden,
 * which is where text that only a machine would read hides.
 */
export declare function serializePage({ maxChars, maxDepth }: {
    maxChars: number;
    maxDepth: number;
}): PageHtml;
//# sourceMappingURL=page-html.d.ts.map