import { type NetworkExit, type PoolEntry, type ProxyServer } from '@carrel/protocol';
import { type Target } from './target.js';
/** An upstream proxy, and how it has been doing. One of the pool is shared by all browsers that leave by it. */
export declare class UpstreamProxy {
    #private;
    readonly protocol: 'http' | 'https' | 'socks5';
    readonly address: Target;
    readonly username: string;
    readonly password: string;
    readonly weight: number;
    readonly info: NetworkExit;
    private constructor();
    /** One that the caller named. @throws {TypeError} when its URL is none */
    static ofRequest({ server, username, password, bypass }: ProxyServer): UpstreamProxy;
    /** One of the operator's. @throws {TypeError} when its URL is none */
    static ofPool({ url, country, city, tags, weight }: PoolEntry): UpstreamProxy;
    /** The operator's own, which may be on a private network. */
    get isTrusted(): boolean;
    get hasCredentials(): boolean;
    /** The value of Proxy-Authorization (RFC 7617). */
    get authorization(): string | undefined;
    isBypassed(target: Target): boolean;
    get isResting(): boolean;
    markFailed(): void;
}
//# sourceMappingURL=upstream-proxy.d.ts.map