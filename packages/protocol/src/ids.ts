import { z } from 'zod';

/** The prefix that says what an id names. */
export const ID_PREFIXES = {
  browser: 'br',
  profile: 'pf',
  session: 's',
  task: 't',
  webhook: 'wh',
  delivery: 'msg',
  project: 'pj',
  apiKey: 'key',
  event: 'ev',
  request: 'req',
  liveLink: 'lv',
} as const;
export type IdKind = keyof typeof ID_PREFIXES;

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'; // Crockford base32: no i, l, o, u
const ID_LENGTH = 26; // 26 × 5 bits = 130 bits: unguessable

/** A new unguessable id, e.g. `br_3v8k…`: the prefix, then 130 random bits in Crockford base32. */
export function newId(kind: IdKind): string {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_LENGTH));
  return `${ID_PREFIXES[kind]}_${Array.from(bytes, (byte) => ALPHABET[byte & 31]).join('')}`;
}

/** The schema of an id of one kind. */
export const idSchema = (kind: IdKind) =>
  z.string().regex(new RegExp(`^${ID_PREFIXES[kind]}_[0-9a-z]{${ID_LENGTH}}$`), `must be an id like ${ID_PREFIXES[kind]}_…`);
