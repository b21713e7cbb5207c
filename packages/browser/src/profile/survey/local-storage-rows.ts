import { chromiumTimeMs } from './chromium-time.js';
import { fieldOf } from './protobuf.js';

/** The rows of the LevelDB of localStorage (components/services/storage/dom_storage/local_storage_impl.cc), keys as Latin-1 text. */
const ROW = /^_([^\0]+)\0(.*)$/s;
const META = 'META:';
const META_ACCESS = 'METAACCESS:';

export interface LocalStorageRow {
  /** As the row has it: `https://a.example`, or `https://a.example/^0https://b.example`. */
  storageKey: string;
  /** The item's name as it is stored. */
  name: string;
}

/** Undefined for rows about the database and about storage keys. */
export function parseRow(key: string): LocalStorageRow | undefined {
  const parts = ROW.exec(key);
  return parts === null ? undefined : { storageKey: parts[1] ?? '', name: parts[2] ?? '' };
}

/** Whom a row about a storage key is about; undefined for all other rows. */
export function parseMetaRow(key: string): { storageKey: string; isAccess: boolean } | undefined {
  if (key.startsWith(META)) return { storageKey: key.slice(META.length), isAccess: false };
  if (key.startsWith(META_ACCESS)) return { storageKey: key.slice(META_ACCESS.length), isAccess: true };
  return undefined;
}

/** When a storage key was last changed, of the value of its META row; 0 when that does not say. */
export function changedAtMsOf(meta: Buffer): number {
  const time = fieldOf(meta, 1);
  return typeof time === 'bigint' ? chromiumTimeMs(time) : 0;
}

export const itemKey = (storageKey: string, name: Buffer) => Buffer.concat([Buffer.from(`_${storageKey}\0`, 'latin1'), name]);
export const metaKey = (storageKey: string) => Buffer.from(META + storageKey, 'latin1');
export const metaAccessKey = (storageKey: string) => Buffer.from(META_ACCESS + storageKey, 'latin1');

const UTF_16 = 0;
const LATIN_1 = 1;

/** Names and values: a byte for the encoding, then the text, in one byte a character where that is enough. */
export function encodeText(text: string): Buffer {
  const isLatin1 = !/[^\0-\xff]/.test(text);
  return Buffer.concat([Buffer.of(isLatin1 ? LATIN_1 : UTF_16), Buffer.from(text, isLatin1 ? 'latin1' : 'utf16le')]);
}
