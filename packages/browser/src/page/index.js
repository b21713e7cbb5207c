export { Pages } from './pages.js';
//# sourceMappingURL=index.js.map