import { Agent, request } from 'node:http';
import { EgressFailure } from './failure.js';
import { requestHeaders } from './headers.js';
const FREE_SOCKET_TIMEOUT_MS = 30_000;
const MAX_FREE_SOCKETS_PER_HOST = 16;
/** Hands requests connections of one exit of one browser: its free connections are nobody else's. */
class ExitAgent extends Agent {
    createConnection(options, callback) {
        options.dial().then((socket) => callback?.(null, socket), (error) => callback?.(error, undefined));
    }
}
/** The connections for plain requests of one exit. */
export class PlainConnections {
    pooled = new ExitAgent({ keepAlive: true, maxFreeSockets: MAX_FREE_SOCKETS_PER_HOST, timeout: FREE_SOCKET_TIMEOUT_MS });
    fresh = new ExitAgent({ keepAlive: false });
    [Symbol.dispose]() {
        this.pooled.destroy();
        this.fresh.destroy();
    }
}
/**
 * Sends a request on by way of an exit. Rejects before anything of its body has been read when no connection can be had.
 * @throws {EgressFailure}, and what breaks on the way
 */
export async function sendPlain(options) {
    // A kept connection may be closed by the site in the very moment of the next request: what has a body cannot be sent again.
    if (hasBody(options.incoming))
        return attempt(options, 'fresh');
    try {
        return await attempt(options, 'pooled');
    }
    catch (error) {
        if (!(error instanceof StaleConnection))
            throw error;
        return attempt(options, 'fresh');
    }
}
const hasBody = ({ headers }) => headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
/** The connection was one that had been used before, and it was closed before there was an answer. */
class StaleConnection extends EgressFailure {
    constructor(cause) {
        super('unreachable', 'The site closed a kept connection.', { cause });
    }
}
async function attempt(options, pool) {
    const { incoming, signal, responseTimeoutMs, target } = options;
    signal.throwIfAborted();
    const outgoing = request(argumentsOf(options, pool));
    const onAbort = () => outgoing.destroy(new Error('the browser hung up', { cause: signal.reason }));
    signal.addEventListener('abort', onAbort, { once: true });
    outgoing.once('close', () => signal.removeEventListener('abort', onAbort));
    const socket = await new Promise((resolve, reject) => {
        outgoing.once('socket', resolve);
        outgoing.on('error', reject); // stays: later errors are seen on the response, too
    });
    if (outgoing.reusedSocket) {
        try {
            options.exit.checkKept(socket, target);
        }
        catch (error) {
            outgoing.destroy();
            throw error;
        }
    }
    const { bytesRead, bytesWritten } = socket;
    const bytes = () => ({ bytesIn: socket.bytesRead - bytesRead, bytesOut: socket.bytesWritten - bytesWritten });
    outgoing.setTimeout(responseTimeoutMs);
    outgoing.once('timeout', () => {
        const message = `${target.host} took the request and did not answer within ${responseTimeoutMs / 1000} s.`;
        outgoing.destroy(new EgressFailure('response_timeout', message));
    });
    const answered = new Promise((resolve, reject) => {
        outgoing.once('response', resolve);
        outgoing.on('error', reject);
        // An answer that changes the protocol is neither.
        outgoing.once('close', () => reject(new Error('it was closed without an answer')));
    });
    if (hasBody(incoming))
        incoming.pipe(outgoing);
    else
        outgoing.end();
    try {
        const response = await answered;
        if (response.statusCode !== 407)
            return { request: outgoing, response, bytes };
        outgoing.destroy();
        throw refusedByProxy(options);
    }
    catch (error) {
        if (outgoing.reusedSocket && pool === 'pooled' && !(error instanceof EgressFailure) && !signal.aborted)
            throw new StaleConnection(error);
        throw error;
    }
}
/** The browser must not see a 407, which it would take for a question of its own proxy's. */
function refusedByProxy({ exit, incoming }) {
    const failure = exit.refuses();
    // What the body was is gone: it cannot be tried by another exit.
    return hasBody(incoming) ? new EgressFailure('unreachable', failure.message, { cause: failure }) : failure;
}
function argumentsOf({ exit, connections, incoming, target, url, signal }, pool) {
    const { plainForm } = exit;
    const headers = requestHeaders(incoming.rawHeaders, url.host);
    const path = url.pathname + url.search;
    if (plainForm.form === 'absolute' && plainForm.authorization !== undefined)
        headers.push('Proxy-Authorization', plainForm.authorization);
    return {
        agent: connections[pool],
        host: target.host,
        port: target.port,
        method: incoming.method ?? 'GET',
        path: plainForm.form === 'absolute' ? `http://${url.host}${path}` : path,
        headers,
        setHost: false,
        dial: () => exit.plain(target, signal),
    };
}
//# sourceMappingURL=plain-request.js.map