export type { Verdict, Whereabouts } from './decision.js';
export { judge } from './judge.js';
