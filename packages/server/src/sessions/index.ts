export { type CancelTask, cancelIfThere } from './removal.js';
export { exportOf, sessionRoutes } from './routes.js';
