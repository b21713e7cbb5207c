export { Control } from './control.js';
export { type LiveCaller, LiveDoor } from './door.js';
export { liveFiles } from './file-routes.js';
export { type GoodLink, LiveLinks } from './links.js';
export { liveRoutes } from './routes.js';
