import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'drizzle-kit';

/** drizzle-kit puts `./` before the directory that it reads and writes: an absolute path would not be found. */
const inHere = (path: string) => relative(process.cwd(), fileURLToPath(new URL(path, import.meta.url)));

export default defineConfig({
  dialect: 'postgresql',
  schema: inHere('./src/store/schema/*.ts'),
  out: inHere('./migrations'),
  schemaFilter: ['carrel'],
});
