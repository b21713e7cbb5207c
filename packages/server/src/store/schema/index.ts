// The tables. After a change: `npx drizzle-kit generate --config packages/server/drizzle.config.ts` writes the migration.
export { browserEvents, browsers, recordings } from './browsers.js';
export { credentials, endUsers } from './end-users.js';
export { notteAgents, notteVaults } from './notte.js';
export { profileHolds, profiles, profileVersions } from './profiles.js';
export { apiKeys, auditEvents, dashboardSessions, projectEvents, projects, signInCodes } from './projects.js';
export { browserPlaces, deployment, idempotencyKeys, nodes } from './servers.js';
export { sessions, taskEvents, taskScreenshots, tasks } from './tasks.js';
export { webhookDeliveries, webhooks } from './webhooks.js';
