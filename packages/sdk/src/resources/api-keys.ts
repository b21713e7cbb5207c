import { type CallOptions, type CreateOptions, newIdempotencyKey, Transport } from '../http/transport.js';
import type { ApiKey, CreateApiKeyRequest, CreatedApiKey } from '../types.js';
import { PageList } from './page-list.js';

/** API keys of the project. Needs the scope `keys:manage`. */
export class ApiKeys {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Makes an API key; keep its `secret`, which is shown this once. Retried safely: an idempotency key is made when none is given. When
   * the first answer was lost and the key comes from a retry, it has no `secret`: revoke it and make another.
   */
  create(request: CreateApiKeyRequest, options: CreateOptions = {}): Promise<CreatedApiKey> {
    const idempotencyKey = options.idempotencyKey ?? newIdempotencyKey();
    return this.#transport.json<CreatedApiKey>({ method: 'POST', path: '/v1/api-keys', json: request, idempotencyKey }, options);
  }

  /** The keys of the project, revoked ones included, without their secrets. */
  list(query: { limit?: number } = {}, options: CallOptions = {}): PageList<ApiKey> {
    return new PageList<ApiKey>(this.#transport, { method: 'GET', path: '/v1/api-keys', query }, options);
  }

  /** Revokes a key, at once. */
  revoke(id: string, options: CallOptions = {}): Promise<ApiKey> {
    return this.#transport.json<ApiKey>({ method: 'DELETE', path: Transport.pathOf('v1', 'api-keys', id) }, options);
  }
}
