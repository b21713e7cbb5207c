export type { AttachedProfile } from './attached-profile.js';
export { openArchiveStore } from './open-archive-store.js';
export { type Attacher, Profiles } from './profiles.js';
export { profileRoutes } from './routes.js';
export type { SaveSource } from './saver.js';
