import { type Cookie, type CookieToSet } from '@carrel/protocol';
import type { Protocol } from 'devtools-protocol';
import { type CdpSession } from '../cdp/index.js';
/** A cookie to set, perhaps as that of a site within another (CHIPS). */
export type PartitionedCookie = CookieToSet & {
    partitionKey?: Protocol.Network.CookiePartitionKey;
};
/** All cookies of the browser. */
export declare function getCookies(session: CdpSession): Promise<Cookie[]>;
/**
 * Sets cookies; others stay. All or none: Chromium takes them as one.
 * @throws {CarrelError} `invalid_request` when Chromium refuses one
 */
export declare function setCookies(session: CdpSession, cookies: readonly PartitionedCookie[]): Promise<void>;
//# sourceMappingURL=cookies.d.ts.map