import { routes } from '@carrel/protocol';
import type { Router } from '../http/routing.js';
import type { Store } from '../store/index.js';

/** Webhooks of the caller's project, and the log of what they were told. */
export function webhookRoutes(router: Router, { webhooks, webhookDeliveries }: Store): void {
  router.implement(routes.createWebhook, ({ caller, body }) => webhooks.create(caller.projectId, body));
  router.implement(routes.listWebhooks, ({ caller, query }) => webhooks.list(caller.projectId, query));
  router.implement(routes.getWebhook, ({ caller, params }) => webhooks.get(caller.projectId, params.id));
  router.implement(routes.updateWebhook, ({ caller, params, body }) => webhooks.update(caller.projectId, params.id, body));
  router.implement(routes.deleteWebhook, ({ caller, params }) => webhooks.delete(caller.projectId, params.id));
  router.implement(routes.rotateWebhookSecret, ({ caller, params }) => webhooks.rotateSecret(caller.projectId, params.id));
  router.implement(routes.listDeliveries, ({ caller, params, query }) => webhookDeliveries.list(caller.projectId, params.id, query));
  router.implement(routes.redeliver, ({ caller, params }) => webhookDeliveries.redeliver(caller.projectId, params.id, params.deliveryId));
}
