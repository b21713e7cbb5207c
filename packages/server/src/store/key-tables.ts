import { and, asc, count, eq, gt, inArray, isNotNull, notInArray, or, type SQL } from 'drizzle-orm';
import type { Queries } from './database.js';
import { keyContextOf } from './end-users.js';
import { recordingKeyContext } from './recordings.js';
import { endUsers, profiles, recordings } from './schema/index.js';

/** A key that is wrapped by a master key, and where. */
export interface KeptKey {
  /** What it was wrapped for. */
  readonly context: string;
  readonly wrappedKey: Buffer | null;
  readonly masterKeyId: string | null;
  /** The condition for its row. */
  readonly row: SQL | undefined;
  /** The condition for the rows after it. */
  readonly rest: SQL | undefined;
}

/** A table with keys that master keys wrap. */
export interface KeyTable {
  /** What the keys are those of. */
  readonly what: string;
  /** Rows in order, which nobody else changes before the transaction is over. */
  batch(queries: Queries, masterKeyIds: readonly string[], rest: SQL | undefined, limit: number): Promise<KeptKey[]>;
  write(queries: Queries, row: SQL | undefined, wrapped: { wrappedKey: Buffer; masterKeyId: string }): Promise<void>;
  /** How many rows there are by master key, of all but the given ones. */
  countOthers(queries: Queries, masterKeyIds: readonly string[]): Promise<{ masterKeyId: string; keys: number }[]>;
  isNeeded(queries: Queries, masterKeyId: string): Promise<boolean>;
}

const ofProfiles: KeyTable = {
  what: 'profiles',
  batch: async (queries, masterKeyIds, rest, limit) => {
    const rows = await queries
      .select({ id: profiles.id, wrappedKey: profiles.wrappedKey, masterKeyId: profiles.masterKeyId })
      .from(profiles)
      .where(and(rest, isNotNull(profiles.wrappedKey), inArray(profiles.masterKeyId, [...masterKeyIds])))
      .orderBy(asc(profiles.id))
      .limit(limit)
      .for('update');
    return rows.map(({ id, ...key }) => ({ ...key, context: id, row: eq(profiles.id, id), rest: gt(profiles.id, id) }));
  },
  write: async (queries, row, wrapped) => {
    await queries.update(profiles).set(wrapped).where(row);
  },
  countOthers: (queries, masterKeyIds) =>
    queries
      .select({ masterKeyId: profiles.masterKeyId, keys: count() })
      .from(profiles)
      .where(and(notInArray(profiles.masterKeyId, [...masterKeyIds]), isNotNull(profiles.wrappedKey)))
      .groupBy(profiles.masterKeyId),
  isNeeded: async (queries, masterKeyId) => {
    const areOfIt = and(eq(profiles.masterKeyId, masterKeyId), isNotNull(profiles.wrappedKey));
    return (await queries.select({ id: profiles.id }).from(profiles).where(areOfIt).limit(1)).length > 0;
  },
};

const ofEndUsers: KeyTable = {
  what: 'end users',
  batch: async (queries, masterKeyIds, rest, limit) => {
    const rows = await queries
      .select()
      .from(endUsers)
      .where(and(rest, isNotNull(endUsers.wrappedKey), inArray(endUsers.masterKeyId, [...masterKeyIds])))
      .orderBy(asc(endUsers.projectId), asc(endUsers.id))
      .limit(limit)
      .for('update');
    return rows.map(({ projectId, id, wrappedKey, masterKeyId }) => ({
      wrappedKey,
      masterKeyId,
      context: keyContextOf({ projectId, endUserId: id }),
      row: and(eq(endUsers.projectId, projectId), eq(endUsers.id, id)),
      rest: or(gt(endUsers.projectId, projectId), and(eq(endUsers.projectId, projectId), gt(endUsers.id, id))),
    }));
  },
  write: async (queries, row, wrapped) => {
    await queries.update(endUsers).set(wrapped).where(row);
  },
  countOthers: async (queries, masterKeyIds) => {
    const rows = await queries
      .select({ masterKeyId: endUsers.masterKeyId, keys: count() })
      .from(endUsers)
      .where(and(notInArray(endUsers.masterKeyId, [...masterKeyIds]), isNotNull(endUsers.wrappedKey)))
      .groupBy(endUsers.masterKeyId);
    return rows.flatMap(({ masterKeyId, keys }) => (masterKeyId === null ? [] : [{ masterKeyId, keys }]));
  },
  isNeeded: async (queries, masterKeyId) => {
    const areOfIt = and(eq(endUsers.masterKeyId, masterKeyId), isNotNull(endUsers.wrappedKey));
    return (await queries.select({ id: endUsers.id }).from(endUsers).where(areOfIt).limit(1)).length > 0;
  },
};

const ofRecordings: KeyTable = {
  what: 'recordings',
  batch: async (queries, masterKeyIds, rest, limit) => {
    const rows = await queries
      .select({ id: recordings.id, wrappedKey: recordings.wrappedKey, masterKeyId: recordings.masterKeyId })
      .from(recordings)
      .where(and(rest, inArray(recordings.masterKeyId, [...masterKeyIds])))
      .orderBy(asc(recordings.id))
      .limit(limit)
      .for('update');
    return rows.map(({ id, ...key }) => ({
      ...key,
      context: recordingKeyContext(id),
      row: eq(recordings.id, id),
      rest: gt(recordings.id, id),
    }));
  },
  write: async (queries, row, wrapped) => {
    await queries.update(recordings).set(wrapped).where(row);
  },
  countOthers: (queries, masterKeyIds) =>
    queries
      .select({ masterKeyId: recordings.masterKeyId, keys: count() })
      .from(recordings)
      .where(notInArray(recordings.masterKeyId, [...masterKeyIds]))
      .groupBy(recordings.masterKeyId),
  isNeeded: async (queries, masterKeyId) =>
    (await queries.select({ id: recordings.id }).from(recordings).where(eq(recordings.masterKeyId, masterKeyId)).limit(1)).length > 0,
};

/** All of them. */
export const KEY_TABLES: readonly KeyTable[] = [ofProfiles, ofEndUsers, ofRecordings];
