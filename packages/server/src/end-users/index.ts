export { EndUserCredentials } from './credentials.js';
export { endUserRoutes } from './end-user-routes.js';
export { Logins } from './login.js';
export { closeBrowsersOfDeleted, removeEndUser } from './removal.js';
export { credentialRoutes } from './routes.js';
export { turnCredentialsOf } from './turn-credentials.js';
export { pageWithoutCredentials } from './turn-page.js';
