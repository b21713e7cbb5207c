export { doTurn } from './do-turn.js';
export { showResult, statusText, taskFields } from './task-text.js';
export { addTurnOptions, type TurnOptions, toTaskRequest } from './turn-options.js';
