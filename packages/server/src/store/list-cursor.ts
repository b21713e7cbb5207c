import { CarrelError } from '@carrel/protocol';
import { and, type Column, desc, type SQL, sql } from 'drizzle-orm';

/** What every list is read by: newest first, and among those of the same millisecond by id. */
interface Listed {
  readonly createdAt: Column;
  readonly id: Column;
}

/** One page of a list. */
export interface Page<T> {
  readonly data: T[];
  /** Pass as `cursor` to read on; null at the end. */
  readonly nextCursor: string | null;
}

export interface PageQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export const newestFirst = ({ createdAt, id }: Listed): [SQL, SQL] => [desc(createdAt), desc(id)];

/**
 * The condition for what comes after the cursor, together with the given ones.
 *
 * @throws CarrelError `invalid_request` when the cursor is none of ours.
 */
export function after({ createdAt, id }: Listed, cursor: string | undefined, ...conditions: (SQL | undefined)[]): SQL | undefined {
  if (cursor === undefined) return and(...conditions);
  const [moment, lastId] = decode(cursor);
  return and(...conditions, sql`(${createdAt}, ${id}) < (${moment.toISOString()}::timestamptz, ${lastId})`);
}

/** Makes a page of `limit + 1` rows that were read. */
export function pageOf<Row extends { createdAt: Date; id: string }, T>(rows: Row[], limit: number, toResource: (row: Row) => T): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const isMore = rows.length > limit && last !== undefined;
  return { data: shown.map(toResource), nextCursor: isMore ? encode(last) : null };
}

function encode({ createdAt, id }: { createdAt: Date; id: string }): string {
  return Buffer.from(`${createdAt.getTime()}.${id}`).toString('base64url');
}

/** The end of the year 9999, after which RFC 3339 has no times. */
const LAST_MOMENT_MS = Date.UTC(10_000, 0) - 1;

function decode(cursor: string): [Date, string] {
  // Ids are ours, or the caller's own names for their customers.
  const match = /^(\d{1,15})\.([^\p{Cc}\p{Cs}]{1,256})$/u.exec(Buffer.from(cursor, 'base64url').toString());
  if (match?.[1] === undefined || match[2] === undefined || Number(match[1]) > LAST_MOMENT_MS) {
    throw new CarrelError(
      'invalid_request',
      'The cursor is not one of this list. Pass the nextCursor of the page before as it was given.',
      {
        details: { issues: [{ path: 'cursor', message: 'is not a cursor of this list' }] },
      },
    );
  }
  return [new Date(Number(match[1])), match[2]];
}
