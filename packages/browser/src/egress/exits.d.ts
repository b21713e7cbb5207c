import type { Socket } from 'node:net';
import type { NetworkExit } from '@carrel/protocol';
import type { Dialer } from './dialer.js';
import { EgressFailure } from './failure.js';
import type { Gate } from './gate.js';
import type { Target } from './target.js';
/** How plain HTTP requests are to be written on a connection of an exit. */
export type PlainForm = 
/** As to the site itself. */
{
    readonly form: 'origin';
}
/** As to a proxy, with the whole URL; `authorization` is the value of Proxy-Authorization. */
 | {
    readonly form: 'absolute';
    readonly authorization: string | undefined;
};
/** One way for a browser to leave. Every method rejects with an `EgressFailure`; `exit_failed` means that another exit may do better. */
export interface Exit {
    readonly info: NetworkExit;
    readonly plainForm: PlainForm;
    /** A connection that is as good as one to the target. */
    tunnel(target: Target, signal: AbortSignal): Promise<Socket>;
    /** A connection for plain requests to the target, to be written in `plainForm`. */
    plain(target: Target, signal: AbortSignal): Promise<Socket>;
    /** Looks again at a kept connection before it is used for another request: what was allowed may be so no longer. */
    checkKept(socket: Socket, target: Target): void;
    /** The failure to report when an answer says 407: to the browser that would look like a question of its own proxy's. */
    refuses(): EgressFailure;
    /** Whether a target is not for this exit, and to be reached directly. */
    isBypassed(target: Target): boolean;
    /** It, or the proxy that it goes by, failed a moment ago: others are to be tried first. */
    readonly isResting: boolean;
}
/** From this machine straight to the target. */
export declare class DirectExit implements Exit {
    #private;
    readonly info: NetworkExit;
    readonly plainForm: {
        readonly form: "origin";
    };
    readonly isResting = false;
    constructor(gate: Gate, dialer: Dialer, localAddresses: readonly string[]);
    tunnel(target: Target, signal: AbortSignal): Promise<Socket>;
    plain(target: Target, signal: AbortSignal): Promise<Socket>;
    checkKept({ remoteAddress }: Socket, target: Target): void;
    refuses(): EgressFailure;
    isBypassed(): boolean;
}
//# sourceMappingURL=exits.d.ts.map