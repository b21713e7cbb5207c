export { EndUserCredentials } from './credentials.js';
export { credentialRoutes } from './routes.js';
export { turnCredentialsOf } from './turn-credentials.js';
