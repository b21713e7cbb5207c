import { type Book } from '../books.js';
import { type Html } from '../html.js';
import type { Visit } from '../visits.js';
export interface PageOptions {
    readonly title: string;
    readonly visit: Visit | undefined;
    /** What the search box shows. */
    readonly query?: string;
    readonly body: Html;
}
/** A whole page: head, masthead, the body, foot. */
export declare const layout: ({ title, visit, query, body }: PageOptions) => Html;
/** The drawn cover of a book. */
export declare const cover: (book: Book) => Html;
/** What the visitor pays: members see their own price. */
export declare const priceFor: (book: Book, visit: Visit | undefined) => Html;
/** A shelf of books. */
export declare const shelf: (books: readonly Book[], visit: Visit | undefined) => Html;
//# sourceMappingURL=layout.d.ts.map