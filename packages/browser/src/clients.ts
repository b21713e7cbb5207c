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

/** The CDP clients of one browser. */
export class BrowserClients {
  readonly #options: BrowserClientsOptions;
  readonly #here = new Map<MultiplexerClient, Connection>();
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
        attached.receive(text);
      },
      drained: () => attached.drained(),
      leave: () => attached.leave(),
    };
  }

  /** Has all of them leave. */
  dismiss(): void {
    for (const [client, { multiplexer }] of this.#here) multiplexer.dismiss(client);
  }
}
