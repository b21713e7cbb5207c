import { routes } from '@carrel/protocol';
import type { Router } from '../http/routing.js';
import type { Settings } from '../settings/index.js';
import type { ProfileTransfer } from './transfer.js';

/** In and out of profiles. What comes in may be as large as a file. */
export function profileTransferRoutes(
  router: Router,
  transfer: ProfileTransfer,
  { maxBodyBytes, maxFileBytes }: Pick<Settings, 'maxBodyBytes' | 'maxFileBytes'>,
): void {
  router.implement(routes.importProfile, ({ caller, params, body, signal }) => transfer.import(caller, params.id, body, signal), {
    maxBodyBytes: Math.max(maxBodyBytes, maxFileBytes),
  });
  router.implement(routes.exportProfile, ({ caller, params, body, signal }) => transfer.export(caller, params.id, body, signal));
}
