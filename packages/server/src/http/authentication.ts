import { CarrelError, type Scope } from '@carrel/protocol';
import type { FastifyRequest } from 'fastify';
import type { Store, VerifiedKey } from '../store/index.js';

/** Finds out who makes a call, by the API key in its `Authorization` header. */
export class Authenticator {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** @throws {CarrelError} `unauthorized` without a valid key, `insufficient_scope` when the key may not do this */
  async authenticate(request: FastifyRequest, scope: Scope): Promise<VerifiedKey> {
    const secret = bearerToken(request.headers.authorization);
    if (secret === undefined) throw new CarrelError('unauthorized', 'Send an API key: Authorization: Bearer ck_…');
    const key = await this.#store.apiKeys.verify(secret);
    if (key === null) throw new CarrelError('unauthorized', 'This API key is not known, or has been revoked.');
    if (!key.scopes.includes(scope)) {
      throw new CarrelError('insufficient_scope', `This call needs an API key with the scope ${scope}.`, {
        details: { needed: scope, scopes: key.scopes },
      });
    }
    return key;
  }
}

/** The token of an `Authorization: Bearer …` header (RFC 6750, section 2.1). */
export function bearerToken(header: string | undefined): string | undefined {
  return /^Bearer +([\x21-\x7e]+) *$/i.exec(header ?? '')?.[1];
}
