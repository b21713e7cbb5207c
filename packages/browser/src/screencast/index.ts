export type { Frame, PictureWants } from './frame.js';
export { Screencast, type Watching } from './screencast.js';
export type { WatcherOptions } from './watcher.js';
