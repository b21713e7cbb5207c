import { CarrelError, type Recording } from '@carrel/protocol';
import { and, eq, inArray, isNotNull, isNull, lt, or, sql } from 'drizzle-orm';
import type { Database } from './database.js';
import { after, newestFirst, type Page, type PageQuery, pageOf } from './list-cursor.js';
import type { MasterKeys } from './master-keys.js';
import { recordings } from './schema/index.js';
import { newKey } from './secrets.js';
import type { WriteBehind } from './write-behind.js';

export type RecordingRow = typeof recordings.$inferSelect;
/** How far a recording has come. */
export type RecordingExtent = Pick<RecordingRow, 'durationMs' | 'frames' | 'lines' | 'sizeBytes'>;

/** What is known of a recording before it begins. */
export type NewRecording = Pick<RecordingRow, 'projectId' | 'endUserId' | 'taskId' | 'sessionId' | 'createdAt'> & { browserId: string };

/** Which of them are to be listed. */
export type RecordingFilter = { readonly [K in 'endUserId' | 'taskId' | 'sessionId']?: string | undefined };

/** What the key of a recording is wrapped for. */
export const recordingKeyContext = (browserId: string) => `recording ${browserId}`;

export interface RecordingsOptions {
  readonly database: Database;
  readonly writes: WriteBehind;
  readonly masterKeys: MasterKeys;
  readonly nodeId: string;
}

/** The records of recordings. With its row goes the key of a recording: what is in its file nobody can read any more. */
export class RecordingRows {
  readonly #options: RecordingsOptions;

  constructor(options: RecordingsOptions) {
    this.#options = options;
  }

  /** Begins one of a browser whose record was put before. */
  async create(recording: NewRecording): Promise<RecordingRow> {
    const { database, writes, masterKeys, nodeId } = this.#options;
    await writes.flush();
    const { browserId: id, ...rest } = recording;
    const wrapped = masterKeys.wrap(recordingKeyContext(id), newKey());
    const rows = await database.run((queries) =>
      queries
        .insert(recordings)
        .values({ ...rest, ...wrapped, id, nodeId })
        .returning(),
    );
    const [row] = rows;
    if (row === undefined) throw new CarrelError('internal', `The recording of ${id} was not written.`);
    return row;
  }

  /** The key of what is in its file. @throws {CarrelError} `profile_key_missing` */
  key(row: RecordingRow): Buffer {
    return this.#options.masterKeys.unwrap(recordingKeyContext(row.id), row);
  }

  /** Ends one that goes on. */
  async end(id: string, endReason: NonNullable<Recording['endReason']>, endedAt: Date, extent: RecordingExtent): Promise<void> {
    const goesOn = and(eq(recordings.id, id), isNull(recordings.endedAt));
    const { durationMs, frames, lines, sizeBytes } = extent;
    const set = { endReason, endedAt, durationMs, frames, lines, sizeBytes };
    await this.#options.database.run((queries) => queries.update(recordings).set(set).where(goesOn));
  }

  /** Null when the project has none of that browser. */
  async find(projectId: string, browserId: string): Promise<RecordingRow | null> {
    const isIt = and(eq(recordings.id, browserId), eq(recordings.projectId, projectId));
    const [row] = await this.#options.database.run((queries) => queries.select().from(recordings).where(isIt));
    return row ?? null;
  }

  /** Newest first. */
  async list(projectId: string, { limit, cursor, ...filter }: PageQuery & RecordingFilter): Promise<Page<RecordingRow>> {
    const names = ['endUserId', 'taskId', 'sessionId'] as const;
    const areMeant = names.map((name) => (filter[name] === undefined ? undefined : eq(recordings[name], filter[name])));
    const rows = await this.#options.database.run((queries) =>
      queries
        .select()
        .from(recordings)
        .where(after(recordings, cursor, eq(recordings.projectId, projectId), ...areMeant))
        .orderBy(...newestFirst(recordings))
        .limit(limit + 1),
    );
    return pageOf(rows, limit, (row) => row);
  }

  async delete(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.#options.database.run((queries) => queries.delete(recordings).where(inArray(recordings.id, [...ids])));
  }

  /** Those of this server that go on as far as the database knows. */
  async unended(): Promise<RecordingRow[]> {
    const areOurs = and(eq(recordings.nodeId, this.#options.nodeId), isNull(recordings.endedAt));
    return await this.#options.database.run((queries) => queries.select().from(recordings).where(areOurs));
  }

  /** Those of this server that are too old, or too much for their project, the newest kept. */
  async superfluous({ keepDays, maxProjectBytes }: { keepDays: number; maxProjectBytes: number }): Promise<string[]> {
    return await this.#options.database.run(async (queries) => {
      const newer = sql<number>`sum(${recordings.sizeBytes}) over (partition by ${recordings.projectId}
        order by ${recordings.createdAt} desc, ${recordings.id} desc)`.as('newer');
      const ended = and(eq(recordings.nodeId, this.#options.nodeId), isNotNull(recordings.endedAt));
      const sums = queries.select({ id: recordings.id, createdAt: recordings.createdAt, newer }).from(recordings).where(ended).as('sums');
      const oldest = new Date(Date.now() - keepDays * 86_400_000);
      const areTooMany = or(lt(sums.createdAt, oldest), sql`${sums.newer} > ${maxProjectBytes}`);
      const rows = await queries.select({ id: sums.id }).from(sums).where(areTooMany);
      return rows.map(({ id }) => id);
    });
  }

  /** Those of the ids that are recordings of this server. */
  async known(ids: readonly string[]): Promise<Set<string>> {
    if (ids.length === 0) return new Set();
    const areOurs = and(eq(recordings.nodeId, this.#options.nodeId), inArray(recordings.id, [...ids]));
    const rows = await this.#options.database.run((queries) => queries.select({ id: recordings.id }).from(recordings).where(areOurs));
    return new Set(rows.map(({ id }) => id));
  }
}
