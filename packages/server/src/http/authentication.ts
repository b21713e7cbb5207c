import { CarrelError, type Scope } from '@carrel/protocol';
import type { FastifyRequest } from 'fastify';
import type { Store, VerifiedKey } from '../store/index.js';
import type { Addresses } from './addresses.js';
import { sessionSecretOf } from './session-cookie.js';

/** Methods that change nothing (RFC 9110, section 9.2.1). */
const SAFE_METHODS: readonly string[] = ['GET', 'HEAD'];

/** Finds out who makes a call: by the API key in its `Authorization` header, or by the cookie of whoever is signed in to the dashboard. */
export class Authenticator {
  readonly #store: Store;
  readonly #addresses: () => Addresses;

  constructor(store: Store, addresses: () => Addresses) {
    this.#store = store;
    this.#addresses = addresses;
  }

  /**
   * @param scope what the key must be allowed; `any`: it need only be good
   * @throws {CarrelError} `unauthorized` without a valid key, `insufficient_scope` when the key may not do this, `forbidden_origin` when
   * a page of somebody else's uses the cookie
   */
  async authenticate(request: FastifyRequest, scope: Scope | 'any'): Promise<VerifiedKey> {
    const key = await this.#identify(request);
    if (scope !== 'any' && !key.scopes.includes(scope)) {
      throw new CarrelError('insufficient_scope', `This call needs an API key with the scope ${scope}.`, {
        details: { needed: scope, scopes: key.scopes },
      });
    }
    return key;
  }

  async #identify({ headers, method }: FastifyRequest): Promise<VerifiedKey> {
    const session = sessionSecretOf(headers.cookie);
    if (headers.authorization === undefined && session !== undefined) {
      if (!SAFE_METHODS.includes(method)) this.#addresses().checkOwnOrigin(headers);
      const key = await this.#store.dashboardSessions.verify(session);
      if (key === null)
        throw new CarrelError('unauthorized', 'You are signed out: the session is over, or its API key was revoked. Sign in again.');
      return key;
    }
    const secret = bearerToken(headers.authorization);
    if (secret === undefined) throw new CarrelError('unauthorized', 'Send an API key: Authorization: Bearer ck_…');
    const key = await this.#store.apiKeys.verify(secret);
    if (key === null) throw new CarrelError('unauthorized', 'This API key is not known, or has been revoked.');
    return key;
  }
}

/** The token of an `Authorization: Bearer …` header (RFC 6750, section 2.1). */
export function bearerToken(header: string | undefined): string | undefined {
  return /^Bearer +([\x21-\x7e]+) *$/i.exec(header ?? '')?.[1];
}
