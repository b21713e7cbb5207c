import { type CallOptions, type CreateOptions, newIdempotencyKey, type Request, Transport } from '../http/transport.js';
import type { CreateWebhookRequest, ListDeliveriesQuery, UpdateWebhookRequest, Webhook, WebhookDelivery } from '../types.js';
import { PageList } from './page-list.js';

/**
 * Who is told of what happens to tasks, and of browsers that need a person. `verifyWebhook` takes a delivery in. All of it needs the scope `webhooks:manage`.
 *
 * @example
 * const { id, secret } = await client.webhooks.create({ url: 'https://app.example/hooks/carrel', events: ['task.completed', 'task.failed'] });
 */
export class Webhooks {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Makes a webhook; its `secret` is shown this once. Retried safely: an idempotency key is made when none is given. When the answer to the
   * first try was lost, the secret was with it: `rotateSecret` makes another.
   */
  create(request: CreateWebhookRequest, options: CreateOptions = {}): Promise<Webhook> {
    const idempotencyKey = options.idempotencyKey ?? newIdempotencyKey();
    return this.#transport.json<Webhook>({ method: 'POST', path: '/v1/webhooks', json: request, idempotencyKey }, options);
  }

  get(id: string, options: CallOptions = {}): Promise<Webhook> {
    return this.#transport.json<Webhook>({ method: 'GET', path: pathOf(id) }, options);
  }

  /** The webhooks, newest first. */
  list(query: { limit?: number } = {}, options: CallOptions = {}): PageList<Webhook> {
    return new PageList<Webhook>(this.#transport, { method: 'GET', path: '/v1/webhooks', query }, options);
  }

  /** Changes where to, what of, or whether anything is delivered. */
  update(id: string, change: UpdateWebhookRequest, options: CallOptions = {}): Promise<Webhook> {
    return this.#transport.json<Webhook>({ method: 'PATCH', path: pathOf(id), json: change }, options);
  }

  /** Deletes a webhook with the log of its deliveries. */
  delete(id: string, options: CallOptions = {}): Promise<void> {
    return this.#transport.none({ method: 'DELETE', path: pathOf(id) }, options);
  }

  /** Makes a new `secret`, shown this once; for a day deliveries are signed with both. */
  rotateSecret(id: string, options: CallOptions = {}): Promise<Webhook> {
    return this.#transport.json<Webhook>(post(id, 'rotate-secret'), options);
  }

  /** What was delivered, or is to be, newest first. */
  deliveries(id: string, query: ListDeliveriesQuery = {}, options: CallOptions = {}): PageList<WebhookDelivery> {
    return new PageList<WebhookDelivery>(this.#transport, { method: 'GET', path: pathOf(id, 'deliveries'), query }, options);
  }

  /** Delivers something again, under the same id. */
  redeliver(id: string, deliveryId: string, options: CallOptions = {}): Promise<WebhookDelivery> {
    return this.#transport.json<WebhookDelivery>(post(id, 'deliveries', deliveryId, 'redeliver'), options);
  }
}

const pathOf = (id: string, ...parts: string[]) => Transport.pathOf('v1', 'webhooks', id, ...parts);

const post = (id: string, ...parts: string[]): Request => ({ method: 'POST', path: pathOf(id, ...parts) });
