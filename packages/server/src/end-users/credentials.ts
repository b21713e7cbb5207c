import type { ReadCookie } from '@carrel/browser';
import {
  CarrelError,
  CREDENTIAL_PRESET_NAMES,
  CREDENTIAL_PRESETS,
  type Credentials,
  type CredentialsDeleted,
  type DeleteCredentialsRequest,
  type SetCredentialsRequest,
} from '@carrel/protocol';
import type { Actor, CredentialRef, EndUserName, Store } from '../store/index.js';
import {
  cookieIdentity,
  cookieItem,
  type Item,
  itemOf,
  itemsGiven,
  type KeptItem,
  type OriginState,
  originItem,
  presetPlaces,
  toPut,
} from './items.js';
import { Redactor } from './redact.js';
import { originsOf, Scope } from './scope.js';
import { isTotpSecret, secretsOf } from './secrets-of.js';

const MEBIBYTE = 1024 * 1024;
/** What is kept of one end user, at most. */
export const MAX_ITEMS = { login: 1_000, cookie: 3_000, origin: 500 } as const;
const NAMES = { login: 'logins', cookie: 'cookies', origin: 'origins' } as const;
/** Of what one origin stores, as JSON. */
export const MAX_ORIGIN_BYTES = 8 * MEBIBYTE;
/** Of all of it, as JSON. */
export const MAX_BYTES = 32 * MEBIBYTE;

/** The credentials of end users, as callers give, see and delete them. */
export class EndUserCredentials {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * What is given replaces what there is of the same name; all else stays.
   * @throws {CarrelError} `profile_key_missing`, `limit_exceeded`, `invalid_request` for a `totpSecret` that no codes can be made of
   */
  async set(actor: Actor, endUserId: string, request: SetCredentialsRequest): Promise<void> {
    const { projectId } = actor;
    const given = itemsGiven(request);
    refuseBadTotp(given);
    const count = (kind: Item['kind']) => given.filter((item) => item.kind === kind).length;
    const details = {
      logins: given.filter(({ kind }) => kind === 'login').map(({ identity }) => identity),
      presets: CREDENTIAL_PRESET_NAMES.filter((name) => request[name] !== undefined),
      // Of others only how many: where somebody has an account is a secret too.
      cookies: count('cookie'),
      origins: count('origin'),
    };
    const entry = { action: 'credentials.set', subject: endUserId, details } as const;
    await this.#store.credentials.change({ projectId, endUserId }, { audited: { actor, entry }, isMade: true }, (current) => {
      refuseTooMuch(merged(current.map(itemOf), given));
      return { put: given.map(toPut), remove: [] };
    });
  }

  /**
   * Keeps what somebody has signed in to by themselves, as if it had been given.
   * @throws {CarrelError} `profile_key_missing`, `limit_exceeded`
   */
  async keepSignedIn(
    actor: Actor,
    endUserId: string,
    { cookies, origins }: { cookies: readonly ReadCookie[]; origins: readonly OriginState[] },
  ): Promise<void> {
    const given = [...cookies.map((cookie) => cookieItem(cookie, true)), ...origins.map((state) => originItem(state, true))];
    const details = { logins: [], presets: [], cookies: cookies.length, origins: origins.length };
    const entry = { action: 'credentials.set', subject: endUserId, details } as const;
    const whose = { projectId: actor.projectId, endUserId };
    await this.#store.credentials.change(whose, { audited: { actor, entry }, isMade: true }, (current) => {
      refuseTooMuch(merged(current.map(itemOf), given));
      return { put: given.map(toPut), remove: [] };
    });
  }

  /** @throws {CarrelError} `profile_key_missing` */
  async describe(whose: EndUserName): Promise<Credentials> {
    return describe(whose.endUserId, (await this.#store.credentials.read(whose)).map(itemOf));
  }

  /**
   * Deletes what is named, with what turns have come by at sites that there is no credential of any more; nothing named: all.
   * @returns what there was of it
   * @throws {CarrelError} `profile_key_missing`
   */
  async delete(actor: Actor, endUserId: string, request: DeleteCredentialsRequest): Promise<CredentialsDeleted['deleted']> {
    const whose = { projectId: actor.projectId, endUserId };
    const { fields, logins, domains } = request;
    const isAll = fields === undefined && logins === undefined && domains === undefined;
    const details = isAll ? { all: true } : { presets: fields ?? [], logins: logins ?? [], domains: domains?.length ?? 0 };
    const audited = { actor, entry: { action: 'credentials.deleted', subject: endUserId, details } as const };
    if (isAll) return counted(await this.#store.credentials.destroy(whose, audited));
    let removed: readonly CredentialRef[] = [];
    await this.#store.credentials.change(whose, { audited, isMade: false }, (rows) => {
      const current = rows.map(itemOf);
      const named = current.filter((item) => isNamed(item, request));
      const rest = current.filter((item) => !named.includes(item));
      const scope = new Scope(rest);
      removed = [...named, ...rest.filter((item) => !scope.has(item))];
      return { put: [], remove: removed };
    });
    return counted(removed);
  }
}

