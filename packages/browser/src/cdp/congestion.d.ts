import type { Readable } from 'node:stream';
import type { MultiplexerClient } from './multiplexer.js';
/** A client that has this much undelivered and still asks on is put out at once: our own answers to it wait for nobody. */
export declare const FLOOD_BYTES: number;
/** A client that has this much undelivered makes the multiplexer stop reading from Chromium, … */
export declare const HIGH_WATER_BYTES: number;
/** … and is put out when it has not caught up after this long, so that it cannot hold up the others for ever. */
export declare const SLOW_CLIENT_TIMEOUT_MS = 5000;
/** Back-pressure from the clients to Chromium: reading stops while any client is far behind, and a client that stays behind is put out. */
export declare class Congestion {
    #private;
    constructor(source: Readable, evict: (client: MultiplexerClient) => void);
    /** To be called after each delivery to the client. */
    delivered(client: MultiplexerClient): void;
    /** To be called when the client has taken bytes. */
    drained(client: MultiplexerClient): void;
    /** The client has caught up, or has gone. */
    forget(client: MultiplexerClient): void;
}
//# sourceMappingURL=congestion.d.ts.map