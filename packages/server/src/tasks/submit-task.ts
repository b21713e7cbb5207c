import { CarrelError, type Json, type Proxies, type SubmitTaskRequest } from '@carrel/protocol';
import type { Store, TaskRow } from '../store/index.js';

/** What the server can do for tasks: what it cannot is refused before there is one. */
export interface TaskChecks {
  /** @throws {CarrelError} `model_not_configured` when it has no key or address for the model */
  assertModel(name: string): void;
  /** Whether the server knows what the model costs. */
  hasPrice(name: string): boolean;
  /** @throws {CarrelError} `invalid_request` when it is no JSON Schema that answers can be checked with */
  assertSchema(schema: Record<string, Json>): Promise<void>;
  /** @throws {CarrelError} `no_exit_available` */
  assertExit(proxies: Proxies): void;
}

export interface TaskSubmission {
  readonly store: Pick<Store, 'tasks' | 'projects'>;
  readonly checks: TaskChecks;
  /** What tasks are done with when neither they nor their project say. */
  readonly defaultModel: string;
}

/**
 * Submits a turn.
 * @throws {CarrelError} `not_found`, `session_busy`, `queue_full`, `model_not_configured`, `no_exit_available`, `invalid_request`
 */
export async function submitTask(
  { store, checks, defaultModel }: TaskSubmission,
  { projectId }: { projectId: string },
  request: SubmitTaskRequest,
): Promise<TaskRow> {
  const model = request.model ?? (await store.projects.get(projectId))?.model ?? defaultModel;
  const models = [model, ...(request.fallbackModels ?? [])];
  for (const name of models) checks.assertModel(name);
  if (request.maxCostUsd !== undefined) refuseWithoutPrice(checks, models);
  if (request.proxies !== undefined) checks.assertExit(request.proxies);
  // The dear check comes last: it takes a thread.
  if (request.schema !== undefined) await checks.assertSchema(request.schema);
  return await store.tasks.submit({ projectId, request, model });
}

function refuseWithoutPrice(checks: TaskChecks, models: readonly string[]): void {
  const unknown = models.find((name) => !checks.hasPrice(name));
  if (unknown === undefined) return;
  throw new CarrelError(
    'model_not_configured',
    `maxCostUsd needs the price of ${unknown}, which this server does not know. Leave it out, or have the operator set CARREL_MODEL_PRICES.`,
    { details: { model: unknown } },
  );
}
