export { Recordings } from './recordings.js';
export { recordingRoutes } from './routes.js';
