import { join } from 'node:path';

/** Where a server keeps the API key that it made on its first start, for clients on the same machine. */
export const apiKeyFile = (dataDir: string) => join(dataDir, 'api-key');
