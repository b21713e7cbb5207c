import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeLeftovers, endProcesses, leftFiles, processesNaming, waitForQuiet } from './leftovers.js';

let directory: string;
const started: ChildProcess[] = [];

/** A process that says when it runs (its own child too) and then waits to be killed. */
async function start(options: { args?: string[]; env?: NodeJS.ProcessEnv; cwd?: string; script?: string }): Promise<number> {
  const script = options.script ?? 'process.stdout.write("up"); setInterval(() => {}, 1e6)';
  const child = spawn(process.execPath, ['-e', script, '--', ...(options.args ?? [])], {
    cwd: options.cwd ?? '/',
    env: options.env ?? {},
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  started.push(child);
  await once(child.stdout, 'data');
  return child.pid ?? -1;
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'left-'));
});

afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await rm(directory, { recursive: true });
});

describe.runIf(process.platform === 'linux')('processesNaming', () => {
  it('should find a process by its command line, environment and working directory', async () => {
    const byCommand = await start({ args: [`--user-data-dir=${directory}/profile`] });
    const byEnvironment = await start({ env: { TMPDIR: directory } });
    const byCwd = await start({ cwd: directory });
    const found = await processesNaming(directory);
    expect(new Map(found.map(({ pid, because }) => [pid, because]))).toEqual(
      new Map([
        [byCommand, 'command line'],
        [byEnvironment, 'environment'],
        [byCwd, 'working directory'],
      ]),
    );
  });

  it('should find a process by a file it holds open', async () => {
    const path = join(directory, 'socket');
    const pid = await start({
      script: `require('fs').openSync(Buffer.from('${Buffer.from(path).toString('hex')}', 'hex'), 'w'); process.stdout.write('up'); setInterval(() => {}, 1e6)`,
    });
    expect(await processesNaming(directory)).toMatchObject([{ pid, because: 'open file' }]);
  });

  it('should find the child of a process that names the directory, though the child does not', async () => {
    const script = `const c = require('child_process').spawn('sleep', ['1000'], { env: {} , stdio: 'ignore', detached: true });
      c.on('spawn', () => process.stdout.write(String(c.pid))); setInterval(() => {}, 1e6)`;
    const parent = await start({ script, env: { TMPDIR: directory } });
    const found = await processesNaming(directory);
    expect(found.map(({ because }) => because).sort()).toEqual(['child of one', 'environment']);
    await endProcesses(found.filter(({ pid }) => pid !== parent));
  });

  it('should find nothing of a process that has ended, nor our own', async () => {
    const pid = await start({ args: [directory] });
    await endProcesses(await processesNaming(directory));
    await waitForQuiet(directory, 10_000);
    expect(await processesNaming(directory)).toEqual([]);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});

describe('leftFiles', () => {
  it('should list what is left, and leave out compile caches of tools', async () => {
    await writeFile(join(directory, 'download.bin'), '');
    await writeFile(join(directory, 'node-compile-cache'), '');
    expect(await leftFiles(directory)).toEqual(['download.bin']);
  });
});

describe('describeLeftovers', () => {
  it('should name each process and file', () => {
    const text = describeLeftovers([{ pid: 7, command: 'chromium --x', because: 'environment' }], ['a/b']);
    expect(text).toContain('1 processes and 1 files');
    expect(text).toContain('process 7 (environment): chromium --x');
    expect(text).toContain('file $TMPDIR/a/b');
  });
});
