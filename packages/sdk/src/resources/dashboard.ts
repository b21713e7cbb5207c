import type { CallOptions, Transport } from '../http/transport.js';
import type { Scope } from '../types.js';

/** Who is signed in to the dashboard. */
export interface DashboardSession {
  project: { id: string; name: string };
  /** What the key may do that was signed in with. */
  scopes: Scope[];
  /** Where the server is for others: what its links begin with. */
  url: string;
  /** Of the server. */
  version: string;
}

/**
 * Signing in with a cookie instead of a key in each request: for web pages of the server itself, whose scripts then hold no secret. A
 * client in such a page is made without a key, and the cookie goes along by itself: `new Carrel({ url: location.origin })`.
 */
export class Dashboard {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Signs in with an API key, or with the code of a one-time link. The answer sets the cookie. */
  signIn(proof: { apiKey: string } | { code: string }, options: CallOptions = {}): Promise<void> {
    return this.#transport.none({ method: 'POST', path: '/dashboard/sign-in', json: proof }, options);
  }

  /** Ends the session; its cookie is worth nothing from then on. */
  signOut(options: CallOptions = {}): Promise<void> {
    return this.#transport.none({ method: 'POST', path: '/dashboard/sign-out', isRepeatable: true }, options);
  }

  /** @throws CarrelApiError `unauthorized` when nobody is signed in */
  me(options: CallOptions = {}): Promise<DashboardSession> {
    return this.#transport.json<DashboardSession>({ method: 'GET', path: '/dashboard/me' }, options);
  }
}
