import { Agent, type ClientRequest, type ClientRequestArgs, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Exit } from './exits.js';
import type { Target } from './target.js';
/** Hands requests connections of one exit of one browser: its free connections are nobody else's. */
declare class ExitAgent extends Agent {
    createConnection(options: ClientRequestArgs, callback?: (error: Error | null, stream: Duplex) => void): undefined;
}
/** The connections for plain requests of one exit. */
export declare class PlainConnections implements Disposable {
    readonly pooled: ExitAgent;
    readonly fresh: ExitAgent;
    [Symbol.dispose](): void;
}
export interface PlainOptions {
    exit: Exit;
    connections: PlainConnections;
    incoming: IncomingMessage;
    target: Target;
    url: URL;
    signal: AbortSignal;
    /** Until the headers of the answer are there, in ms without a byte. */
    responseTimeoutMs: number;
}
/** A request that has been answered, as far as the headers go. */
export interface PlainAnswer {
    request: ClientRequest;
    response: IncomingMessage;
    /** Bytes that it has taken so far on its connection. */
    bytes: () => {
        bytesIn: number;
        bytesOut: number;
    };
}
/**
 * Sends a request on by way of an exit. Rejects before anything of its body has been read when no connection can be had.
 * @throws {EgressFailure}, and what breaks on the way
 */
export declare function sendPlain(options: PlainOptions): Promise<PlainAnswer>;
export {};
//# sourceMappingURL=plain-request.d.ts.map