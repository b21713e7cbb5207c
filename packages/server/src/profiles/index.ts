export type { AttachedProfile } from './attached-profile.js';
export { findArchiveStore, openArchiveStore } from './open-archive-store.js';
export { Profiles } from './profiles.js';
export { profileRoutes } from './routes.js';
export { ProfileTransfer } from './transfer.js';
export { profileTransferRoutes } from './transfer-routes.js';
