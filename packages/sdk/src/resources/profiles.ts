import { type CallOptions, type CreateOptions, newIdempotencyKey, Transport } from '../http/transport.js';
import type {
  CreateProfileRequest,
  ImportProfileRequest,
  ListProfilesQuery,
  Profile,
  ProfileContents,
  ProfileExportOf,
  ProfileFormat,
  ProfileVersion,
  UpdateProfileRequest,
} from '../types.js';
import { PageList } from './page-list.js';

/**
 * The profiles of the project: what browsers leave behind for the next one, encrypted and in versions. Cookies, localStorage, IndexedDB,
 * Cache Storage, service workers and the origin private file system are in it, and who the browser was to pages.
 *
 * @example
 * const profile = await client.profiles.create({ name: 'ann-at-the-shop' });
 * {
 *   await using browser = await client.browsers.open({ profile: { id: profile.id, persist: true } });
 *   // … sign in; what the browser holds is saved at the end of this block.
 * }
 * await using browser = await client.browsers.open({ profile: { id: profile.id } }); // signed in
 */
export class Profiles {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Makes a profile, which holds nothing yet. Retried safely: an idempotency key is made when none is given.
   *
   * @throws CarrelApiError `conflict` when another profile of the project has this name
   */
  create(request: CreateProfileRequest = {}, options: CreateOptions = {}): Promise<Profile> {
    return this.#transport.json<Profile>(createOf('/v1/profiles', request, options), options);
  }

  get(id: string, options: CallOptions = {}): Promise<Profile> {
    return this.#transport.json<Profile>({ method: 'GET', path: pathOf(id) }, options);
  }

  /**
   * The profiles, newest first.
   *
   * @example
   * const [profile] = await client.profiles.list({ name: 'ann-at-the-shop' }).all(); // a name is that of one at most
   */
  list(query: ListProfilesQuery = {}, options: CallOptions = {}): PageList<Profile> {
    return new PageList<Profile>(this.#transport, { method: 'GET', path: '/v1/profiles', query }, options);
  }

  /** Changes the name, the metadata (all of it) or how many versions are kept. */
  update(id: string, change: UpdateProfileRequest, options: CallOptions = {}): Promise<Profile> {
    return this.#transport.json<Profile>({ method: 'PATCH', path: pathOf(id), json: change }, options);
  }

  /**
   * Deletes a profile with all its versions, for good: its key goes first, without which nothing of them can be read.
   *
   * @throws CarrelApiError `profile_locked` while a browser may save to it
   */
  delete(id: string, options: CallOptions = {}): Promise<void> {
    return this.#transport.none({ method: 'DELETE', path: pathOf(id) }, options);
  }

  /** The versions of a profile, newest first. None of them ever changes. */
  versions(id: string, query: { limit?: number } = {}, options: CallOptions = {}): PageList<ProfileVersion> {
    return new PageList<ProfileVersion>(this.#transport, { method: 'GET', path: pathOf(id, 'versions'), query }, options);
  }

  /** Makes an old version the current one, as a new version; those in between stay. Retried safely, as `create` is. */
  restore(id: string, version: number, options: CreateOptions = {}): Promise<ProfileVersion> {
    return this.#transport.json<ProfileVersion>(createOf(pathOf(id, 'versions', String(version), 'restore'), undefined, options), options);
  }

  /** What a version holds: origins with counts and sizes of each kind of state, and names of cookies; never a value. */
  contents(id: string, query: { version?: number } = {}, options: CallOptions = {}): Promise<ProfileContents> {
    return this.#transport.json<ProfileContents>({ method: 'GET', path: pathOf(id, 'contents'), query }, options);
  }

  /**
   * Brings a login made elsewhere into a profile, as a new version; what else it holds stays. Retried safely, as `create` is.
   *
   * @example
   * const storageState = await context.storageState({ indexedDB: true }); // Playwright
   * await client.profiles.import(profile.id, { storageState });
   * @example
   * await client.profiles.import(profile.id, { netscape: await readFile('cookies.txt', 'utf8') }); // curl, browser extensions
   */
  import(id: string, { storageState, cookies, netscape }: ImportProfileRequest, options: CreateOptions = {}): Promise<ProfileVersion> {
    // No more than that, so that what `export` answered goes in as it is.
    const what = { ...(storageState && { storageState }), ...(cookies && { cookies }), ...(netscape !== undefined && { netscape }) };
    return this.#transport.json<ProfileVersion>(createOf(pathOf(id, 'import'), what, options), options);
  }

  /**
   * Takes the values out of a profile: secrets. Needs the scope `profiles:export`, and is written in the audit log. The answer has them in
   * the field that the format names.
   *
   * @example
   * const { storageState } = await client.profiles.export(profile.id);
   * const playwright = await chromium.launch();
   * const signedIn = await playwright.newContext({ storageState });
   * @example
   * const { netscape } = await client.profiles.export(profile.id, { format: 'netscape' }); // for curl -b
   */
  export<Format extends ProfileFormat = 'storageState'>(
    id: string,
    request: { format?: Format; version?: number } = {},
    options: CallOptions = {},
  ): Promise<ProfileExportOf<Format>> {
    // It changes nothing, so that it may be repeated: then the audit log has it twice.
    return this.#transport.json({ method: 'POST', path: pathOf(id, 'export'), json: request, isRepeatable: true }, options);
  }
}

const pathOf = (id: string, ...parts: string[]) => Transport.pathOf('v1', 'profiles', id, ...parts);

/** A POST that makes something, with an idempotency key of its own when none is given. */
const createOf = (path: string, json: unknown, { idempotencyKey = newIdempotencyKey() }: CreateOptions) =>
  ({ method: 'POST', path, json, idempotencyKey }) as const;
