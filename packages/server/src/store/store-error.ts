import { CarrelError } from '@carrel/protocol';
import { DrizzleQueryError } from 'drizzle-orm';

/** What Node says when there is nobody at the other end, or no longer. */
const SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** SQLSTATE classes that a later attempt can get past: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const PASSING_CLASSES = new Set([
  '08', // connection
  '25', // such as read-only during a failover
  '40', // deadlock, serialization
  '53', // out of disk, memory or connections
  '55', // lock not available
  '57', // shutting down, starting up, cancelled by a timeout
  '58', // system error, such as I/O
]);

/** SQLSTATE classes that say that the very values cannot be stored: bad data, a constraint, a limit. */
const VALUE_CLASSES = new Set(['22', '23', '54']);

/** What `pg` says without a code. */
const UNCODED =
  /Connection terminated|connection error|timeout exceeded when trying to connect|Query read timeout|Client was closed|not queryable/i;

/** An error of the database as the API knows it: `store_unavailable` when it may pass, else `internal`. The cause is kept. */
export function storeError(error: unknown): CarrelError {
  if (error instanceof CarrelError) return error;
  // Drizzle's own error repeats the statement with its values, which may be secret; causes go to the log. What it wraps says what is wrong.
  const cause = error instanceof DrizzleQueryError ? (error.cause ?? new Error('the statement failed')) : error;
  if (isPassing(cause)) {
    const message = `The database cannot be reached or cannot work at the moment (${rootMessage(cause)}). Try again.`;
    return new CarrelError('store_unavailable', message, { cause });
  }
  return new CarrelError('internal', `The database refused a statement of the server: ${rootMessage(cause)}.`, { cause });
}

/** Whether the same statement can work later. */
export function isPassing(error: unknown): boolean {
  return chain(error).some((link) => {
    const code = codeOf(link);
    if (code === null) return link instanceof Error && UNCODED.test(link.message);
    return SYSTEM_CODES.has(code) || (isSqlState(code) && PASSING_CLASSES.has(code.slice(0, 2)));
  });
}

/** Whether the values of the statement are what is wrong, so that it will never work. */
export function isAboutValues(error: unknown): boolean {
  return chain(error).some((link) => {
    const code = codeOf(link);
    return code !== null && isSqlState(code) && VALUE_CLASSES.has(code.slice(0, 2));
  });
}

/** The SQLSTATE of an error, or null. */
export function sqlState(error: unknown): string | null {
  return (
    chain(error)
      .map(codeOf)
      .find((code) => code !== null && isSqlState(code)) ?? null
  );
}

const isSqlState = (code: string) => /^[0-9A-Z]{5}$/.test(code) && !SYSTEM_CODES.has(code);

/** The error, its cause, the cause's cause: drizzle wraps what `pg` throws; an AggregateError has one per address that was tried. */
function chain(error: unknown): unknown[] {
  const links: unknown[] = [];
  for (let link = error; link !== undefined && link !== null && links.length < 8; link = (link as { cause?: unknown }).cause) {
    links.push(link);
    if (link instanceof AggregateError) links.push(...link.errors);
  }
  return links;
}

function codeOf(error: unknown): string | null {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : null;
}

/** The message of the innermost error, which says most. */
function rootMessage(error: unknown): string {
  const innermost = chain(error).at(-1);
  return innermost instanceof Error ? innermost.message || (codeOf(innermost) ?? innermost.name) : String(innermost);
}
