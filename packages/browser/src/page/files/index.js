export { Downloads } from './downloads.js';
export { FileStore } from './store.js';
//# sourceMappingURL=index.js.map