import type { IncomingMessage } from 'node:http';
import type { Html } from './html.js';
import type { Visit } from './visits.js';
/** A request as the shop's pages see it. */
export interface ShopRequest {
    readonly path: string;
    readonly query: URLSearchParams;
    /** Fields of a posted form; empty for other methods. */
    readonly form: URLSearchParams;
    readonly visit: Visit | undefined;
}
/** What a page answers. `visitId` sets the cookie; null takes it away. */
export type ShopAnswer = {
    readonly status?: number;
    readonly visitId?: string | null;
} & ({
    readonly page: Html;
} | {
    readonly json: unknown;
} | {
    readonly goTo: string;
});
/** A request that cannot be answered as it is. */
export declare class BadRequest extends Error {
    readonly name = "BadRequest";
    readonly status: number;
    constructor(status: number, message: string);
}
export declare const COOKIE = "marginalia-visit";
/** The value of our cookie, if the request has it. */
export declare function visitIdOf(request: IncomingMessage): string | undefined;
/** @throws {BadRequest} when it is no form, or one too large */
export declare function readForm(request: IncomingMessage): Promise<URLSearchParams>;
/** Where to go after signing in: a path of this shop, whatever the query says. */
export declare function localPath(path: string | null): string;
//# sourceMappingURL=http.d.ts.map