function counted(removed: readonly CredentialRef[]): CredentialsDeleted['deleted'] {
  const of = (kind: CredentialRef['kind']) => removed.filter((ref) => ref.kind === kind);
  const logins = of('login').map(({ identity }) => identity);
  return { logins: logins.toSorted(), cookies: of('cookie').length, origins: of('origin').length };
}

/** What there will be. */
export function merged(current: readonly Item[], put: readonly Item[]): Item[] {
  return [...new Map([...current, ...put].map((item) => [`${item.kind} ${item.identity}`, item])).values()];
}

function refuseBadTotp(items: readonly Item[]): void {
  for (const item of items) {
    if (item.kind !== 'login' || item.value.totpSecret === undefined || isTotpSecret(item.value.totpSecret)) continue;
    const message = `No codes can be made of the totpSecret of the login ${item.identity}: give base32, or an otpauth://totp/… URI with a secret.`;
    throw new CarrelError('invalid_request', message, { details: { issues: [{ path: 'logins', message: 'has a bad totpSecret' }] } });
  }
}

function refuseTooMuch(items: readonly Item[]): void {
  for (const [kind, max] of Object.entries(MAX_ITEMS) as [Item['kind'], number][]) {
    const count = items.filter((item) => item.kind === kind).length;
    if (count > max) throw tooMuch(`${count} ${NAMES[kind]}`, `${max}`, { limit: NAMES[kind], max, given: count });
  }
  const sizes = items.map((item) => ({ item, bytes: bytesOf(item) }));
  const big = sizes.find(({ item, bytes }) => item.kind === 'origin' && bytes > MAX_ORIGIN_BYTES);
  if (big !== undefined) {
    throw tooMuch(`${big.bytes} bytes of the storage of one origin`, `${MAX_ORIGIN_BYTES}`, {
      limit: 'originBytes',
      max: MAX_ORIGIN_BYTES,
    });
  }
  const bytes = sizes.reduce((sum, one) => sum + one.bytes, 0);
  if (bytes > MAX_BYTES) throw tooMuch(`${bytes} bytes`, `${MAX_BYTES}`, { limit: 'bytes', max: MAX_BYTES, given: bytes });
}

export const bytesOf = ({ value }: Item) => Buffer.byteLength(JSON.stringify(value));

const tooMuch = (what: string, max: string, details: Record<string, unknown>) =>
  new CarrelError(
    'limit_exceeded',
    `The end user would have credentials of ${what}; ${max} is the most. Delete some first, or give less.`,
    {
      details,
    },
  );

function isNamed(item: Item, { fields = [], logins = [], domains = [] }: DeleteCredentialsRequest): boolean {
  if (item.kind === 'login') return logins.includes(item.identity);
  const host = item.kind === 'cookie' ? item.value.cookie.domain.replace(/^\./, '') : new URL(item.value.state.origin).hostname;
  const places = fields.flatMap(presetPlaces).map(cookieIdentity);
  return (item.kind === 'cookie' && places.includes(item.identity)) || domains.some((domain) => isAtOrBelow(host, hostOf(domain)));
}

const isAtOrBelow = (host: string, domain: string) => host === domain || host.endsWith(`.${domain}`);

/** A host as a browser writes it. What is none names nothing. */
function hostOf(domain: string): string {
  const bare = domain.replace(/^\./, '');
  return URL.canParse(`http://${bare}`) ? new URL(`http://${bare}`).hostname : bare;
}

function describe(endUserId: string, items: readonly KeptItem[]): Credentials {
  const identities = new Set(items.filter(({ kind }) => kind === 'cookie').map(({ identity }) => identity));
  const platforms: Record<string, boolean> = {};
  for (const name of CREDENTIAL_PRESET_NAMES) {
    const { platform } = CREDENTIAL_PRESETS[name];
    // A site that has moved keeps the cookie at one of its domains.
    const isThere = presetPlaces(name).some((place) => identities.has(cookieIdentity(place)));
    platforms[platform] = (platforms[platform] ?? true) && isThere;
  }
  const redactor = new Redactor(secretsOf(items)); // sites name their cookies as they like, after what they were told too
  const described: Credentials = { endUserId, platforms, cookies: [], origins: [], logins: [] };
  for (const item of items.toSorted((one, other) => (one.identity < other.identity ? -1 : 1))) {
    const updatedAt = item.updatedAt.toISOString();
    if (item.kind === 'login') described.logins.push(describeLogin(item.value, updatedAt));
    else if (item.kind === 'origin') described.origins.push({ origin: item.value.state.origin, updatedAt });
    else {
      const { name, domain, path, expires } = item.value.cookie;
      described.cookies.push(redactor.redact({ name, domain, path, expires }));
    }
  }
  return described;
}

function describeLogin(login: Extract<Item, { kind: 'login' }>['value'], updatedAt: string): Credentials['logins'][number] {
  return {
    alias: login.alias,
    domain: login.domain,
    origins: originsOf(login),
    includeSubdomains: login.includeSubdomains ?? false,
    hasUsername: login.username !== undefined,
    hasPassword: login.password !== undefined,
    hasTotpSecret: login.totpSecret !== undefined,
    fields: Object.keys(login.fields ?? {}),
    updatedAt,
  };
}
