import { fileURLToPath } from 'node:url';
import { defineConfig } from 'drizzle-kit';

const inHere = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  dialect: 'postgresql',
  schema: inHere('./src/store/schema.ts'),
  out: inHere('./migrations'),
  schemaFilter: ['carrel'],
});
