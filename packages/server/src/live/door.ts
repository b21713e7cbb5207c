import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { CarrelError } from '@carrel/protocol';
import { WebSocketServer } from 'ws';
import type { Control } from './control.js';
import type { GoodLink, LiveLinks } from './links.js';
import { Viewer } from './viewer.js';

/** A text of 100,000 characters at their longest, and what is round it. */
const MAX_MESSAGE_BYTES = 512 * 1024;
/** Of one link. */
const MAX_VIEWERS = 50;
const SOCKET_PATH = /^\/live\/([\w-]{1,128})\/socket$/;

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

  /**
   * The link that a path names; undefined when the path is none of a live view.
   * @throws {CarrelError} `not_found` when the link is over, or never was; `conflict` when as many watch by it as may
   */
  linkOf(pathname: string): GoodLink | undefined {
    const token = SOCKET_PATH.exec(pathname)?.[1];
    if (token === undefined) return undefined;
    const link = goodLink(this.#links, token);
    if ((this.#open.get(link.id) ?? 0) < MAX_VIEWERS) return link;
    throw new CarrelError(
      'conflict',
      `${MAX_VIEWERS} windows are open through this live link, as many as may: close one, or make another link.`,
    );
  }

  accept(link: GoodLink, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
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
    });
  }
}

/** @throws {CarrelError} `not_found` */
export function goodLink(links: LiveLinks, token: string): GoodLink {
  const link = links.find(token);
  if (link !== undefined) return link;
  throw new CarrelError('not_found', 'This live link is over: it has expired, was revoked, or its browser has ended. Ask for another one.');
}
