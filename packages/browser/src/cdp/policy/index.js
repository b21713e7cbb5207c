export { judge } from './judge.js';
//# sourceMappingURL=index.js.map