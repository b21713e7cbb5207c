export { NotteApi } from './notte-api.js';
export type { NotteSocket, NotteSockets } from './sockets/sockets.js';
