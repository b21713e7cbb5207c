import type { ReadCookie } from '@carrel/browser';
import { fromPlaywrightCookies } from '@carrel/browser';
import {
  type CookieToSet,
  CREDENTIAL_PRESET_NAMES,
  CREDENTIAL_PRESETS,
  type CredentialPreset,
  type Json,
  type Login,
  type SetCredentialsRequest,
  type StorageState,
} from '@carrel/protocol';
import type { CredentialRow } from '../store/index.js';

export type OriginState = StorageState['origins'][number];
export type StoredLogin = Omit<Login, 'alias'> & { alias: string };

/** What is kept of an end user, each with what makes it the same one. `isGiven`: by the caller, and not come by in a turn. */
export type Item =
  | { kind: 'login'; identity: string; value: StoredLogin }
  | { kind: 'cookie'; identity: string; value: { isGiven: boolean; cookie: ReadCookie } }
  | { kind: 'origin'; identity: string; value: { isGiven: boolean; state: OriginState } };
export type KeptItem = Item & Pick<CredentialRow, 'revision' | 'updatedAt'>;

/** What was kept, as it was put. */
export const itemOf = (row: CredentialRow): KeptItem => row as unknown as KeptItem;
/** What is put: nothing but JSON. */
export const toPut = ({ kind, identity, value }: Item) => ({ kind, identity, value: value as unknown as Json });

export const loginItem = (login: StoredLogin): Item => ({ kind: 'login', identity: login.alias, value: login });

export const cookieItem = (cookie: ReadCookie, isGiven: boolean): Item => ({
  kind: 'cookie',
  identity: cookieIdentity(cookie),
  value: { isGiven, cookie },
});

export const originItem = (state: OriginState, isGiven: boolean): Item => ({
  kind: 'origin',
  identity: state.origin,
  value: { isGiven, state },
});

/** What makes a cookie the same one (RFC 6265, section 5.3, step 11; with its partition). */
export const cookieIdentity = ({ name, domain, path, partitionKey }: Pick<ReadCookie, 'name' | 'domain' | 'path' | 'partitionKey'>) =>
  JSON.stringify([name, domain, path, partitionKey?.topLevelSite ?? null, partitionKey?.hasCrossSiteAncestor ?? null]);

/** What a caller gives. Of two of the same identity the later one counts. */
export function itemsGiven({ cookies = [], storageState, logins = [], ...presets }: SetCredentialsRequest): Item[] {
  const all = [
    ...logins.map((login) => loginItem({ ...login, alias: login.alias ?? login.domain })),
    ...(storageState === undefined ? [] : fromPlaywrightCookies(storageState.cookies)).map((cookie) => cookieItem(toCookie(cookie), true)),
    ...cookies.map((cookie) => cookieItem(toCookie(cookie), true)),
    ...CREDENTIAL_PRESET_NAMES.flatMap((name) => presetCookies(name, presets[name])).map((cookie) => cookieItem(cookie, true)),
    ...(storageState?.origins ?? []).map((state) => originItem({ ...state, origin: new URL(state.origin).origin }, true)),
  ];
  return [...new Map(all.map((item) => [`${item.kind} ${item.identity}`, item])).values()];
}

/** The places of the cookies that a preset stands for. */
export function presetPlaces(name: CredentialPreset): { name: string; domain: string; path: string }[] {
  const { cookie, domains } = CREDENTIAL_PRESETS[name];
  return domains.map((domain) => ({ name: cookie, domain, path: '/' }));
}

function presetCookies(name: CredentialPreset, value: string | undefined): ReadCookie[] {
  if (value === undefined) return [];
  return presetPlaces(name).map((place) => ({ ...place, value, expires: -1, httpOnly: true, secure: true }));
}

/** A cookie as the browser will call it. */
function toCookie({ url, ...given }: CookieToSet & Pick<ReadCookie, 'partitionKey'>): ReadCookie {
  const { name, value, partitionKey, sameSite, expires = -1, httpOnly = false, secure = false } = given;
  const at = url === undefined ? undefined : new URL(url);
  const domain = at?.hostname ?? canonicalDomain(given.domain ?? '');
  const path = given.path ?? defaultPath(at?.pathname ?? '/');
  return {
    ...{ name, value, domain, path, expires, httpOnly, secure },
    ...(sameSite === undefined ? {} : { sameSite }),
    ...(partitionKey === undefined ? {} : { partitionKey }),
  };
}

/** A host as a browser writes it, perhaps with the dot of a cookie's domain before it. What is none stays. */
function canonicalDomain(domain: string): string {
  const bare = domain.replace(/^\./, '');
  return URL.canParse(`http://${bare}`) ? `${domain.startsWith('.') ? '.' : ''}${new URL(`http://${bare}`).hostname}` : domain;
}

/** RFC 6265, section 5.1.4. */
function defaultPath(path: string): string {
  const end = path.lastIndexOf('/');
  return end <= 0 ? '/' : path.slice(0, end);
}
