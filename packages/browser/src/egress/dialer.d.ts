import { type Socket } from 'node:net';
import type { EgressPolicy } from './policy.js';
export interface DialerOptions {
    policy: EgressPolicy;
    /** Local addresses to leave from, at most one of each family; none: what the machine chooses. */
    localAddresses: readonly string[];
    connectTimeoutMs: number;
}
/** Makes the TCP connections of one browser: to addresses that somebody has looked at, never to names. */
export declare class Dialer implements Disposable {
    #private;
    constructor({ policy, localAddresses, connectTimeoutMs }: DialerOptions);
    /** Bytes that its connections have carried, of those that are open too; what speaking to upstream proxies took is among them. */
    get bytes(): {
        in: number;
        out: number;
    };
    /**
     * Connects to one of the addresses: to the next one when an attempt fails or takes long, as RFC 8305 has it ("happy eyeballs").
     * @param host what the addresses belong to, for messages
     * @throws {EgressFailure} `unreachable`, `connect_timeout`; the signal's reason
     */
    connect(addresses: readonly string[], port: number, host: string, signal: AbortSignal): Promise<Socket>;
    [Symbol.dispose](): void;
}
//# sourceMappingURL=dialer.d.ts.map