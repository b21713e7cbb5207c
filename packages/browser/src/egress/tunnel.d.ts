import type { Socket } from 'node:net';
/**
 * Passes bytes both ways until both sides have closed. What one side is slow to take, the other is slow to send.
 *
 * @param idleTimeoutMs without a byte in either direction, which ends it
 */
export declare function joinSockets(inner: Socket, outer: Socket, idleTimeoutMs: number): Promise<void>;
//# sourceMappingURL=tunnel.d.ts.map