import { routes } from '@carrel/protocol';
import type { Router } from '../http/routing.js';
import type { Settings } from '../settings/index.js';
import type { VerifiedKey } from '../store/index.js';
import type { EndUserCredentials } from './credentials.js';

/** What a request may hold where files may be larger: all of it is parsed at once, while the server does nothing else. */
const MAX_REQUEST_BYTES = 32 * 1024 * 1024;

/** What end users sign in with. */
export function credentialRoutes(
  router: Router,
  credentials: EndUserCredentials,
  { maxBodyBytes, maxFileBytes }: Pick<Settings, 'maxBodyBytes' | 'maxFileBytes'>,
): void {
  router.implement(
    routes.setCredentials,
    async ({ caller, params, body }) => {
      await credentials.set(actorOf(caller), params.id, body);
      return { ok: true as const };
    },
    { maxBodyBytes: Math.max(maxBodyBytes, Math.min(maxFileBytes, MAX_REQUEST_BYTES)) },
  );
  router.implement(routes.getCredentials, ({ caller, params }) =>
    credentials.describe({ projectId: caller.projectId, endUserId: params.id }),
  );
  router.implement(routes.deleteCredentials, async ({ caller, params, body }) => {
    return { ok: true as const, deleted: await credentials.delete(actorOf(caller), params.id, body) };
  });
}

const actorOf = ({ projectId, id }: VerifiedKey) => ({ projectId, apiKeyId: id });
