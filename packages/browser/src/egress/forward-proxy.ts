import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import {
  NETWORK_FAILURES,
  type NetworkExit,
  type NetworkFailure,
  type NetworkRequest,
  type NetworkRules,
  type NetworkTotals,
} from '@carrel/protocol';
import { Dialer } from './dialer.js';
import { errorPage, tunnelRefusal } from './error-page.js';
import { DirectExit, type Exit } from './exits.js';
import { EgressFailure, toFailure } from './failure.js';
import { Gate } from './gate.js';
import { responseHeaders } from './headers.js';
import { PlainConnections, sendPlain } from './plain-request.js';
import type { EgressPolicy } from './policy.js';
import { Route } from './route.js';
import { parseAuthority, parseHttpUrl, type Target } from './target.js';
import { type LoggedUrl, type Outcome, TrafficLog } from './traffic-log.js';
import { joinSockets } from './tunnel.js';
import { UpstreamExit } from './upstream-exit.js';
import type { UpstreamProxy } from './upstream-proxy.js';

/** Far above what Chromium opens (32 for pages, 255 for WebSockets): a browser that was taken over shall not use up our descriptors. */
const MAX_CONNECTIONS = 512;
const MAX_HEADER_BYTES = 256 * 1024;
/** Longer than Chromium keeps a connection to a proxy, so that it is Chromium that closes it. */
const KEEP_ALIVE_MS = 600_000;

export interface ForwardProxyOptions {
  policy: EgressPolicy;
  /** What this browser may reach of what the policy lets all reach. */
  rules?: NetworkRules;
  /** The proxies to leave by, in the order in which they are to be tried; none: directly. */
  upstreams?: readonly UpstreamProxy[];
  /** Local addresses to leave from, at most one of each family; none: what the machine chooses. */
  localAddresses?: readonly string[];
  /** How much of the URLs of plain HTTP is in the entries; default `none`. */
  loggedUrls?: LoggedUrl;
  /** How many of the last entries are kept; default 1,000. */
  logCapacity?: number;
  timeouts?: Partial<EgressTimeouts>;
  /** Told of every request, tunnel and refusal when it is over. */
  onRequest?: (entry: NetworkRequest) => void;
  /** Told when the browser leaves by another exit from now on, and why. */
  onExitChanged?: (exit: NetworkExit, failure: EgressFailure) => void;
}

/** All in ms. */
export interface EgressTimeouts {
  /** To look up a name. */
  lookupMs: number;
  /** To make a connection, and again for what an upstream proxy has to do then. */
  connectMs: number;
  /** From a request until the headers of its answer, without a byte. */
  responseMs: number;
  /** Of a tunnel or an answer, without a byte. */
  idleMs: number;
}

const TIMEOUTS: EgressTimeouts = { lookupMs: 10_000, connectMs: 15_000, responseMs: 120_000, idleMs: 900_000 };

/**
 * The only way out of one browser: an HTTP proxy for that browser alone. It never listens: `accept` is given each connection that the
 * browser makes.
 */
export class ForwardProxy implements Disposable {
  readonly #policy: EgressPolicy;
  readonly #timeouts: EgressTimeouts;
  readonly #server: Server;
  readonly #dialer: Dialer;
  readonly #route: Route;
  readonly #log: TrafficLog;
  readonly #connections = new Set<Socket>();
  readonly #plain = new Map<Exit, PlainConnections>();
  #isDisposed = false;

