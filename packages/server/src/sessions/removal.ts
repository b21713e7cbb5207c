import { CarrelError } from '@carrel/protocol';
import type { Store } from '../store/index.js';

/** A session that gets a turn more often than this while it is deleted is not given up by whoever uses it. */
const MAX_LOOKS = 10;

/** Cancels a task wherever it runs; one that has ended stays as it is. */
export type CancelTask = (projectId: string, taskId: string) => Promise<unknown>;

/**
 * Deletes a session with all its turns; those under way are cancelled first.
 * @throws {CarrelError} `not_found`, `conflict`
 */
export async function removeSession(store: Pick<Store, 'sessions'>, cancel: CancelTask, projectId: string, id: string): Promise<void> {
  for (let look = 0; look < MAX_LOOKS; look++) {
    const underWay = await store.sessions.deleteWhenOver(projectId, id);
    if (underWay.length === 0) return;
    for (const taskId of underWay) await cancelIfThere(cancel, projectId, taskId);
  }
  throw new CarrelError('conflict', `Session ${id} gets turn after turn while it is deleted. Submit no more, and ask again.`);
}

/** The same for a task that may have been deleted meanwhile. */
export async function cancelIfThere(cancel: CancelTask, projectId: string, taskId: string): Promise<void> {
  await cancel(projectId, taskId).catch((error: unknown) => {
    if (!(error instanceof CarrelError) || error.code !== 'not_found') throw error;
  });
}
