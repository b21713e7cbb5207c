export { Fleet } from './fleet.js';
