import { administrationRoutes } from './administration.js';
import { browserRoutes } from './browsers.js';
import { profileRoutes } from './profiles.js';

export type { BinaryResponse, RouteContract } from './contract.js';

/** Every call of the API. */
export const routes = { ...browserRoutes, ...profileRoutes, ...administrationRoutes } as const;

export type RouteName = keyof typeof routes;
