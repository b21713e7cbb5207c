import type { CallOptions, Transport } from '../http/transport.js';
import type { Account, SignInLink, SignInRequest } from '../types.js';

/** Signing in to the dashboard of the server, which pages that it serves do with a cookie instead of an API key. */
export class Dashboard {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Signs this page in: the browser gets a cookie, and a client without an API key may then do what the key may. */
  signIn(request: SignInRequest, options: CallOptions = {}): Promise<void> {
    return this.#transport.none({ method: 'POST', path: '/dashboard/sign-in', json: request, isRepeatable: false }, options);
  }

  /** Signs it out: the cookie is good for nothing from then on. */
  signOut(options: CallOptions = {}): Promise<void> {
    return this.#transport.none({ method: 'POST', path: '/dashboard/sign-out', isRepeatable: true }, options);
  }

  /** Who is signed in, or whose the API key is, what that may do, and the version of the server. */
  account(options: CallOptions = {}): Promise<Account> {
    return this.#transport.json<Account>({ method: 'GET', path: '/dashboard/me' }, options);
  }

  /** Makes a link that signs in as this API key, once, within ten minutes. */
  createSignInLink(options: CallOptions = {}): Promise<SignInLink> {
    return this.#transport.json<SignInLink>({ method: 'POST', path: '/v1/sign-in-links' }, options);
  }
}
