import { EgressFailure, type EgressPolicy } from '@carrel/browser';
import { CarrelError, routes } from '@carrel/protocol';
import type { Router } from '../http/routing.js';
import type { Store } from '../store/index.js';
import { checkWritten } from './post.js';
import { describeRefusal } from './verdict.js';

/**
 * Webhooks of the caller's project, and the log of what they were told.
 * @param policy what may be delivered to
 */
export function webhookRoutes(router: Router, { webhooks, webhookDeliveries }: Store, policy: EgressPolicy): void {
  router.implement(routes.createWebhook, async ({ caller, body }) => {
    assertAllowed(body.url, policy);
    return await webhooks.create(caller.projectId, body);
  });
  router.implement(routes.listWebhooks, ({ caller, query }) => webhooks.list(caller.projectId, query));
  router.implement(routes.getWebhook, ({ caller, params }) => webhooks.get(caller.projectId, params.id));
  router.implement(routes.updateWebhook, async ({ caller, params, body }) => {
    if (body.url !== undefined) assertAllowed(body.url, policy);
    return await webhooks.update(caller.projectId, params.id, body);
  });
  router.implement(routes.deleteWebhook, ({ caller, params }) => webhooks.delete(caller.projectId, params.id));
  router.implement(routes.rotateWebhookSecret, ({ caller, params }) => webhooks.rotateSecret(caller.projectId, params.id));
  router.implement(routes.listDeliveries, ({ caller, params, query }) => webhookDeliveries.list(caller.projectId, params.id, query));
  router.implement(routes.redeliver, ({ caller, params }) => webhookDeliveries.redeliver(caller.projectId, params.id, params.deliveryId));
}

/** Says at once what would fail with each delivery. @throws {CarrelError} `invalid_request` */
function assertAllowed(url: string, policy: EgressPolicy): void {
  try {
    checkWritten(new URL(url), policy);
  } catch (cause) {
    if (!(cause instanceof EgressFailure)) throw cause;
    const message = describeRefusal(cause);
    throw new CarrelError('invalid_request', `"url" is not valid. ${message}`, { cause, details: { issues: [{ path: 'url', message }] } });
  }
}
