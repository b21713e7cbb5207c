import { routes } from '@carrel/protocol';
import type { Router } from '../http/routing.js';
import type { Store, TaskRow } from '../store/index.js';
import { submitTask, type TaskSubmission } from './submit-task.js';
import { toTask } from './to-task.js';

export interface TaskRoutesOptions extends TaskSubmission {
  readonly store: Pick<Store, 'tasks' | 'projects'>;
  /** The page where a person without an account can answer the question of a task. */
  readonly answerUrl: (row: TaskRow) => string | null;
}

/** Submit, see and steer tasks, and begin dead ones anew. */
export function taskRoutes(router: Router, options: TaskRoutesOptions): void {
  const { tasks } = options.store;
  const { answerUrl } = options;
  // Whoever has the link can answer, which a key that only reads may not.
  const seenBy = ({ scopes }: { scopes: readonly string[] }) => ({ answerUrl: scopes.includes('tasks:write') ? answerUrl : undefined });

  router.implement(routes.submitTask, async ({ caller, body }) => {
    const row = await submitTask(options, caller, body);
    return { taskId: row.id, sessionId: row.sessionId, status: 'pending' as const, createdAt: row.createdAt.toISOString() };
  });
  router.implement(routes.getTask, async ({ caller, params, query }) =>
    toTask(await tasks.get(caller.projectId, params.id), { ...seenBy(caller), include: query.include }),
  );
  router.implement(routes.cancelTask, async ({ caller, params }) => toTask(await tasks.cancel(caller.projectId, params.id)));
  router.implement(routes.pauseTask, async ({ caller, params }) => toTask(await tasks.pause(caller.projectId, params.id), seenBy(caller)));
  router.implement(routes.resumeTask, async ({ caller, params, body }) =>
    toTask(await tasks.resume(caller.projectId, params.id, body.answer)),
  );
  router.implement(routes.listDeadTasks, async ({ caller, query }) => {
    const { data, nextCursor } = await tasks.listDead(caller.projectId, query);
    return { data: data.map((row) => toTask(row)), nextCursor };
  });
  router.implement(routes.requeueTask, async ({ caller, params }) => toTask(await tasks.requeue(caller.projectId, params.id)));
  router.implement(routes.getStepScreenshot, async ({ caller, params }) => ({
    body: await tasks.screenshot(caller.projectId, params.id, params.n),
    contentType: 'image/jpeg',
  }));
}
