import type { ClientEndpoint, MultiplexerClient } from './cdp/index.js';
import type { Connection, Tenant } from './connection.js';
import type { ProfileKeeper } from './profile/index.js';

export interface BrowserClientsOptions {
  emit: Tenant['emit'];
  /** Hears what clients let pages do, which is kept. */
  keeper: ProfileKeeper | undefined;
  /** A client sent something. */
  onActivity: () => void;
  onLeft: () => void;
}

/** The method of a command, wherever it is in the message; more than it is held back at worst, and then for a while only. */
const IS_OF_INPUT = /"method"\s*:\s*"Input\./;
/** A client that sends more than this meanwhile is read no more until then. */
const MAX_HELD = 1_000;

interface HeldInput {
  endpoint: ClientEndpoint;
  texts: string[];
}

/** The CDP clients of one browser. */
export class BrowserClients {
  readonly #options: BrowserClientsOptions;
  readonly #here = new Map<MultiplexerClient, Connection>();
  /** How many hold back what clients do with mouse and keyboard. */
  #holds = 0;
  readonly #held = new Map<MultiplexerClient, HeldInput>();
  #next = 1;

  constructor(options: BrowserClientsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#here.size;
  }

  async attach(connection: Connection, endpoint: ClientEndpoint): Promise<MultiplexerClient> {
    const { emit, keeper, onActivity, onLeft } = this.#options;
    const client = this.#next++;
    const attached: MultiplexerClient = await connection.multiplexer.attach({
      deliver: (message) => endpoint.deliver(message),
      bufferedBytes: () => endpoint.bufferedBytes(),
      pause: () => endpoint.pause(),
      resume: () => endpoint.resume(),
      hearPermissions: (method, params) => keeper?.hearPermissions(method, params),
      ended: (reason) => {
        this.#here.delete(attached);
        this.#held.delete(attached);
        emit('client.disconnected', { client, reason });
        endpoint.ended(reason);
        connection.pages.clientLeft();
        connection.identityClient.clientLeft();
        keeper?.clientLeft(connection.session);
        onLeft();
      },
    });
    this.#here.set(attached, connection);
    emit('client.connected', { client });
    return {
      endpoint,
      receive: (text) => {
        onActivity();
        if (this.#holds > 0 && this.#holdBack(attached, endpoint, text)) return;
        attached.receive(text);
      },
      drained: () => attached.drained(),
      leave: () => attached.leave(),
    };
  }

  /**
   * Holds back what clients do with mouse and keyboard (the domain `Input`), until what is returned is disposed of: a person has both. All
   * else goes on, so that nothing that they have set up keeps new windows waiting.
   */
  holdInput(): Disposable {
    this.#holds += 1;
    let isOver = false;
    return {
      [Symbol.dispose]: () => {
        if (isOver) return;
        isOver = true;
        this.#holds -= 1;
        if (this.#holds === 0) this.#letGo();
      },
    };
  }

  #holdBack(client: MultiplexerClient, endpoint: ClientEndpoint, text: string): boolean {
    if (!IS_OF_INPUT.test(text)) return false;
    const held = this.#held.get(client) ?? { endpoint, texts: [] };
    held.texts.push(text);
    this.#held.set(client, held);
    if (held.texts.length === MAX_HELD) endpoint.pause();
    return true;
  }

  #letGo(): void {
    for (const [client, { endpoint, texts }] of this.#held) {
      for (const text of texts) client.receive(text);
      if (texts.length >= MAX_HELD) endpoint.resume();
    }
    this.#held.clear();
  }

  /** Has all of them leave. */
  dismiss(): void {
    for (const [client, { multiplexer }] of this.#here) multiplexer.dismiss(client);
  }
}