  constructor(options: ForwardProxyOptions) {
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
  get exit(): NetworkExit {
    return this.#route.info;
  }

  get totals(): NetworkTotals {
    const { in: bytesIn, out: bytesOut } = this.#dialer.bytes;
    return { ...this.#log.totals, bytesIn, bytesOut };
  }

  /** Entries with an id larger than `after`, oldest first, as far as they are kept. */
  entries(query: { after: number; limit: number }): NetworkRequest[] {
    return this.#log.entries(query);
  }

  /** The origins that the browser has asked for anything, as far as the network tells: a tunnel is one of `https:`. */
  get origins(): string[] {
    return this.#log.origins;
  }

  /** Why the last tunnel or request to where a URL points that failed did so, as far as entries are kept. */
  lastFailure({ hostname, port, protocol }: URL): NetworkFailure | undefined {
    const isPlain = protocol === 'http:' || protocol === 'ws:';
    return this.#log.lastFailure(hostname.replace(/^\[(.*)\]$/, '$1'), Number(port) || (isPlain ? 80 : 443));
  }

  /** Takes a connection that the browser has made to its proxy. */
  accept(socket: Socket): void {
    if (this.#isDisposed || this.#connections.size >= MAX_CONNECTIONS) {
      socket.destroy();
      return;
    }
    this.#connections.add(socket);
    socket.on('error', () => {}); // it closes, which is what counts
    socket.once('close', () => this.#connections.delete(socket));
    this.#server.emit('connection', socket);
  }

  /** Closes everything, in both directions. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    for (const socket of this.#connections) socket.destroy();
    for (const connections of this.#plain.values()) connections[Symbol.dispose]();
    this.#dialer[Symbol.dispose]();
  }

  #createServer(): Server {
    const options = { maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: KEEP_ALIVE_MS, requireHostHeader: false, noDelay: true };
    const server = createServer(options, (request, response) => void this.#onRequest(request, response));
    server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => void this.#onConnect(request, socket, head));
    server.on('clientError', (cause: NodeJS.ErrnoException, socket: Socket) => {
      if (!cause.code?.startsWith('HPE_')) {
        socket.destroy(); // it broke, and nothing was asked
        return;
      }
      const end = this.#log.begin({ method: '', target: undefined });
      const failure = new EgressFailure('bad_request', 'The browser sent something that is not HTTP.', { cause });
      if (socket.writable) socket.end(tunnelRefusal(failure));
      else socket.destroy();
      end(failed(failure));
    });
    return server;
  }

  async #onConnect(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const target = parseAuthority(request.url ?? '');
    const end = this.#log.begin({ method: 'CONNECT', target });
    const gone = new AbortController();
    socket.once('close', () => gone.abort());
    try {
      const known = this.#checkRequest(request, target);
      const outer = await this.#route.through(known, (exit) => exit.tunnel(known, gone.signal));
      if (gone.signal.aborted) outer.destroy();
      const { bytesRead, bytesWritten } = outer;
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      outer.write(head);
      await joinSockets(socket, outer, this.#timeouts.idleMs);
      end({ status: 200, failure: null, bytesIn: outer.bytesRead - bytesRead, bytesOut: outer.bytesWritten - bytesWritten });
    } catch (error) {
      if (gone.signal.aborted) return end(HUNG_UP);
      const failure = toFailure(error);
      socket.end(tunnelRefusal(failure));
      end(failed(failure));
    }
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
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
    } catch (error) {
      if (gone.signal.aborted) return end(HUNG_UP);
      const failure = toFailure(error);
      end(failed(failure));
      const { status, headers, body } = errorPage(failure);
      response.writeHead(status, headers);
      response.end(body);
    }
  }

  /** @throws {EgressFailure} `bad_request`, `own_listener` */
  #checkRequest({ socket }: IncomingMessage, target: Target | undefined): Target {
    if (this.#policy.isOwnDial(socket)) {
      throw new EgressFailure('own_listener', 'This is the proxy of a browser, and the connection to it comes from a page.');
    }
    if (target !== undefined) return target;
    throw new EgressFailure('bad_request', 'This proxy takes requests for http: URLs, and CONNECT with a host and a port.');
  }

  async #forward({ request, response, target, url, signal }: Forward): Promise<Outcome> {
    const { responseMs, idleMs } = this.#timeouts;
    const answer = await this.#route.through(target, (exit) =>
      sendPlain({
        exit,
        connections: this.#plainConnections(exit),
        incoming: request,
        target,
        url,
        signal,
        responseTimeoutMs: responseMs,
      }),
    );
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
    } catch (cause) {
      const { bytesIn, bytesOut } = bytes();
      answer.request.destroy();
      if (!response.headersSent)
        throw new EgressFailure('unreachable', `${target.host} sent an answer that cannot be passed on.`, { cause });
      return { status, failure: signal.aborted ? null : 'interrupted', bytesIn, bytesOut };
    }
  }

  #plainConnections(exit: Exit): PlainConnections {
    const connections = this.#plain.get(exit) ?? new PlainConnections();
    this.#plain.set(exit, connections);
    return connections;
  }
}

interface Forward {
  request: IncomingMessage;
  response: ServerResponse;
  target: Target;
  url: URL;
  signal: AbortSignal;
}

/** The browser did not wait for the answer. */
const HUNG_UP: Outcome = { status: 0, failure: null, bytesIn: 0, bytesOut: 0 };
const failed = ({ code }: EgressFailure): Outcome => ({ status: NETWORK_FAILURES[code].status, failure: code, bytesIn: 0, bytesOut: 0 });
