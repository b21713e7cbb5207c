export { copyKept, type KeptSize, measureKept } from './copy.js';
export { openArchive } from './open.js';
export { type SealedArchive, sealArchive } from './seal.js';
