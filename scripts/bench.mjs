// `npm run bench`: sets up what is missing, then measures (bench/README.md).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { explain, inRoot, setUp } from './setup.mjs';
import { Terminal } from './terminal.mjs';

const terminal = new Terminal();

async function main() {
  await setUp(terminal, { kinds: ['headless-shell'], projects: ['packages/cli', 'bench'] });
  const child = spawn(process.execPath, [inRoot('bench/dist/main.js'), ...process.argv.slice(2)], { stdio: 'inherit' });
  // Ctrl-C reaches the benchmark as well, which then ends what it started; what is sent to us alone is passed on.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, 'close');
  return code ?? 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = explain(terminal, error);
}
