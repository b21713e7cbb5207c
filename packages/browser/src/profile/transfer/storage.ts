import { CarrelError, type StorageState } from '@carrel/protocol';
import { OriginTab, type Reachable, StorageRefusal } from './origin-tab.js';
import type { DatabaseSchema } from './storage-script.js';

type OriginState = StorageState['origins'][number];
type Database = NonNullable<OriginState['indexedDB']>[number];
type StoreRecord = Database['stores'][number]['records'][number];

/** What goes over in one message, unless one record alone is larger. */
const BATCH_CHARS = 4_000_000;
/** Larger records are left out, or refused. A character of theirs can take six in a message. */
const MAX_ITEM_CHARS = 16_000_000;
/** What a browser has to let through (`maxCdpMessageBytes`) for its storage to be read or written. */
export const TRANSFER_MESSAGE_BYTES = 128 * 1024 * 1024;

export interface ReadStorageOptions {
  /** The origins to read. Those that cannot be visited (`https://a.example^https://b.example`) are left out. */
  origins: readonly string[];
  /** Of all that is read, as JSON. */
  maxBytes: number;
  signal?: AbortSignal;
}

export interface ReadStorage {
  /** Those that have something. */
  origins: OriginState[];
  /** What Playwright's form cannot carry and was left out, in sentences. */
  warnings: string[];
}

/**
 * Reads localStorage and IndexedDB of origins, in the form of Playwright's storage state. Nothing is asked of the sites, and the browser
 * should have nothing else to do: what a page changes meanwhile may be read or not.
 * @throws {CarrelError} `payload_too_large`, `browser_not_running`, `browser_crashed`, `page_unresponsive`
 */
export async function readStorage(browser: Reachable, { origins, maxBytes, signal }: ReadStorageOptions): Promise<ReadStorage> {
  const read: ReadStorage = { origins: [], warnings: [] };
  await using tab = await OriginTab.open(browser);
  const reader = new OriginReader(tab, read.warnings, maxBytes, signal);
  for (const origin of origins) {
    const state = await reader.read(origin);
    if (state !== undefined) read.origins.push(state);
  }
  return read;
}

class OriginReader {
  readonly #tab: OriginTab;
  readonly #warnings: string[];
  readonly #maxBytes: number;
  readonly #signal: AbortSignal | undefined;
  #bytes = 0;

  constructor(tab: OriginTab, warnings: string[], maxBytes: number, signal: AbortSignal | undefined) {
    this.#tab = tab;
    this.#warnings = warnings;
    this.#maxBytes = maxBytes;
    this.#signal = signal;
  }

