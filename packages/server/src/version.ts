import { createRequire } from 'node:module';

const manifest = createRequire(import.meta.url)('../package.json') as { version: string };

/** The version of this server, as in its package. */
export const VERSION = manifest.version;
