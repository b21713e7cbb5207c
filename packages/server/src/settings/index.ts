export { apiKeyFile } from './api-key-file.js';
export { FIELDS as SETTINGS, type Settings } from './fields.js';
export { type LoadedSettings, loadSettings } from './load.js';
export { printableSettings } from './printable.js';
