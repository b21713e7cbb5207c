import { routes, type Session, type SessionExport } from '@carrel/protocol';
import type { Router } from '../http/routing.js';
import type { Store, StoredSession, StoredSessionWithLogs, TaskRow } from '../store/index.js';
import { type TaskView, toTask } from '../tasks/to-task.js';
import { type CancelTask, removeSession } from './removal.js';

export interface SessionRoutesOptions {
  readonly store: Store;
  readonly cancel: CancelTask;
  /** The page where a person without an account can answer the question of a task. */
  readonly answerUrl: (row: TaskRow) => string | null;
}

/** Conversations: listed, read, exported and deleted. */
export function sessionRoutes(router: Router, { store, cancel, answerUrl }: SessionRoutesOptions): void {
  const { sessions } = store;
  router.implement(routes.listTasks, async ({ caller, query }) => {
    const { data, nextCursor } = await sessions.list(caller.projectId, query);
    return { sessions: data, nextCursor };
  });
  router.implement(routes.listSessions, ({ caller, query }) => sessions.list(caller.projectId, query));
  router.implement(routes.getSession, async ({ caller, params }) => {
    // Whoever has the link can answer, which a key that only reads may not.
    const view = caller.scopes.includes('tasks:write') ? { answerUrl } : {};
    return toSession(await sessions.get(caller.projectId, params.id), view);
  });
  router.implement(routes.exportSession, async ({ caller, params }) => exportOf(await sessions.withLogs(caller.projectId, params.id)));
  router.implement(routes.deleteSession, ({ caller, params }) => removeSession(store, cancel, caller.projectId, params.id));
}

function toSession({ session, tasks }: StoredSession, view: TaskView): Session {
  const { id: sessionId, endUserId, createdAt } = session;
  return { sessionId, endUserId, createdAt: createdAt.toISOString(), tasks: tasks.map((row) => toTask(row, view)) };
}

/** All that there is of a session. */
export function exportOf(stored: StoredSessionWithLogs): SessionExport {
  const tasks = stored.tasks.map((row) => {
    const { context = { previousContext: null, previousError: [] }, ...task } = toTask(row, { include: 'context' });
    return { ...task, context, events: stored.logs.get(row.id) ?? [] };
  });
  return { ...toSession(stored, {}), tasks };
}
