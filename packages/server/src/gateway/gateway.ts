import type { IncomingMessage, Server } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { CarrelError, newId } from '@carrel/protocol';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import type { OpenBrowser } from '../browsers/open-browser.js';
import type { BrowserRegistry } from '../browsers/registry.js';
import type { Addresses } from '../http/addresses.js';
import { bearerToken } from '../http/authentication.js';
import { errorResponse, toCarrelError } from '../http/errors.js';
import type { LiveCaller, LiveDoor } from '../live/index.js';
import type { NotteSocket, NotteSockets } from '../notte/index.js';
import type { Settings } from '../settings/index.js';
import type { Store } from '../store/index.js';
import { serveClient } from './client.js';

export interface GatewayOptions {
  registry: BrowserRegistry;
  store: Store;
  settings: Settings;
  logger: Logger;
  addresses: () => Addresses;
  /** Takes those that come by a live link. */
  live: LiveDoor;
  /** Takes Notte's clients. */
  notte: NotteSockets;
}

const KEEP_ALIVE_MS = 30_000;
const CDP_PATH = /^\/v1\/browsers\/([^/]+)\/cdp\/?$/;

/**
 * The only door to a browser's debugging connection, and to what it shows: WebSockets with a token that is good for one browser.
 */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #webSockets: WebSocketServer;

  constructor(options: GatewayOptions) {
    this.#options = options;
    // Compression would cost more than loopback and local networks save, and memory for each connection.
    this.#webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: options.settings.maxCdpMessageBytes });
  }

  /** Takes over the upgrade requests of a server. */
  listen(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      // Before anything that waits: a client that hangs up meanwhile would otherwise end this process.
      const onError = () => socket.destroy();
      socket.on('error', onError);
      this.#admit(request).then(
        (admitted) => {
          socket.removeListener('error', onError);
          // A peer that vanished without a word is found by the kernel; pings would drop clients that stand at a breakpoint.
          if (socket instanceof Socket) socket.setKeepAlive(true, KEEP_ALIVE_MS);
          if ('live' in admitted) {
            this.#options.live.accept(admitted.live, request, socket, head);
            return;
          }
          if ('notte' in admitted) {
            this.#options.notte.accept(admitted.notte, request, socket, head);
            return;
          }
          const { browser } = admitted;
          this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
            serveClient(webSocket, socket, browser.engine, this.#options.logger.child({ browserId: browser.id }));
          });
        },
        (error: unknown) => this.#refuse(socket, error),
      );
    });
  }

  /** @throws {CarrelError} with the status that the upgrade is to be refused with */
  async #admit(request: IncomingMessage): Promise<{ browser: OpenBrowser } | { live: LiveCaller } | { notte: NotteSocket }> {
    const { registry, store, addresses, live, notte } = this.#options;
    addresses().checkHost(request.headers.host);
    addresses().checkOrigin(request.headers.origin);
    const target = request.url ?? '/';
    const url = new URL(URL.canParse(target, 'http://server') ? target : '/', 'http://server'); // `//` is none
    const ofLive = live.admit(url.pathname);
    if (ofLive !== undefined) return { live: ofLive };
    const ofNotte = await notte.admit(url, bearerToken(request.headers.authorization));
    if (ofNotte !== undefined) return { notte: ofNotte };
    const id = CDP_PATH.exec(url.pathname)?.[1];
    if (id === undefined) throw new CarrelError('not_found', 'WebSockets are at /v1/browsers/{id}/cdp, and at /live/{token}/socket.');
    const token = url.searchParams.get('token');
    if (token !== null) {
      if (!store.isCdpToken(id, token)) throw new CarrelError('unauthorized', 'This token is not for this browser.');
      return { browser: await registry.withToken(id) };
    }
    return { browser: await this.#admitWithKey(id, bearerToken(request.headers.authorization)) };
  }

  async #admitWithKey(id: string, secret: string | undefined): Promise<OpenBrowser> {
    const { registry, store } = this.#options;
    const key = secret === undefined ? null : await store.apiKeys.verify(secret);
    if (key === null) throw new CarrelError('unauthorized', 'Use the cdpUrl of the browser, or send an API key.');
    if (!key.scopes.includes('browsers:write')) {
      throw new CarrelError('insufficient_scope', 'Driving a browser needs an API key with the scope browsers:write.');
    }
    return await registry.running(key, id);
  }

  #refuse(socket: Duplex, cause: unknown): void {
    const error = toCarrelError(cause);
    const requestId = newId('request');
    this.#options.logger[error.status >= 500 ? 'error' : 'debug']({ err: cause, requestId }, 'a WebSocket was refused');
    socket.end(errorResponse(error, requestId));
  }
}
