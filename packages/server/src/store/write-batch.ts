import type { Browser, BrowserEvent } from '@carrel/protocol';
import { and, eq, getTableColumns, type SQL, sql } from 'drizzle-orm';
import { SERVER_DIED } from './browsers.js';
import type { Database, Queries } from './database.js';
import { holdEndUsers } from './end-users.js';
import { freePlaces, type PlaceRow } from './places.js';
import { apiKeys, browserEvents, browsers, idempotencyKeys } from './schema/index.js';
import { isAboutValues } from './store-error.js';
import { type BrowserNotice, tellOfBrowser } from './tell-webhooks.js';

/** Postgres takes at most 65,535 parameters in one statement. */
const ROWS_PER_STATEMENT = 1000;

/** All that is kept of a browser. */
export type BrowserRecord = Omit<Browser, 'cdpUrl'> & { readonly projectId: string };

/** One thing to be written. */
export type Entry =
  | { readonly kind: 'browser'; readonly record: BrowserRecord; readonly nodeId: string }
  | {
      readonly kind: 'event';
      readonly browserId: string;
      readonly event: BrowserEvent;
      /** Of an event that webhooks are told of. */
      readonly notice: BrowserNotice | undefined;
    }
  /** How an idempotent request ended: its sealed answer, or null when the key is free again. */
  | {
      readonly kind: 'outcome';
      readonly claimId: string;
      readonly projectId: string;
      readonly key: string;
      readonly response: Buffer | null;
    }
  /** A place that is free again. */
  | { readonly kind: 'place'; readonly place: PlaceRow }
  | { readonly kind: 'keyUsed'; readonly apiKeyId: string; readonly at: Date };

/**
 * Writes entries as one transaction. Writing the same again changes nothing, so a write whose outcome is unknown may be repeated.
 * What the database refuses for its values is singled out by halves and handed to `onRefused`; all else is written.
 *
 * @throws CarrelError when the database cannot do it now.
 */
export async function writeBatch(
  database: Database,
  entries: readonly Entry[],
  onRefused: (entry: Entry, error: unknown) => void,
): Promise<void> {
  try {
    await database.transaction((queries) => writeEntries(queries, entries));
  } catch (error) {
    if (!isAboutValues(error)) throw error;
    const [only] = entries;
    if (entries.length === 1 && only !== undefined) {
      onRefused(only, error);
      return;
    }
    const middle = Math.ceil(entries.length / 2);
    await writeBatch(database, entries.slice(0, middle), onRefused);
    await writeBatch(database, entries.slice(middle), onRefused);
  }
}

async function writeEntries(queries: Queries, entries: readonly Entry[]): Promise<void> {
  const browserRows = ofKind(entries, 'browser').map(({ record, nodeId }) => browserRow(record, nodeId));
  await holdEndUsers(queries, browserRows.flatMap(ofEndUser));
  for (const rows of inChunks(browserRows)) {
    await queries.insert(browsers).values(rows).onConflictDoUpdate({ target: browsers.id, set: allOfExcluded, setWhere: isNotLost });
  }
  const events = ofKind(entries, 'event');
  for (const rows of inChunks(events.filter(({ notice }) => notice === undefined).map(eventRow))) {
    await queries.insert(browserEvents).values(rows).onConflictDoNothing();
  }
  for (const entry of events) if (entry.notice !== undefined) await writeAndTell(queries, entry, entry.notice);
  for (const outcome of ofKind(entries, 'outcome')) await writeOutcome(queries, outcome);
  await freePlaces(
    queries,
    ofKind(entries, 'place').map(({ place }) => place),
  );
  for (const { apiKeyId, at } of ofKind(entries, 'keyUsed')) {
    const lastUsedAt = sql`greatest(${apiKeys.lastUsedAt}, ${at.toISOString()}::timestamptz)`;
    await queries.update(apiKeys).set({ lastUsedAt }).where(eq(apiKeys.id, apiKeyId));
  }
}

/** What is written already has been told already. */
async function writeAndTell(queries: Queries, entry: EventEntry, notice: BrowserNotice): Promise<void> {
  const isNew = await queries.insert(browserEvents).values(eventRow(entry)).onConflictDoNothing().returning({ id: browserEvents.id });
  if (isNew.length > 0) await tellOfBrowser(queries, notice, entry.event);
}

async function writeOutcome(queries: Queries, { claimId, projectId, key, response }: Extract<Entry, { kind: 'outcome' }>): Promise<void> {
  const table = idempotencyKeys;
  const isOurs = and(eq(table.projectId, projectId), eq(table.key, key), eq(table.claimId, claimId));
  if (response === null) await queries.delete(table).where(isOurs);
  else await queries.update(table).set({ response }).where(isOurs);
}

type EventEntry = Extract<Entry, { kind: 'event' }>;
const eventRow = ({ browserId, event }: EventEntry) => ({ ...event, browserId, createdAt: new Date(event.createdAt) });

function browserRow(record: BrowserRecord, nodeId: string): typeof browsers.$inferInsert {
  const { createdAt, endedAt, expiresAt } = record;
  return {
    ...record,
    nodeId,
    createdAt: new Date(createdAt),
    endedAt: endedAt === null ? null : new Date(endedAt),
    expiresAt: new Date(expiresAt),
  };
}

/** Whose a browser that is opened is: nobody's that ends, as its end user may be deleted already. */
const ofEndUser = ({ projectId, endUserId, endedAt }: typeof browsers.$inferInsert) =>
  endUserId === null || endUserId === undefined || endedAt !== null ? [] : [{ projectId, endUserId }];

/** `set` of an upsert: every column as in the row that came. */
const allOfExcluded: Record<string, SQL> = Object.fromEntries(
  Object.entries(getTableColumns(browsers)).map(([name, column]) => [name, sql`excluded.${sql.identifier(column.name)}`]),
);

/** A browser whose server was taken for dead stays `failed`, as its callers were told. */
const isNotLost = sql`${browsers.reason}->>'code' is distinct from ${SERVER_DIED.code}`;

function ofKind<Kind extends Entry['kind']>(entries: readonly Entry[], kind: Kind): Extract<Entry, { kind: Kind }>[] {
  return entries.filter((entry): entry is Extract<Entry, { kind: Kind }> => entry.kind === kind);
}

function* inChunks<T>(rows: readonly T[]): Generator<T[]> {
  for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) yield rows.slice(start, start + ROWS_PER_STATEMENT);
}
