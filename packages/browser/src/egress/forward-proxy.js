import { createServer } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { NETWORK_FAILURES, } from '@carrel/protocol';
import { Dialer } from './dialer.js';
import { errorPage, tunnelRefusal } from './error-page.js';
import { DirectExit } from './exits.js';
import { EgressFailure, toFailure } from './failure.js';
import { Gate } from './gate.js';
import { responseHeaders } from './headers.js';
import { PlainConnections, sendPlain } from './plain-request.js';
import { Route } from './route.js';
import { parseAuthority, parseHttpUrl } from './target.js';
import { TrafficLog } from './traffic-log.js';
import { joinSockets } from './tunnel.js';
import { UpstreamExit } from './upstream-exit.js';
/** Far above what Chromium opens (32 for pages, 255 for WebSockets): a browser that was taken over shall not use up our descriptors. */
const MAX_CONNECTIONS = 512;
const MAX_HEADER_BYTES = 256 * 1024;
/** Longer than Chromium keeps a connection to a proxy, so that it is Chromium that closes it. */
const KEEP_ALIVE_MS = 600_000;
const TIMEOUTS = { lookupMs: 10_000, connectMs: 15_000, responseMs: 120_000, idleMs: 900_000 };
/**
 * The only way out of one browser: an HTTP proxy for that browser alone. It never listens: `accept` is given each connection that the
 * browser makes.
 */
