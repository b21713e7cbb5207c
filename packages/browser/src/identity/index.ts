export { asRequest } from './continue.js';
export { type DescribedIdentity, describeIdentity } from './describe.js';
export { IdentityClient } from './identity-client.js';
export { launchOf } from './launch.js';
export { type ResolveOptions, resolveIdentity } from './resolve.js';
