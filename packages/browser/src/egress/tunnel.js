/**
 * Passes bytes both ways until both sides have closed. What one side is slow to take, the other is slow to send.
 *
 * @param idleTimeoutMs without a byte in either direction, which ends it
 */
export function joinSockets(inner, outer, idleTimeoutMs) {
    return new Promise((resolve) => {
        let open = 2;
        for (const [socket, other] of [
            [inner, outer],
            [outer, inner],
        ]) {
            socket.once('close', () => {
                open--;
                if (open === 0)
                    resolve();
                // There is nobody for what it might still say; what it was sent it is still given.
                else
                    other.destroySoon();
            });
            // Every byte passes both sockets, so that one being quiet means that both are.
            socket.setTimeout(idleTimeoutMs, () => socket.destroy());
            socket.pipe(other);
        }
    });
}
//# sourceMappingURL=tunnel.js.map