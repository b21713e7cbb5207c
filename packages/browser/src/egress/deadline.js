/**
 * Waits for work until a deadline or a signal; the work itself may go on, and what comes of it is nobody's then.
 * @throws the signal's reason, or a `TimeoutError`
 */
export async function withDeadline(work, timeoutMs, signal) {
    work.catch(() => { }); // heard below, unless nobody waits any more
    signal.throwIfAborted();
    let onAbort = () => { };
    let timer;
    try {
        return await Promise.race([
            work,
            new Promise((_, reject) => {
                onAbort = () => reject(signal.reason);
                signal.addEventListener('abort', onAbort, { once: true });
                timer = setTimeout(() => reject(new DOMException(`Not done within ${timeoutMs} ms.`, 'TimeoutError')), timeoutMs);
            }),
        ]);
    }
    finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
    }
}
//# sourceMappingURL=deadline.js.map