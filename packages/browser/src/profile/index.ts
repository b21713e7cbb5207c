export { copyKept, type KeptSize, measureKept, openArchive, type SealedArchive, sealArchive } from './archive/index.js';
export type { ProfileArchive, ProfileSnapshot, ProfileState } from './state.js';
