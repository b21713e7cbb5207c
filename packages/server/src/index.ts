export { diagnose, type Finding } from './doctor/index.js';
export { type CarrelServer, type ServerOptions, startServer } from './server.js';
export {
  apiKeyFile,
  type LoadedSettings,
  loadSettings,
  printableSettings,
  type Settings,
} from './settings/index.js';
export { VERSION } from './version.js';
