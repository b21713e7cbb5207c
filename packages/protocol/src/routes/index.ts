import { administrationRoutes } from './administration.js';
import { browserRoutes } from './browsers.js';
import { dashboardRoutes } from './dashboard.js';
import { endUserRoutes } from './end-users.js';
import { liveRoutes } from './live.js';
import { profileRoutes } from './profiles.js';
import { recordingRoutes } from './recordings.js';
import { taskRoutes } from './tasks.js';
import { webhookRoutes } from './webhooks.js';

export type { BinaryResponse, RouteContract } from './contract.js';

/** Every call of the API. */
export const routes = {
  ...browserRoutes,
  ...liveRoutes,
  ...recordingRoutes,
  ...profileRoutes,
  ...taskRoutes,
  ...endUserRoutes,
  ...webhookRoutes,
  ...administrationRoutes,
  ...dashboardRoutes,
} as const;

export type RouteName = keyof typeof routes;
