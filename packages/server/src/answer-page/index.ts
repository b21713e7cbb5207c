export { answerPage, answerUrlOf } from './routes.js';
