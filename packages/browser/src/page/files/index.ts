export { type Download, Downloads } from './downloads.js';
export { safeName } from './names.js';
export { FileStore } from './store.js';
