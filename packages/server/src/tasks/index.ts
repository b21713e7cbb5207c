export { taskRoutes } from './routes.js';
export { turnRunner } from './run-turn.js';
export type { TaskChecks } from './submit-task.js';
export { Worker } from './worker.js';
