import type { Cents } from './books.js';
/** The one account of the shop, for demonstrations; the sign-in page shows it. */
export declare const DEMO_ACCOUNT: {
    readonly email: "ada@example.com";
    readonly password: "difference-engine";
    readonly name: "Ada";
};
export interface OrderLine {
    readonly title: string;
    readonly quantity: number;
    readonly price: Cents;
}
export interface Order {
    readonly number: string;
    readonly lines: readonly OrderLine[];
    readonly total: Cents;
    /** What was asked for besides the books: label and answer. */
    readonly wishes: readonly (readonly [label: string, answer: string])[];
}
/** What the shop knows of one browser, by the cookie that it gave it. */
export interface Visit {
    readonly id: string;
    /** Who is signed in there. */
    readonly member: string | undefined;
    readonly orders: ReadonlyMap<string, Order>;
}
/** The visits of one shop, in memory: the oldest goes when there are too many. */
export declare class Visits {
    #private;
    find(id: string | undefined): Visit | undefined;
    /** Signs in on a new visit, so that an id that somebody knew before is worth nothing after. Wrong credentials: undefined. */
    signIn(email: string, password: string, before: Visit | undefined): Visit | undefined;
    signOut(visit: Visit): void;
    /** Writes the order down, on a new visit when this browser has none. */
    placeOrder(visit: Visit | undefined, order: Order): Visit;
}
//# sourceMappingURL=visits.d.ts.map