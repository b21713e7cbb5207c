/** Money, in cents of a euro. */
export type Cents = number;
export interface Book {
    /** Names the book in URLs and in the cart. */
    readonly slug: string;
    readonly title: string;
    /** The title as it was first written, with its language tag, where it is another. */
    readonly original?: {
        readonly title: string;
        readonly language: string;
    };
    readonly author: string;
    readonly year: number;
    readonly subject: Subject;
    readonly price: Cents;
    /** What members pay. Shown to those who are signed in, and to nobody else. */
    readonly membersPrice: Cents;
    readonly blurb: string;
    /** Which of the covers that the style sheet draws, 1 to 8. */
    readonly cover: number;
}
export declare const SUBJECTS: readonly ["Novels", "Voyages", "Science", "Tales", "Essays"];
export type Subject = (typeof SUBJECTS)[number];
export declare const BOOKS: readonly Book[];
/** The book of this slug, if there is one. */
export declare const findBook: (slug: string) => Book | undefined;
export declare const SORTS: readonly ["title", "price", "year"];
export type Sort = (typeof SORTS)[number];
/** Books whose title (the original one too), author or subject has every word of the query, sorted. An empty query finds all. */
export declare function searchBooks(query: string, sort: Sort, subject?: Subject): Book[];
/** A price as readers see it: `€18.50`. */
export declare const formatPrice: (cents: Cents) => string;
//# sourceMappingURL=books.d.ts.map