export { type Download, Downloads } from './downloads.js';
export { FileStore } from './store.js';
//# sourceMappingURL=index.d.ts.map