import { CarrelError, type RouteContract } from '@carrel/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Claim, Store } from '../store/index.js';

/** What the header may be: visible ASCII, as the IETF draft's structured string, without the need for quotes. */
const KEY_FORM = /^[\x21-\x7e]{1,255}$/;

interface IdempotentCall {
  request: FastifyRequest;
  reply: FastifyReply;
  projectId: string;
  contract: RouteContract;
  /** The parsed body. */
  body: unknown;
  handle: () => Promise<unknown>;
}

/**
 * Honours `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): the first request with a key is answered and its answer kept
 * for 24 hours, others with the same key get that answer again. Failed requests keep nothing, so that they can be tried again.
 */
export class IdempotentAnswers {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The key that a request carries, if any. @throws {CarrelError} `invalid_request` when it is malformed */
  static keyOf(request: FastifyRequest): string | undefined {
    const key = request.headers['idempotency-key'];
    if (key === undefined) return undefined;
    if (typeof key === 'string' && KEY_FORM.test(key)) return key;
    throw new CarrelError('invalid_request', 'The Idempotency-Key must be 1 to 255 visible ASCII characters, given once.');
  }

  /** Answers a request that has a key. */
  async answer(key: string, call: IdempotentCall): Promise<FastifyReply> {
    const { request, reply, projectId, contract, body } = call;
    const path = request.url.split('?', 1)[0] ?? '';
    const claim = await this.#store.idempotency.begin({ projectId, key, operation: `${contract.method} ${path}`, body });
    if (claim.kind === 'replay') {
      const { status, headers, body: replayed } = claim.response;
      return reply.code(status).headers(headers).header('idempotency-replayed', 'true').send(replayed);
    }
    return await this.#first(claim, call);
  }

  async #first(claim: Claim, { reply, contract, handle }: IdempotentCall): Promise<FastifyReply> {
    let result: unknown;
    try {
      result = await handle();
    } catch (error) {
      claim.abandon();
      throw error;
    }
    const kept = Object.fromEntries(Object.entries(result as object).filter(([name]) => !contract.notReplayed?.includes(name)));
    await claim.complete({
      status: contract.status,
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(kept),
    });
    return reply.code(contract.status).send(result);
  }
}
