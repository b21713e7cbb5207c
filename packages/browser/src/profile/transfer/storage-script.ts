/// <reference lib="dom" />
import type { StorageState } from '@carrel/protocol';
import { type readValue as readValueOf, VALUE_SCRIPT, type writeValue as writeValueOf } from './value-script.js';

type OriginState = StorageState['origins'][number];
type Database = NonNullable<OriginState['indexedDB']>[number];
type Store = Database['stores'][number];
type StoreRecord = Store['records'][number];

/** A database without its records. */
export type DatabaseSchema = Omit<Database, 'stores'> & { stores: Omit<Store, 'records'>[] };

/** Some records of a store. */
export interface Batch {
  /** An array of records, as JSON. */
  records: string;
  isLast: boolean;
  /** What was left out: its type, and how many records. */
  leftOut: [type: string, records: number][];
}

/** What can be done with the storage of the origin that a page is of. */
export interface OriginStorage {
  readLocalStorage(nothing: null): OriginState['localStorage'];
  /** Items of the same name are replaced. */
  writeLocalStorage(items: OriginState['localStorage']): void;
  listDatabases(nothing: null): Promise<DatabaseSchema[]>;
  /** The next records of a store: after those that the batch before had, unless it is the first. */
  readRecords(request: { database: string; store: string; isFirst: boolean; maxChars: number; maxRecordChars: number }): Promise<Batch>;
  /** Makes a database and keeps it open. One of the same name is deleted. */
  createDatabase(schema: DatabaseSchema): Promise<void>;
  addRecords(request: { store: string; records: StoreRecord[] }): Promise<void>;
  closeDatabase(nothing: null): void;
}

declare const readValue: typeof readValueOf;
declare const writeValue: typeof writeValueOf;

/** Runs in the page, beside VALUE_SCRIPT. */
function originStorage(): OriginStorage {
  let connection: IDBDatabase | undefined;
  let position: IDBValidKey | undefined;

  const settled = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const pathOf = ({ keyPath }: { keyPath: string | string[] | null }) => {
    if (keyPath === null) return {};
    return typeof keyPath === 'string' ? { keyPath } : { keyPathArray: [...keyPath] };
  };
  const describeIndex = (index: IDBIndex) => ({ name: index.name, ...pathOf(index), unique: index.unique, multiEntry: index.multiEntry });
  const describeStore = (store: IDBObjectStore) => ({
    name: store.name,
    ...pathOf(store),
    autoIncrement: store.autoIncrement,
    indexes: [...store.indexNames].map((name) => describeIndex(store.index(name))),
  });
  const describeDatabase = async (name: string): Promise<DatabaseSchema> => {
    const database = await settled(indexedDB.open(name));
    const { version, objectStoreNames: names } = database;
    const stores = names.length === 0 ? [] : [...names].map((store) => describeStore(database.transaction(store).objectStore(store)));
    database.close();
    return { name, version, stores };
  };
  /** What the format has no words for is left out whole: a record with a hole in it may be worse than none. */
  const toText = (cursor: IDBCursorWithValue, store: IDBObjectStore, maxChars: number): { text: string } | { leftOut: string } => {
    try {
      const key = store.keyPath === null ? writeValue('key', cursor.primaryKey) : {};
      const text = JSON.stringify({ ...key, ...writeValue('value', cursor.value) });
      return text.length > maxChars ? { leftOut: `value of more than ${maxChars} characters` } : { text };
    } catch (error) {
      return { leftOut: error instanceof Error ? error.message : String(error) };
    }
  };

  return {
    readLocalStorage: () =>
      Array.from({ length: localStorage.length }, (_, index) => {
        const name = localStorage.key(index) ?? '';
        return { name, value: localStorage.getItem(name) ?? '' };
      }),
    writeLocalStorage: (items) => {
      for (const { name, value } of items) localStorage.setItem(name, value);
    },
    listDatabases: async () => {
      const found = await indexedDB.databases();
      return Promise.all(found.map(({ name }) => describeDatabase(name ?? '')));
    },
    readRecords: async ({ database: name, store: storeName, isFirst, maxChars, maxRecordChars }) => {
      const database = await settled(indexedDB.open(name));
      const store = database.transaction(storeName).objectStore(storeName);
      const range = isFirst || position === undefined ? null : IDBKeyRange.lowerBound(position, true);
      const texts: string[] = [];
      const leftOut = new Map<string, number>();
      let chars = 0;
      const request = store.openCursor(range);
      let cursor = await settled(request);
      for (; cursor !== null && chars < maxChars; cursor = await settled(request)) {
        position = cursor.primaryKey;
        const written = toText(cursor, store, maxRecordChars);
        if ('text' in written) {
          texts.push(written.text);
          chars += written.text.length;
        } else leftOut.set(written.leftOut, (leftOut.get(written.leftOut) ?? 0) + 1);
        cursor.continue();
      }
      database.close();
      return { records: `[${texts.join(',')}]`, isLast: cursor === null, leftOut: [...leftOut] };
    },
    createDatabase: async ({ name, version, stores }) => {
      await settled(indexedDB.deleteDatabase(name));
      const request = indexedDB.open(name, version);
      request.onupgradeneeded = () => {
        for (const { name: storeName, keyPathArray, keyPath, autoIncrement, indexes } of stores) {
          const store = request.result.createObjectStore(storeName, { autoIncrement, keyPath: keyPathArray ?? keyPath ?? null });
          for (const index of indexes) store.createIndex(index.name, index.keyPathArray ?? index.keyPath ?? '', index);
        }
      };
      connection = await settled(request);
    },
    addRecords: async ({ store: storeName, records }) => {
      if (connection === undefined) throw new Error('no database is open');
      const transaction = connection.transaction(storeName, 'readwrite');
      const store = transaction.objectStore(storeName);
      for (const record of records) store.add(readValue(record, 'value'), readValue(record, 'key') as IDBValidKey | undefined);
      await new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error);
      });
    },
    closeDatabase: () => connection?.close(),
  };
}

/** An expression whose value is an `OriginStorage`. */
export const STORAGE_SCRIPT = `(() => {\n${VALUE_SCRIPT}\nreturn (${originStorage})();\n})()`;
