import type { ModelUsage, Task } from '@carrel/protocol';
import type { TaskRow } from '../store/index.js';

export interface TaskView {
  /** The page where a person without an account can answer the question of a task. Left out: nobody is shown it. */
  readonly answerUrl?: ((row: TaskRow) => string | null) | undefined;
  /** What is only shown when it is asked for. */
  readonly include?: 'context' | undefined;
}

/** A turn as callers see it. */
export function toTask(row: TaskRow, view: TaskView = {}): Task {
  const { request, context, waitingFor, htmlDump } = row;
  const structured = request.schema === undefined ? null : row.result;
  const asksHuman = waitingFor?.reason === 'human' || waitingFor?.reason === 'captcha';
  return {
    taskId: row.id,
    sessionId: row.sessionId,
    endUserId: row.endUserId,
    task: request.task,
    status: row.status,
    stopReason: row.stopReason,
    result: row.result,
    structured_content: structured,
    structuredContent: structured,
    ...(htmlDump !== null && { html_dump: htmlDump, htmlDump }),
    ...(row.error !== null && { error: row.error }),
    ...(row.errorCode !== null && { errorCode: row.errorCode }),
    model: row.model,
    totalSteps: row.steps.length,
    durationMs: durationMs(row),
    visitedUrls: row.visitedUrls,
    stepSummaries: row.steps,
    usage: row.usage,
    costUsd: costOf(row.usage),
    waitingFor: waitingFor === null ? null : { ...waitingFor, url: asksHuman ? (view.answerUrl?.(row) ?? null) : null },
    startUrl: request.startUrl ?? null,
    schema: request.schema ?? null,
    maxSteps: request.maxSteps,
    metadata: request.metadata ?? {},
    browserId: row.browserId,
    attempt: row.attempt,
    isDead: row.isDead,
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
    updatedAt: row.updatedAt.toISOString(),
    ...(view.include === 'context' && { context: context ?? { previousContext: null, previousError: [] } }),
  };
}

/** `ranMs` is right as of the last change of the row; what has run since comes on top. */
function durationMs({ status, ranMs, updatedAt }: TaskRow): number {
  return status === 'running' ? ranMs + Math.max(0, Date.now() - updatedAt.getTime()) : ranMs;
}

/** Null when one price is not known; nothing was spent where no model was called. */
function costOf(usage: readonly ModelUsage[]): number | null {
  let sum = 0;
  for (const { costUsd } of usage) {
    if (costUsd === null) return null;
    sum += costUsd;
  }
  return sum;
}
