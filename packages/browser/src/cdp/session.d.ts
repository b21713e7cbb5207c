import type { ProtocolMapping } from 'devtools-protocol/types/protocol-mapping.js';
import type { Multiplexer } from './multiplexer.js';
type Commands = ProtocolMapping.Commands;
type Events = ProtocolMapping.Events;
type Params<M extends keyof Commands> = Commands[M]['paramsType'] extends [infer P] ? P : Commands[M]['paramsType'][0];
type Result<M extends keyof Commands> = Commands[M]['returnType'];
type Listener<E extends keyof Events> = (params: Events[E][0], sessionId: string | undefined) => void;
export interface SendOptions {
    /** A session attached under this one; left out: the browser itself. */
    sessionId?: string;
    /** Default 15,000. */
    timeoutMs?: number;
}
/** Chromium answered a command with an error. */
export declare class CdpError extends Error {
    readonly name = "CdpError";
    readonly code: number;
    constructor(method: string, code: number, message: string);
}
/** The engine's own way to talk to a browser: a client of the multiplexer with typed calls and events. */
export declare class CdpSession implements AsyncDisposable {
    #private;
    /** Resolves when this session has ended, whatever the reason. */
    readonly closed: Promise<void>;
    static open(multiplexer: Pick<Multiplexer, 'attach'>): Promise<CdpSession>;
    /**
     * Sends one command.
     * @throws {CdpError} when Chromium answers with an error
     * @throws {CarrelError} `browser_crashed` when the browser is or goes away, `page_unresponsive` when the time is over, `invalid_request`
     * when the parameters cannot be written as JSON
     */
    send<M extends keyof Commands>(method: M, params?: Params<M>, options?: SendOptions): Promise<Result<M>>;
    /** Listens to an event, of this session and of those attached under it; returns how to stop. */
    on<E extends keyof Events>(event: E, listener: Listener<E>): () => void;
    [Symbol.asyncDispose](): Promise<void>;
}
export {};
//# sourceMappingURL=session.d.ts.map