#!/usr/bin/env node
// Plain JavaScript and committed, because npm links no bin that does not exist yet when it installs.
import { existsSync } from 'node:fs';

const built = new URL('../dist/index.js', import.meta.url);
if (existsSync(built)) {
  const { main } = await import(built.href);
  await main();
} else {
  console.error('carrel is not built yet. In the clone, run: npm ci && npm run build');
  process.exitCode = 2;
}
