import type { Message } from './frames.js';
import type { Multiplexer } from './multiplexer.js';
import type { Session, SessionTable } from './sessions.js';

/** Why a client's connection ended: it asked to, the browser went away, or it did not keep up with what it was sent. */
export type ClientEnd = 'left' | 'browser_gone' | 'too_slow';

/** One end of a client's connection, as the multiplexer sees it: a WebSocket, or something inside this process. */
export interface ClientEndpoint {
  /** Takes one message for the client. Its bytes are the endpoint's to keep, and not to change. */
  deliver(message: Message): void;
  /** The multiplexer has ended this client; nothing is delivered any more. */
  ended(reason: ClientEnd): void;
  /** Bytes delivered that the client has not taken yet. */
  bufferedBytes(): number;
  /** Hand in no more messages until `resume`: Chromium is not taking any. */
  pause(): void;
  resume(): void;
  /** Hears what this client said of permissions (`Browser.grantPermissions` and its like), once Chromium has taken it. */
  hearPermissions?(method: string, params: Readonly<Record<string, unknown>>): void;
}

/** A client of the multiplexer: what its endpoint calls. */
export interface MultiplexerClient {
  readonly endpoint: ClientEndpoint;
  /** One message from the client. */
  receive(text: string): void;
  /** The client has taken bytes that were delivered before. */
  drained(): void;
  /** The client is gone: its sessions end at once. */
  leave(): void;
}

/** What the multiplexer knows of a client. */
export class Client implements MultiplexerClient {
  readonly endpoint: ClientEndpoint;
  readonly root: Session<Client>;
  readonly #multiplexer: Multiplexer;
  pendingCalls = 0;

  constructor(endpoint: ClientEndpoint, multiplexer: Multiplexer, sessions: SessionTable<Client>, rootSessionId: string) {
    this.endpoint = endpoint;
    this.#multiplexer = multiplexer;
    this.root = sessions.add({ id: rootSessionId, owner: this, parentId: '', targetId: '' });
  }

  receive(text: string): void {
    this.#multiplexer.receive(this, text);
  }

  drained(): void {
    this.#multiplexer.drained(this);
  }

  leave(): void {
    this.#multiplexer.end(this, 'left');
  }
}
