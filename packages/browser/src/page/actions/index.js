export { execute } from './execute.js';
export { explain } from './explain.js';
export { boxOf } from './picture.js';
export { labelOf, locate } from './place.js';
//# sourceMappingURL=index.js.map