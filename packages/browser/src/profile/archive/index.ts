export { copyKept, measureKept } from './copy.js';
export { openArchive } from './open.js';
export { sealArchive } from './seal.js';
