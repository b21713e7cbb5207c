export type { RecordedTurn } from './recorder.js';
export { Recordings } from './recordings.js';
export { recordingRoutes } from './routes.js';
