import { join } from 'node:path';
import { appendToLevelDb, BYTEWISE_COMPARATOR, type Change, directoryBelow, readLevelDb, varint, writeLevelDb } from '../leveldb/index.js';
import { toChromiumTime } from '../survey/chromium-time.js';
import { changedAtMsOf, encodeText, itemKey, metaAccessKey, metaKey, parseMetaRow, parseRow } from '../survey/local-storage-rows.js';

const DATABASE = ['Default', 'Local Storage', 'leveldb'] as const;

/** All that a storage key has in localStorage. */
export interface LocalStorageItems {
  /** As CDP names it: `https://a.example/`, or `https://a.example/^0https://b.example`. */
  storageKey: string;
  entries: readonly (readonly [name: string, value: string])[];
}

/** See `overlayLocalStorage`. */
export function overlayDirectory(directory: string, items: readonly LocalStorageItems[], readAtMs: number): void {
  const existing = directoryBelow(directory, ...DATABASE);
  if (existing === undefined) {
    const changes = items.flatMap((item) => changesOf(item, new Map(), readAtMs));
    const version = { key: Buffer.from('VERSION'), value: Buffer.from('1') };
    if (changes.length > 0) writeLevelDb(join(directory, ...DATABASE), BYTEWISE_COMPARATOR, [version, ...changes]);
    return;
  }
  const wanted = new Map(items.map((item): [string, Map<string, Buffer>] => [rowName(item.storageKey), new Map()]));
  const isNewer = new Set<string>();
  for (const [key, value] of readLevelDb(existing, (_, value) => Buffer.from(value))) {
    const row = parseRow(key);
    if (row !== undefined) wanted.get(row.storageKey)?.set(row.name, value);
    const meta = parseMetaRow(key);
    if (meta?.isAccess === false && changedAtMsOf(value) > readAtMs) isNewer.add(meta.storageKey);
  }
  const changes = items
    .filter(({ storageKey }) => !isNewer.has(rowName(storageKey)))
    .flatMap((item) => changesOf(item, wanted.get(rowName(item.storageKey)) ?? new Map(), readAtMs));
  if (changes.length > 0) appendToLevelDb(existing, changes);
}

/** A page's own storage is named by its origin, without the slash that other databases have (StorageKey::SerializeForLocalStorage). */
const rowName = (storageKey: string) => (storageKey.endsWith('/') ? storageKey.slice(0, -1) : storageKey);

/** None when it has just that already: it then keeps the time at which it was changed. */
function changesOf({ storageKey, entries }: LocalStorageItems, before: ReadonlyMap<string, Buffer>, readAtMs: number): Change[] {
  const name = rowName(storageKey);
  const after = new Map(entries.map(([key, value]) => [encodeText(key).toString('latin1'), encodeText(value)]));
  const changes: Change[] = [];
  for (const key of before.keys()) if (!after.has(key)) changes.push({ key: itemKey(name, Buffer.from(key, 'latin1')) });
  let bytes = 0;
  for (const [key, value] of after) {
    bytes += key.length + value.length;
    if (before.get(key)?.equals(value) !== true) changes.push({ key: itemKey(name, Buffer.from(key, 'latin1')), value });
  }
  return changes.length === 0 ? [] : [...changes, ...metaChanges(name, after.size === 0 ? undefined : bytes, readAtMs)];
}

/** LocalStorageAreaWriteMetaData and …AccessMetaData: when, and how much. */
function metaChanges(name: string, bytes: number | undefined, readAtMs: number): Change[] {
  if (bytes === undefined) return [{ key: metaKey(name) }, { key: metaAccessKey(name) }];
  const time = Buffer.concat([Buffer.of(FIELD_TIME), varint(toChromiumTime(readAtMs))]);
  return [
    { key: metaKey(name), value: Buffer.concat([time, Buffer.of(FIELD_BYTES), varint(bytes)]) },
    { key: metaAccessKey(name), value: time },
  ];
}

/** Tags of fields 1 and 2, both numbers. */
const FIELD_TIME = 0x08;
const FIELD_BYTES = 0x10;
