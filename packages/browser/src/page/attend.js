import { CarrelError } from '@carrel/protocol';
import { CdpError } from '../cdp/index.js';
/** Beyond the deadline: a library's own timeout knows better than we do what it was waiting for, so it gets to speak first. */
const GRACE_MS = 250;
/**
 * Does work on a page and watches over it: returns as soon as the work is done or cannot be done any more, whichever is first. The signal
 * that the work gets fires then, so that nothing goes on behind the caller's back.
 * @throws the reason of `signal`, when the caller gives up
 */
export async function attend(tab, deadline, signal, work) {
    signal?.throwIfAborted();
    const stop = new AbortController();
    const abort = () => stop.abort(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    const working = work(stop.signal).then((value) => ({ kind: 'done', value }), (error) => ({ kind: 'failed', error }));
    const timeoutMs = deadline.remainingMs + GRACE_MS;
    const watching = tab.watch
        .until(() => tab.obstacle !== undefined, { timeoutMs, signal: stop.signal })
        .then(() => ({ kind: tab.obstacle ?? 'timeout' }));
    try {
        const outcome = await Promise.race([working, watching]);
        signal?.throwIfAborted();
        // Calls on a page that crashes, closes or stands still fail too; the cause is the better answer.
        const obstacle = outcome.kind === 'failed' ? (tab.obstacle ?? (isCrash(outcome.error) ? 'crashed' : undefined)) : undefined;
        return obstacle === undefined ? outcome : { kind: obstacle };
    }
    finally {
        signal?.removeEventListener('abort', abort);
        stop.abort();
    }
}
/** The error of a call that reads a page and could not. */
export function readingError(outcome, tab, what, timeoutMs) {
    const details = { tabId: tab.id };
    switch (outcome.kind) {
        case 'failed':
            if (outcome.error instanceof CarrelError)
                return outcome.error;
            if (isTimeout(outcome.error))
                return unresponsive(what, timeoutMs, details);
            return new CarrelError('internal', `${what} failed: ${firstLine(outcome.error)}`, { details, cause: outcome.error });
        case 'dialog':
            return new CarrelError('page_unresponsive', `${what} is not possible while a dialog is open: answer it with an action of type dialog.`, { details });
        case 'crashed':
            return new CarrelError('browser_crashed', 'The page crashed: close this tab and open a new one.', { details });
        case 'closed':
            return new CarrelError('not_found', 'The tab was closed meanwhile; list the tabs to see which are open.', { details });
        case 'timeout':
            return unresponsive(what, timeoutMs, details);
    }
}
const unresponsive = (what, timeoutMs, details) => new CarrelError('page_unresponsive', `${what} was not done within ${timeoutMs} ms: the page is busy or very large. Try again with more time, or close the tab.`, {
    details,
});
export const isTimeout = (error) => error instanceof Error && (error.name === 'TimeoutError' || /Timeout \d+ms exceeded/.test(error.message));
/** A call can fail of a crash before the event that tells of it comes. */
const isCrash = (error) => error instanceof CdpError && error.message.endsWith(': Target crashed');
export const firstLine = (error) => (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
//# sourceMappingURL=attend.js.map