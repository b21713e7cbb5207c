import { type Socket } from 'node:net';
import type { NetworkExit } from '@carrel/protocol';
import type { Dialer } from './dialer.js';
import type { Exit, PlainForm } from './exits.js';
import { EgressFailure } from './failure.js';
import type { Gate } from './gate.js';
import { type Target } from './target.js';
import type { UpstreamProxy } from './upstream-proxy.js';
/** By way of an upstream proxy. The addresses of targets are its business, but what a rule here refuses it is not asked for. */
export declare class UpstreamExit implements Exit {
    #private;
    readonly plainForm: PlainForm;
    constructor(proxy: UpstreamProxy, { gate, dialer, timeoutMs }: {
        gate: Gate;
        dialer: Dialer;
        timeoutMs: number;
    });
    get info(): NetworkExit;
    get isResting(): boolean;
    checkKept(): void;
    isBypassed(target: Target): boolean;
    tunnel(target: Target, signal: AbortSignal): Promise<Socket>;
    plain(target: Target, signal: AbortSignal): Promise<Socket>;
    /** What to say when the proxy wants other credentials (407, RFC 9110, section 15.5.8). */
    refuses(): EgressFailure;
}
//# sourceMappingURL=upstream-exit.d.ts.map