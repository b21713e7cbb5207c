export type { Change } from './batch.js';
export { ByteReader, damaged, varint } from './bytes.js';
export { directoryBelow, listDirectory, openBounded, readBounded } from './files.js';
export { readLevelDb } from './read.js';
export { appendToLevelDb, BYTEWISE_COMPARATOR, writeLevelDb } from './write.js';