  /** Undefined when there is nothing to tell of it. */
  async read(origin: string): Promise<OriginState | undefined> {
    const isThere = await this.#unlessRefused(origin, async () => {
      await this.#tab.visit(origin);
      return true;
    });
    if (isThere === undefined) return undefined;
    const localStorage = (await this.#unlessRefused(`localStorage of ${origin}`, () => this.#readLocalStorage())) ?? [];
    const schemas = (await this.#unlessRefused(`IndexedDB of ${origin}`, () => this.#tab.call('listDatabases', null))) ?? [];
    const indexedDB: Database[] = [];
    for (const schema of schemas) {
      const what = `Database ${JSON.stringify(schema.name)} of ${origin}`;
      const database = await this.#unlessRefused(what, () => this.#readDatabase(origin, schema));
      if (database !== undefined) indexedDB.push(database);
    }
    return localStorage.length + indexedDB.length === 0 ? undefined : { origin, localStorage, ...(indexedDB.length > 0 && { indexedDB }) };
  }

  /** What Chromium itself cannot read keeps nobody from the rest. */
  async #unlessRefused<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    this.#signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StorageRefusal)) throw error;
      this.#warnings.push(`${what} could not be read (${error.message}) and was left out.`);
      return undefined;
    }
  }

  async #readLocalStorage(): Promise<OriginState['localStorage']> {
    const items = await this.#tab.call('readLocalStorage', null);
    this.#count(JSON.stringify(items));
    return items;
  }

  async #readDatabase(origin: string, { stores, ...schema }: DatabaseSchema): Promise<Database> {
    const read: Database = { ...schema, stores: [] };
    for (const store of stores) {
      const where = `${origin}, database ${JSON.stringify(schema.name)}, store ${JSON.stringify(store.name)}`;
      read.stores.push({ ...store, records: await this.#readRecords(where, schema.name, store.name) });
    }
    return read;
  }

  async #readRecords(where: string, database: string, store: string): Promise<StoreRecord[]> {
    const records: StoreRecord[] = [];
    const leftOut = new Map<string, number>();
    for (let isFirst = true, isLast = false; !isLast; isFirst = false) {
      this.#signal?.throwIfAborted();
      const limits = { maxChars: BATCH_CHARS, maxRecordChars: MAX_ITEM_CHARS };
      const batch = await this.#tab.call('readRecords', { database, store, isFirst, ...limits });
      this.#count(batch.records);
      for (const record of JSON.parse(batch.records) as StoreRecord[]) records.push(record);
      for (const [type, count] of batch.leftOut) leftOut.set(type, (leftOut.get(type) ?? 0) + count);
      isLast = batch.isLast;
    }
    for (const [type, count] of leftOut) {
      this.#warnings.push(`${where}: ${count} record(s) with a ${type}, which Playwright's form cannot carry, were left out.`);
    }
    return records;
  }

  #count(text: string): void {
    this.#bytes += Buffer.byteLength(text);
    if (this.#bytes <= this.#maxBytes) return;
    throw new CarrelError('payload_too_large', `What the origins store is more than ${this.#maxBytes} bytes of JSON, which is the cap.`, {
      details: { maxBytes: this.#maxBytes },
    });
  }
}

/**
 * Writes localStorage and IndexedDB of origins. An item or a database of the same name is replaced; all else stays. When it fails, some of
 * it may be there: whoever keeps the browser's state then should not.
 * @throws {CarrelError} `invalid_request` for what Chromium does not take, `browser_not_running`, `browser_crashed`, `page_unresponsive`
 */
export async function writeStorage(browser: Reachable, origins: readonly OriginState[], signal?: AbortSignal): Promise<void> {
  await using tab = await OriginTab.open(browser);
  for (const { origin, localStorage, indexedDB = [] } of origins) {
    await naming(origin, () => tab.visit(new URL(origin).origin));
    await naming(`localStorage of ${origin}`, async () => {
      for (const items of inBatches(localStorage)) await tab.call('writeLocalStorage', items);
    });
    for (const database of indexedDB) {
      await naming(`database ${JSON.stringify(database.name)} of ${origin}`, () => writeDatabase(tab, database, signal));
    }
  }
}

async function writeDatabase(tab: OriginTab, { stores, ...database }: Database, signal: AbortSignal | undefined): Promise<void> {
  await tab.call('createDatabase', { ...database, stores: stores.map(({ records: _, ...schema }) => schema) });
  for (const { name: store, records } of stores) {
    for (const batch of inBatches(records)) {
      signal?.throwIfAborted();
      await tab.call('addRecords', { store, records: batch });
    }
  }
  await tab.call('closeDatabase', null);
}

/** @throws {StorageRefusal} for what does not go over in any message */
function* inBatches<T>(items: readonly T[]): Generator<T[]> {
  let batch: T[] = [];
  let chars = 0;
  for (const item of items) {
    batch.push(item);
    chars += charsOf(item);
    if (chars < BATCH_CHARS) continue;
    yield batch;
    batch = [];
    chars = 0;
  }
  if (batch.length > 0) yield batch;
}

function charsOf(item: unknown): number {
  let chars: number;
  try {
    chars = JSON.stringify(item).length;
  } catch (cause) {
    throw new StorageRefusal('a value is nested too deep', { cause });
  }
  if (chars > MAX_ITEM_CHARS) throw new StorageRefusal(`a value is larger than ${MAX_ITEM_CHARS} characters of JSON`);
  return chars;
}

async function naming<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof StorageRefusal)) throw cause;
    throw new CarrelError('invalid_request', `Chromium does not take the ${what}: ${cause.message}.`, { details: { where: what }, cause });
  }
}
