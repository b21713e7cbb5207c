import type { Json, TaskContext } from '@carrel/protocol';
import { and, asc, desc, eq } from 'drizzle-orm';
import type { Queries } from './database.js';
import { tasks } from './schema/index.js';

/** Of UTF-8; of what is cut, the marker included. */
const MAX_BYTES = 8192;
const MARKER = '…[cut]';

/** What a turn that lands now is to know of the turns of its session before it. To be called with the session locked. */
export async function freezeContext(queries: Queries, sessionId: string): Promise<TaskContext> {
  const inSession = eq(tasks.sessionId, sessionId);
  const [last] = await queries
    .select({ result: tasks.result })
    .from(tasks)
    .where(and(inSession, eq(tasks.status, 'completed')))
    .orderBy(desc(tasks.finishedAt), desc(tasks.createdAt))
    .limit(1);
  const failed = await queries
    .select({ error: tasks.error })
    .from(tasks)
    .where(and(inSession, eq(tasks.status, 'failed')))
    .orderBy(asc(tasks.finishedAt), asc(tasks.createdAt));
  return {
    previousContext: last === undefined || last.result === null ? null : cutToBytes(asText(last.result), MAX_BYTES),
    previousError: newestWithin(
      failed.flatMap(({ error }) => (error === null ? [] : [error])),
      MAX_BYTES,
    ),
  };
}

const asText = (result: Json): string => (typeof result === 'string' ? result : JSON.stringify(result));

/** The text, or as many of its first characters as fit together with a marker that says that it was cut. */
export function cutToBytes(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes - Buffer.byteLength(MARKER);
  // 10xxxxxx goes on with a character that began before.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end) + MARKER;
}

/** The newest of the texts, which are given oldest first, that fit together; of the newest as much as fits. */
export function newestWithin(texts: readonly string[], maxBytes: number): string[] {
  const kept: string[] = [];
  let left = maxBytes;
  for (const text of [...texts].reverse()) {
    const fitting = kept.length === 0 ? cutToBytes(text, maxBytes) : text;
    left -= Buffer.byteLength(fitting);
    if (left < 0) break;
    kept.unshift(fitting);
  }
  return kept;
}
