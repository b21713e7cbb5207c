export { webhookRoutes } from './routes.js';
export { WebhookSender } from './sender.js';
