import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { CarrelError, LIVE_CLOSE } from '@carrel/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Control } from './control.js';
import type { GoodLink, LiveLinks } from './links.js';
import { Viewer } from './viewer.js';

/** A text of 100,000 characters at their longest, and what is round it. */
const MAX_MESSAGE_BYTES = 512 * 1024;
/** Of one link. */
const MAX_VIEWERS = 50;
const SOCKET_PATH = /^\/live\/([^/]+)\/socket$/;
const CLOSE_DEADLINE_MS = 2_000;
/** The same for one that never was: nobody is told which there are. */
const NOT_FOUND = 'This live link is over: it has expired, was revoked, or its browser has ended. Ask for another one.';
const FULL = `${MAX_VIEWERS} windows are open through this live link, as many as may: close one, or ask for another link.`;

/** Somebody who comes by a live link, which is good, or is not for this reason. */
export type LiveCaller = { readonly link: GoodLink } | { readonly refused: readonly [code: number, reason: string] };

/** The door of live links to their browsers, for WebSockets. Whose page it is that asks has been looked at before. */
export class LiveDoor {
  readonly #links: LiveLinks;
  readonly #control: Control;
  /** How many WebSockets each link has, by its id. */
  readonly #open = new Map<string, number>();
  readonly #webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: MAX_MESSAGE_BYTES });

  constructor(links: LiveLinks, control: Control) {
    this.#links = links;
    this.#control = control;
  }

  /** Whom a path lets in; undefined when it is none of a live view. */
  admit(pathname: string): LiveCaller | undefined {
    const token = SOCKET_PATH.exec(pathname)?.[1];
    if (token === undefined) return undefined;
    const link = this.#links.find(token);
    if (link === undefined) return { refused: [LIVE_CLOSE.notFound, NOT_FOUND] };
    return (this.#open.get(link.id) ?? 0) < MAX_VIEWERS ? { link } : { refused: [LIVE_CLOSE.full, FULL] };
  }

  /** Shows the browser, or says why not: a page reads how a WebSocket was closed, and nothing of the answer to one that was never opened. */
  accept(caller: LiveCaller, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      if ('link' in caller) this.#show(caller.link, webSocket);
      else refuse(webSocket, ...caller.refused);
    });
  }

  #show(link: GoodLink, webSocket: WebSocket): void {
    this.#open.set(link.id, (this.#open.get(link.id) ?? 0) + 1);
    webSocket.once('close', () => {
      const left = (this.#open.get(link.id) ?? 0) - 1;
      if (left > 0) this.#open.set(link.id, left);
      else this.#open.delete(link.id);
    });
    const viewer = new Viewer({ webSocket, link, control: this.#control });
    viewer.start().catch(() => {
      // The browser is ending, which its link says in a moment.
    });
  }
}

function refuse(webSocket: WebSocket, code: number, reason: string): void {
  webSocket.on('error', () => {
    // What is no WebSocket: it closes by itself.
  });
  webSocket.close(code, reason);
  setTimeout(() => webSocket.terminate(), CLOSE_DEADLINE_MS).unref();
}

/** @throws {CarrelError} `not_found` */
export function goodLink(links: LiveLinks, token: string): GoodLink {
  const link = links.find(token);
  if (link !== undefined) return link;
  throw new CarrelError('not_found', NOT_FOUND);
}
