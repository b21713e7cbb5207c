import { routes } from '@carrel/protocol';
import type { Router } from '../http/routing.js';
import type { Settings } from '../settings/index.js';
import type { ProfileTransfer } from './transfer.js';

/** What an import may send where files may be larger: all of it is parsed at once, while the server does nothing else. */
const MAX_IMPORT_BYTES = 32 * 1024 * 1024;

/** In and out of profiles. */
export function profileTransferRoutes(
  router: Router,
  transfer: ProfileTransfer,
  { maxBodyBytes, maxFileBytes }: Pick<Settings, 'maxBodyBytes' | 'maxFileBytes'>,
): void {
  router.implement(routes.importProfile, ({ caller, params, body, signal }) => transfer.import(caller, params.id, body, signal), {
    maxBodyBytes: Math.max(maxBodyBytes, Math.min(maxFileBytes, MAX_IMPORT_BYTES)),
  });
  router.implement(routes.exportProfile, ({ caller, params, body, signal }) => transfer.export(caller, params.id, body, signal));
}
