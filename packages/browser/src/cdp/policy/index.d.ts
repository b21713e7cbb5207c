export type { Whereabouts } from './decision.js';
export { judge } from './judge.js';
//# sourceMappingURL=index.d.ts.map