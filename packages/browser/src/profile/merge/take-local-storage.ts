import { join } from 'node:path';
import { appendToLevelDb, BYTEWISE_COMPARATOR, type Change, directoryBelow, readLevelDb, writeLevelDb } from '../leveldb/index.js';
import { parseMetaRow, parseRow } from '../survey/local-storage-rows.js';
import { storageKeyText } from '../survey/storage-key.js';

const DATABASE = ['Local Storage', 'leveldb'] as const;

/** Gives storage keys in one profile what they have in localStorage in another, and nothing of what they had. */
export function takeLocalStorage(from: string, to: string, storageKeys: ReadonlySet<string>): void {
  const source = directoryBelow(from, ...DATABASE);
  const target = directoryBelow(to, ...DATABASE);
  const isWanted = (key: string) => {
    const storageKey = (parseRow(key) ?? parseMetaRow(key))?.storageKey;
    return storageKey !== undefined && storageKeys.has(storageKeyText(storageKey));
  };
  const before = target === undefined ? [] : [...readLevelDb(target, () => true).keys()].filter(isWanted);
  const after = source === undefined ? [] : rowsOf(source, isWanted);
  const changes: Change[] = [...before.map((key) => ({ key: Buffer.from(key, 'latin1') })), ...after];
  if (changes.length === 0) return;
  if (target !== undefined) appendToLevelDb(target, changes);
  else writeLevelDb(join(to, ...DATABASE), BYTEWISE_COMPARATOR, [{ key: Buffer.from('VERSION'), value: Buffer.from('1') }, ...changes]);
}

function rowsOf(source: string, isWanted: (key: string) => boolean): Change[] {
  const rows = readLevelDb(source, (key, value) => (isWanted(key.toString('latin1')) ? Buffer.from(value) : undefined));
  return [...rows].flatMap(([key, value]) => (value === undefined ? [] : [{ key: Buffer.from(key, 'latin1'), value }]));
}
