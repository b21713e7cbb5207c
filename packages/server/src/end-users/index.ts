export { EndUserCredentials } from './credentials.js';
export { credentialRoutes } from './routes.js';
