export { type ReadStorage, type ReadStorageOptions, readStorage, writeStorage } from './storage.js';
