import { setTimeout as delay } from 'node:timers/promises';
import { CarrelError } from '@carrel/protocol';
import type { Logger } from 'pino';
import type { BrowserRegistry } from '../browsers/registry.js';
import type { Profiles } from '../profiles/index.js';
import { type CancelTask, cancelIfThere } from '../sessions/index.js';
import { type Actor, END_USERS_CHANNEL, type NotOver, readEndUserName, type Store } from '../store/index.js';
import { allProfiles } from './all-profiles.js';

/** How long the browsers that other servers have of an end user may take to close, saving what they are to save. */
const CLOSE_TIMEOUT_MS = 30_000;
const LOOK_EVERY_MS = 250;

export interface EndUserRemoval {
  readonly store: Store;
  readonly registry: BrowserRegistry;
  readonly profiles: Profiles;
  readonly cancel: CancelTask;
}

/**
 * Deletes all that there is of an end user. Their browsers are closed and their turns cancelled first, on whatever server they are. What was
 * deleted before something refused stays deleted; asking again goes on.
 * @throws {CarrelError} `not_found`; `profile_locked` when a browser of somebody else has one of their profiles; `conflict` when something
 * of theirs does not end
 */
export async function removeEndUser({ store, registry, profiles, cancel }: EndUserRemoval, actor: Actor, endUserId: string): Promise<void> {
  const name = { projectId: actor.projectId, endUserId };
  await store.endUserRecords.get(name);
  const deadline = Date.now() + CLOSE_TIMEOUT_MS;
  for (;;) {
    await store.endUserRecords.tellToClose(name);
    await registry.closeOfEndUser(name);
    for (const { id } of await allProfiles(profiles, name)) await profiles.delete(actor, id);
    const notOver = await store.endUserRecords.deleteWhenOver(actor, endUserId);
    if (notOver === null) return;
    for (const taskId of notOver.tasks) await cancelIfThere(cancel, name.projectId, taskId);
    if (Date.now() >= deadline) throw notEnding(endUserId, notOver);
    // A server says nothing when the row of a browser that it closed is written, so that one has to look.
    if (notOver.browsers.length > 0) await delay(LOOK_EVERY_MS);
  }
}

/** Closes the browsers of this server whose end users are deleted, by whatever server. @returns ends it */
export function closeBrowsersOfDeleted(store: Store, registry: BrowserRegistry, logger: Logger): () => void {
  return store.listen(END_USERS_CHANNEL, (text) => {
    if (text === null) return; // whoever deletes says it again
    registry.closeOfEndUser(readEndUserName(text)).catch((error: unknown) => {
      logger.error({ err: error }, 'browsers of an end user that is deleted could not be closed');
    });
  });
}

function notEnding(endUserId: string, { browsers, profiles }: NotOver): CarrelError {
  const others = profiles > 0 ? 'Profile after profile is made' : 'Turn after turn is submitted';
  const what = browsers.length > 0 ? `Browsers ${browsers.join(', ')} do not end` : others;
  return new CarrelError('conflict', `${what} while the end user ${JSON.stringify(endUserId)} is deleted. Ask again.`, {
    details: { browsers },
  });
}
