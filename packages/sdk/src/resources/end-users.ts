import { type CallOptions, type CreateOptions, newIdempotencyKey, Transport } from '../http/transport.js';
import type {
  Credentials,
  DeleteCredentialsRequest,
  DeletedCredentials,
  EndUserExport,
  EndUserInfo,
  EndUserLogin,
  LoginRequest,
  SetCredentialsRequest,
} from '../types.js';
import { PageList } from './page-list.js';

/**
 * Your own customers, by your own names for them. There is one as soon as anything is said of them, so that none has to be made.
 *
 * @example
 * await client.endUsers('ann').credentials.set({ logins: [{ domain: 'shop.example', username: 'ann@example.com', password }] });
 * for await (const { endUserId, sessionCount } of client.endUsers.list()) console.log(endUserId, sessionCount);
 */
export interface EndUsers {
  /** One of them. Nothing is asked until one of its calls is made. */
  (id: string): EndUser;
  /** Those that there is something of, newest first. */
  list(query?: { limit?: number }, options?: CallOptions): PageList<EndUserInfo>;
}

/** @internal */
export const endUsersOf = (transport: Transport): EndUsers =>
  Object.assign((id: string) => new EndUser(transport, id), {
    list: (query: { limit?: number } = {}, options: CallOptions = {}) =>
      new PageList<EndUserInfo>(transport, { method: 'GET', path: '/v1/end-users', query }, options),
  });

/** One of your customers. */
export class EndUser {
  /** Your own name for them. */
  readonly id: string;
  readonly credentials: EndUserCredentials;
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport, id: string) {
    this.#transport = transport;
    this.id = id;
    this.credentials = new EndUserCredentials(transport, id);
  }

  get(options: CallOptions = {}): Promise<EndUserInfo> {
    return this.#transport.json<EndUserInfo>({ method: 'GET', path: pathOf(this.id) }, options);
  }

  /**
   * Has somebody sign in once, by a live link that works without an account; what they are signed in to is kept for the turns to come. The log of
   * the browser says how it ends: `login.saved` or `login.failed`.
   *
   * @example
   * const { liveUrl } = await client.endUsers('ann').login({ url: 'https://shop.example/sign-in' });
   * console.log(`Sign in here: ${liveUrl}`);
   */
  login(request: LoginRequest, options: CreateOptions = {}): Promise<EndUserLogin> {
    const idempotencyKey = options.idempotencyKey ?? newIdempotencyKey();
    return this.#transport.json<EndUserLogin>({ method: 'POST', path: pathOf(this.id, 'login'), json: request, idempotencyKey }, options);
  }

  /** All that there is of them; of credentials what exists, never a value. Needs the scope `end-users:manage`. */
  export(options: CallOptions = {}): Promise<EndUserExport> {
    return this.#transport.json<EndUserExport>({ method: 'GET', path: pathOf(this.id, 'export') }, options);
  }

  /** Deletes all that there is of them, for good: browsers, sessions, credentials and profiles. Needs the scope `end-users:manage`. */
  delete(options: CallOptions = {}): Promise<void> {
    return this.#transport.none({ method: 'DELETE', path: pathOf(this.id) }, options);
  }
}

/** What an end user signs in with. Values go in, and never come out. */
export class EndUserCredentials {
  readonly #transport: Transport;
  readonly #path: string;

  /** @internal */
  constructor(transport: Transport, id: string) {
    this.#transport = transport;
    this.#path = pathOf(id, 'credentials');
  }

  /**
   * Gives credentials; what is not named stays.
   *
   * @example
   * const { credentials } = client.endUsers('ann');
   * await credentials.set({ logins: [{ domain: 'shop.example', username: 'ann@example.com', password, totpSecret }] });
   * await credentials.set({ storageState: await context.storageState({ indexedDB: true }) }); // Playwright: signed in elsewhere
   * await credentials.set({ redditSession }); // a preset: the cookie of a site by its name
   */
  async set(request: SetCredentialsRequest, options: CallOptions = {}): Promise<void> {
    await this.#transport.json({ method: 'PUT', path: this.#path, json: request }, options);
  }

  /** What there is, never a value. */
  get(options: CallOptions = {}): Promise<Credentials> {
    return this.#transport.json<Credentials>({ method: 'GET', path: this.#path }, options);
  }

  /** Deletes those that are named, or all when none is, and says what there was of it. Conversations stay. */
  async delete(request: DeleteCredentialsRequest = {}, options: CallOptions = {}): Promise<DeletedCredentials> {
    const answer = await this.#transport.json<{ deleted: DeletedCredentials }>(
      { method: 'DELETE', path: this.#path, json: request },
      options,
    );
    return answer.deleted;
  }
}

const pathOf = (id: string, ...parts: string[]) => Transport.pathOf('v1', 'end-users', id, ...parts);
