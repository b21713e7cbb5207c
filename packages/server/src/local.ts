/**
 * What a client on the server's own machine needs to find it, and what it does as the server does. An entry of its own, so that such a client
 * does not load all that runs a server: `@carrel/server/local`.
 */
export { matchesUrl } from '@carrel/protocol';
export { apiKeyFile, type LoadedSettings, loadSettings, printableSettings, SETTINGS } from './settings/index.js';
