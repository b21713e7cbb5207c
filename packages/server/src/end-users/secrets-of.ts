import type { ReadCookie } from '@carrel/browser';
import type { Json } from '@carrel/protocol';
import { TOTP, URI } from 'otpauth';
import type { Item, OriginState, StoredLogin } from './items.js';
import type { Secret } from './redact.js';
import { originsOf } from './scope.js';

/** Of shorter values of cookies and storage, many are words and numbers such as pages are full of. */
const MIN_TOKEN_CHARS = 8;
/** Longer ones are data, not tokens; strings in them count for themselves. */
const MAX_TOKEN_CHARS = 16_384;
/** Of what an end user's sites have stored, so that reading it costs no more than it may. */
const MAX_STORED_TOKENS = 2_000;

/** The names of what a login has, as the agent may ask for them. */
export const fieldsOf = (login: StoredLogin): string[] => [
  ...(login.username === undefined ? [] : ['username']),
  ...(login.password === undefined ? [] : ['password']),
  ...(login.totpSecret === undefined ? [] : ['totp']),
  ...Object.keys(login.fields ?? {}),
];

/** What is filled in for a field of a login; undefined: it has none of that name. Codes are made for the moment (RFC 6238). */
export function valueFor(login: StoredLogin, field: string): string | undefined {
  if (field === 'username' && login.username !== undefined) return login.username;
  if (field === 'password' && login.password !== undefined) return login.password;
  if (field === 'totp' && login.totpSecret !== undefined) return totpOf(login.totpSecret).generate();
  return Object.hasOwn(login.fields ?? {}, field) ? login.fields?.[field] : undefined;
}

/** From base32 or an `otpauth://totp/…` URI, which says how many digits, how long and by which hash. */
function totpOf(secret: string): TOTP {
  if (!secret.startsWith('otpauth:')) return new TOTP({ secret: secret.replace(/\s/g, '') });
  const parsed = URI.parse(secret);
  if (!(parsed instanceof TOTP)) throw new TypeError('not a TOTP');
  return parsed;
}

/** Whether codes can be made of it. */
export function isTotpSecret(secret: string): boolean {
  try {
    totpOf(secret);
    return true;
  } catch {
    return false; // what is wrong with it is not said: it is a secret
  }
}

export const labelOf = (login: StoredLogin, field: string) => `[secret:${login.alias}.${field}]`;

/** The secrets among what is kept of an end user. */
export function* secretsOf(items: readonly Item[]): Generator<Secret> {
  let stored = 0;
  for (const item of items) {
    if (item.kind === 'login') yield* loginSecrets(item.value);
    else if (item.kind === 'cookie') yield* cookieSecrets([item.value.cookie]);
    else {
      for (const secret of storedSecrets(item.value.state)) {
        if (++stored > MAX_STORED_TOKENS) break;
        yield secret;
      }
    }
  }
}

export function* cookieSecrets(cookies: readonly ReadCookie[]): Generator<Secret> {
  for (const { value } of cookies) if (value.length >= MIN_TOKEN_CHARS) yield { value, label: '[secret]' };
}

export function* storedSecrets(state: Pick<OriginState, 'localStorage' | 'indexedDB'>): Generator<Secret> {
  for (const value of storedTokens(state)) yield { value, label: '[secret]' };
}

function* loginSecrets(login: StoredLogin): Generator<Secret> {
  const { username, password, totpSecret, fields = {} } = login;
  if (password !== undefined) yield { value: password, label: labelOf(login, 'password') };
  for (const [name, value] of Object.entries(fields)) yield { value, label: labelOf(login, name) };
  if (totpSecret !== undefined) {
    const bare = isTotpSecret(totpSecret) ? totpOf(totpSecret).secret.base32 : totpSecret;
    for (const value of new Set([totpSecret, bare])) yield { value, label: labelOf(login, 'totpSecret') };
  }
  // A name that is in the addresses of the site itself is no secret, and without it nobody would find their way.
  const isInAddress = username !== undefined && originsOf(login).some((origin) => origin.toLowerCase().includes(username.toLowerCase()));
  if (username !== undefined && !isInAddress) yield { value: username, label: labelOf(login, 'username') };
}

/** What could be a token among what an origin stores: texts without spaces, also within JSON. */
function* storedTokens({ localStorage, indexedDB = [] }: Pick<OriginState, 'localStorage' | 'indexedDB'>): Generator<string> {
  for (const { name, value } of localStorage) yield* tokensIn({ [name]: parsed(value) });
  for (const { stores } of indexedDB) {
    for (const { records } of stores) for (const record of records) yield* tokensIn(record as Json);
  }
}

function* tokensIn(value: Json): Generator<string> {
  const stack: [value: Json, isNamedSo: boolean][] = [[value, false]];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const [one, isNamedSo] = next;
    if (typeof one === 'string') {
      if (mayBeToken(one) && (isNamedSo || !isPlain(one))) yield one;
    } else if (typeof one === 'object' && one !== null) {
      for (const [name, inner] of Object.entries(one)) stack.push([inner, isNamedSo || TOKEN_NAMES.test(name)]);
    }
  }
}

function parsed(text: string): Json {
  if (!/^\s*[[{"]/.test(text)) return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text; // it only looked like JSON
  }
}

const ADDRESS = /^https?:\/\/[^?#]*$/;
const mayBeToken = (text: string) =>
  text.length >= MIN_TOKEN_CHARS && text.length <= MAX_TOKEN_CHARS && !/\s/.test(text) && !ADDRESS.test(text);

/** Whatever is stored under such a name is a secret. */
const TOKEN_NAMES = /token|auth|jwt|sess|secret|passw|[cx]srf|api.?key|credential|bearer|refresh|\bsid\b/i;
/** What is longer than the names of things is a token, whatever it looks like. */
const MAX_WORD_CHARS = 32;
const WORDS = /^\p{Lu}?\p{Ll}+(?:[-_'’.]\p{Lu}?\p{Ll}+)*$/u;
const TIME = /^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?$/;

/** Things by their names, and times: what pages are about, and as a rule no secrets. */
const isPlain = (text: string) => text.length <= MAX_WORD_CHARS && (WORDS.test(text) || TIME.test(text));
