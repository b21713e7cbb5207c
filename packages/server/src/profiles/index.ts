export type { AttachedProfile } from './attached-profile.js';
export { findArchiveStore, openArchiveStore } from './open-archive-store.js';
export { type Attacher, Profiles } from './profiles.js';
export { profileRoutes } from './routes.js';
export type { SaveSource } from './saver.js';
export { ProfileTransfer } from './transfer.js';
export { profileTransferRoutes } from './transfer-routes.js';
