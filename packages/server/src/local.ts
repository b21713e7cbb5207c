/**
 * What a client on the server's own machine needs to find it. An entry of its own, so that such a client does not load all that runs a
 * server: `@carrel/server/local`.
 */
export { apiKeyFile, type LoadedSettings, loadSettings, printableSettings } from './settings/index.js';