export class ForwardProxy {
    #policy;
    #timeouts;
    #server;
    #dialer;
    #route;
    #log;
    #connections = new Set();
    #plain = new Map();
    #isDisposed = false;
    constructor(options) {
        const { policy, rules = {}, upstreams = [], localAddresses = [], loggedUrls = 'none', logCapacity = 1000 } = options;
        this.#policy = policy;
        this.#timeouts = { ...TIMEOUTS, ...options.timeouts };
        this.#log = new TrafficLog({ capacity: logCapacity, urls: loggedUrls, onEntry: (entry) => options.onRequest?.(entry) });
        this.#dialer = new Dialer({ policy, localAddresses, connectTimeoutMs: this.#timeouts.connectMs });
        const gate = new Gate(policy, rules, this.#timeouts.lookupMs);
        const dialer = this.#dialer;
        this.#route = new Route({
            direct: new DirectExit(gate, dialer, localAddresses),
            upstreams: upstreams.map((proxy) => new UpstreamExit(proxy, { gate, dialer, timeoutMs: this.#timeouts.connectMs })),
            onChange: (exit, failure) => options.onExitChanged?.(exit, failure),
        });
        this.#server = this.#createServer();
    }
    /** Where the browser leaves. */
    get exit() {
        return this.#route.info;
    }
    get totals() {
        const { in: bytesIn, out: bytesOut } = this.#dialer.bytes;
        return { ...this.#log.totals, bytesIn, bytesOut };
    }
    /** Entries with an id larger than `after`, oldest first, as far as they are kept. */
    entries(query) {
        return this.#log.entries(query);
    }
    /** Why the last tunnel or request to where a URL points that failed did so, as far as entries are kept. */
    lastFailure({ hostname, port, protocol }) {
        const isPlain = protocol === 'http:' || protocol === 'ws:';
        return this.#log.lastFailure(hostname.replace(/^\[(.*)\]$/, '$1'), Number(port) || (isPlain ? 80 : 443));
    }
    /** Takes a connection that the browser has made to its proxy. */
    accept(socket) {
        if (this.#isDisposed || this.#connections.size >= MAX_CONNECTIONS) {
            socket.destroy();
            return;
        }
        this.#connections.add(socket);
        socket.on('error', () => { }); // it closes, which is what counts
        socket.once('close', () => this.#connections.delete(socket));
        this.#server.emit('connection', socket);
    }
    /** Closes everything, in both directions. */
    [Symbol.dispose]() {
        this.#isDisposed = true;
        for (const socket of this.#connections)
            socket.destroy();
        for (const connections of this.#plain.values())
            connections[Symbol.dispose]();
        this.#dialer[Symbol.dispose]();
    }
    #createServer() {
        const options = { maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: KEEP_ALIVE_MS, requireHostHeader: false, noDelay: true };
        const server = createServer(options, (request, response) => void this.#onRequest(request, response));
        server.on('connect', (request, socket, head) => void this.#onConnect(request, socket, head));
        server.on('clientError', (cause, socket) => {
            if (!cause.code?.startsWith('HPE_')) {
                socket.destroy(); // it broke, and nothing was asked
                return;
            }
            const end = this.#log.begin({ method: '', target: undefined });
            const failure = new EgressFailure('bad_request', 'The browser sent something that is not HTTP.', { cause });
            if (socket.writable)
                socket.end(tunnelRefusal(failure));
            else
                socket.destroy();
            end(failed(failure));
        });
        return server;
    }
    async #onConnect(request, socket, head) {
        const target = parseAuthority(request.url ?? '');
        const end = this.#log.begin({ method: 'CONNECT', target });
        const gone = new AbortController();
        socket.once('close', () => gone.abort());
        try {
            const known = this.#checkRequest(request, target);
            const outer = await this.#route.through(known, (exit) => exit.tunnel(known, gone.signal));
            if (gone.signal.aborted)
                outer.destroy();
            const { bytesRead, bytesWritten } = outer;
            socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
            outer.write(head);
            await joinSockets(socket, outer, this.#timeouts.idleMs);
            end({ status: 200, failure: null, bytesIn: outer.bytesRead - bytesRead, bytesOut: outer.bytesWritten - bytesWritten });
        }
        catch (error) {
            if (gone.signal.aborted)
                return end(HUNG_UP);
            const failure = toFailure(error);
            socket.end(tunnelRefusal(failure));
            end(failed(failure));
        }
    }
    async #onRequest(request, response) {
        const parsed = parseHttpUrl(request.url ?? '');
        const end = this.#log.begin({
            method: request.method ?? '',
            target: parsed?.target,
            ...(parsed === undefined ? {} : { url: parsed.url }),
        });
        const gone = new AbortController();
        response.once('close', () => gone.abort());
        response.sendDate = false;
        try {
            const target = this.#checkRequest(request, parsed?.target);
            const url = parsed?.url ?? new URL(`http://${target.host}`);
            end(await this.#forward({ request, response, target, url, signal: gone.signal }));
        }
        catch (error) {
            if (gone.signal.aborted)
                return end(HUNG_UP);
            const failure = toFailure(error);
            end(failed(failure));
            const { status, headers, body } = errorPage(failure);
            response.writeHead(status, headers);
            response.end(body);
        }
    }
    /** @throws {EgressFailure} `bad_request`, `own_listener` */
    #checkRequest({ socket }, target) {
        if (this.#policy.isOwnDial(socket)) {
            throw new EgressFailure('own_listener', 'This is the proxy of a browser, and the connection to it comes from a page.');
        }
        if (target !== undefined)
            return target;
        throw new EgressFailure('bad_request', 'This proxy takes requests for http: URLs, and CONNECT with a host and a port.');
    }
    async #forward({ request, response, target, url, signal }) {
        const { responseMs, idleMs } = this.#timeouts;
        const answer = await this.#route.through(target, (exit) => sendPlain({
            exit,
            connections: this.#plainConnections(exit),
            incoming: request,
            target,
            url,
            signal,
            responseTimeoutMs: responseMs,
        }));
        const { response: received, bytes } = answer;
        const status = received.statusCode ?? 502;
        let last = bytes();
        received.once('end', () => {
            last = bytes(); // at once: the connection may be used for the next request
        });
        answer.request.setTimeout(idleMs);
        try {
            response.writeHead(status, (received.statusMessage ?? '').replace(/[^\t\x20-\x7e]/g, ''), responseHeaders(received.rawHeaders));
            await pipeline(received, response);
            return { status, failure: null, bytesIn: last.bytesIn, bytesOut: last.bytesOut };
        }
        catch (cause) {
            const { bytesIn, bytesOut } = bytes();
            answer.request.destroy();
            if (!response.headersSent)
                throw new EgressFailure('unreachable', `${target.host} sent an answer that cannot be passed on.`, { cause });
            return { status, failure: signal.aborted ? null : 'interrupted', bytesIn, bytesOut };
        }
    }
    #plainConnections(exit) {
        const connections = this.#plain.get(exit) ?? new PlainConnections();
        this.#plain.set(exit, connections);
        return connections;
    }
}
/** The browser did not wait for the answer. */
const HUNG_UP = { status: 0, failure: null, bytesIn: 0, bytesOut: 0 };
const failed = ({ code }) => ({ status: NETWORK_FAILURES[code].status, failure: code, bytesIn: 0, bytesOut: 0 });
//# sourceMappingURL=forward-proxy.js.map