import type { Readable, Writable } from 'node:stream';
import { type Whereabouts } from './policy/index.js';
/** Why a client's connection ended: it asked to, the browser went away, or it did not keep up with what it was sent. */
export type ClientEnd = 'left' | 'browser_gone' | 'too_slow';
/** One end of a client's connection, as the multiplexer sees it: a WebSocket, or something inside this process. */
export interface ClientEndpoint {
    /** Takes one message for the client. The buffer is the endpoint's to keep. */
    deliver(message: Buffer): void;
    /** The multiplexer has ended this client; nothing is delivered any more. */
    ended(reason: ClientEnd): void;
    /** Bytes delivered that the client has not taken yet. */
    bufferedBytes(): number;
    /** Hand in no more messages until `resume`: Chromium is not taking any. */
    pause(): void;
    resume(): void;
    /** Hears what this client said of permissions (`Browser.grantPermissions` and its like), once Chromium has taken it. */
    hearPermissions?(method: string, params: Readonly<Record<string, unknown>>): void;
}
/** A client of the multiplexer: what its endpoint calls. */
export interface MultiplexerClient {
    readonly endpoint: ClientEndpoint;
    /** One message from the client. */
    receive(text: string): void;
    /** The client has taken bytes that were delivered before. */
    drained(): void;
    /** The client is gone: its sessions end at once. */
    leave(): void;
}
export interface MultiplexerOptions extends Whereabouts {
    /** What Chromium writes (its fd 4) and what it reads (its fd 3). */
    readable: Readable;
    writable: Writable;
    /** Largest message in either direction, in bytes. */
    maxMessageBytes: number;
}
declare class Client implements MultiplexerClient {
    #private;
    readonly endpoint: ClientEndpoint;
    rootSessionId: string;
    pendingCalls: number;
    constructor(endpoint: ClientEndpoint, multiplexer: Multiplexer);
    receive(text: string): void;
    drained(): void;
    leave(): void;
}
/**
 * Lets any number of clients share the one debugging pipe of a browser. Each gets a root session of its own
 * (`Target.attachToBrowserTarget`), so that auto-attach, discovery and enabled domains are its own. Ids are mapped; a session belongs to
 * the client under whose session Chromium attached it, and nobody else can speak on it or hears of it.
 */
export declare class Multiplexer {
    #private;
    constructor(options: MultiplexerOptions);
    get clientCount(): number;
    /** Calls back once, when Chromium has hung up. */
    onClosed(listener: () => void): void;
    /** To be called once Chromium runs: asks it to report crashes, which otherwise leave calls unanswered. */
    start(): Promise<void>;
    /** Asks Chromium to end by itself, which no client may. Rejects with `browser_crashed` when it is gone. */
    closeBrowser(): Promise<void>;
    /** Lets a client in. Rejects with `browser_crashed` when Chromium is gone. */
    attach(endpoint: ClientEndpoint): Promise<MultiplexerClient>;
    /** Ends a client that did not ask for it, because the browser is about to end. */
    dismiss(client: MultiplexerClient): void;
    /** @internal One message from a client. */
    receive(client: Client, text: string): void;
    /** @internal */
    drained(client: Client): void;
    /** @internal Ends a client: its root session is detached at once, since a new target waits for every session that asked to wait. */
    end(client: Client, reason: ClientEnd): void;
}
export {};
//# sourceMappingURL=multiplexer.d.ts.map