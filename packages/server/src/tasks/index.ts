export { type ClaimedTurn, LeaseLost, type RunTurn, type TurnEnd } from './claimed-turn.js';
export { taskRoutes } from './routes.js';
export { turnRunner } from './run-turn.js';
export type { TaskChecks } from './submit-task.js';
export { toTask } from './to-task.js';
export { Worker } from './worker.js';
