export { type HandListener, type HandMessage, Hands } from './hands.js';
export { followShown, type Shown } from './shown.js';
