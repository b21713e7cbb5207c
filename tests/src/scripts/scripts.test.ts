import { execFile } from 'node:child_process';
import { access, chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CommandFailed, run } from '../../../scripts/command.mjs';
import { isAsLocked } from '../../../scripts/setup.mjs';
import { formatDuration, Terminal } from '../../../scripts/terminal.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));

interface Ended {
  readonly code: number;
  readonly stdout: string;
}

const execute = (program: string, args: string[], env: NodeJS.ProcessEnv = process.env) =>
  new Promise<Ended>((resolve) => {
    execFile(program, args, { cwd: root, env, timeout: 25_000 }, (error, stdout) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout }),
    );
  });

describe('.ci/run', () => {
  /** Runs it with an `npm` that does what the script says. */
  async function withNpm(script: string): Promise<Ended> {
    const directory = await mkdtemp(join(tmpdir(), 'npm-'));
    try {
      await writeFile(join(directory, 'npm'), `#!/bin/sh\n${script}\n`);
      await chmod(join(directory, 'npm'), 0o755);
      return await execute('bash', ['.ci/run'], { ...process.env, PATH: `${directory}:${process.env.PATH}` });
    } finally {
      await rm(directory, { recursive: true });
    }
  }
  const lastLine = ({ stdout }: Ended) => stdout.trimEnd().split('\n').at(-1);

  it('should call npm test and end with the last count that it printed', async () => {
    const ended = await withNpm('echo "$*"; echo "1 passed, 0 failed"; echo noise; echo "12 passed, 0 failed"; echo after');
    expect([ended.code, lastLine(ended)]).toEqual([0, '12 passed, 0 failed']);
    expect(ended.stdout).toMatch(/^test\n/);
  });

  it('should forward the exit code', async () => {
    const ended = await withNpm('echo "3 passed, 2 failed"; exit 7');
    expect([ended.code, lastLine(ended)]).toEqual([7, '3 passed, 2 failed']);
  });

  it.each([
    ['died', 'kill -9 $$', 137],
    ['forgot to count', 'true', 1],
  ])('should count a failure when npm test %s', async (_, script, code) => {
    const ended = await withNpm(script);
    expect([ended.code, lastLine(ended)]).toEqual([code, '0 passed, 1 failed']);
  });
});

describe('isAsLocked', () => {
  const wanted = { '': {}, 'node_modules/a': { version: '1.0.0', integrity: 'x' }, 'node_modules/b': { version: '2.0.0', optional: true } };

  it('should be content with what npm installs, optional packages of other platforms left out', () => {
    expect(isAsLocked(wanted, { 'node_modules/a': { version: '1.0.0', integrity: 'x' } })).toBe(true);
  });

  it.each([
    ['another version', { 'node_modules/a': { version: '1.0.1', integrity: 'x' } }],
    ['other content', { 'node_modules/a': { version: '1.0.0', integrity: 'y' } }],
    ['another command', { 'node_modules/a': { version: '1.0.0', integrity: 'x', bin: { a: 'a.js' } } }],
    ['a package missing', {}],
    ['a package too many', { 'node_modules/a': { version: '1.0.0', integrity: 'x' }, 'node_modules/c': { version: '1.0.0' } }],
  ])('should see %s', (_, installed) => {
    expect(isAsLocked(wanted, installed)).toBe(false);
  });
});

describe('start', () => {
  it.each([
    [['--nonsense'], "Unknown option '--nonsense'"],
    [['example.com'], 'Write it in full, as https://example.com'],
    [['https://a.example', 'https://b.example'], 'One URL at a time'],
  ])('should refuse %j before doing anything, with exit code 2', async (args, message) => {
    const { code, stdout } = await execute(process.execPath, ['scripts/start.mjs', ...args]);
    expect(code).toBe(2);
    expect(stdout).toContain(message);
  });

  it('should explain itself', async () => {
    const { code, stdout } = await execute(process.execPath, ['scripts/start.mjs', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('npm start -- --exit');
  });
});

describe('run', () => {
  it('should give what was printed, and with a failure too', async () => {
    expect(await run(['sh', '-c', 'echo out; echo err >&2'], { timeoutMs: 10_000 })).toContain('out');
    const failed = run(['sh', '-c', 'echo why; exit 3'], { timeoutMs: 10_000 });
    await expect(failed).rejects.toThrow('ended with exit code 3');
    await expect(failed).rejects.toMatchObject({ output: 'why\n' });
    await expect(run(['no-such-program'], { timeoutMs: 10_000 })).rejects.toThrow(CommandFailed);
  });

  it('should end a program that takes too long, and what it started', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'run-'));
    const pidFile = join(directory, 'pid');
    await expect(run(['sh', '-c', `sleep 1000 & echo $! > ${pidFile}; wait`], { timeoutMs: 300 })).rejects.toThrow('did not end within');
    const pid = Number(await readFile(pidFile, 'utf8'));
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
    await rm(directory, { recursive: true });
  });
});

/** A zombie counts as ended: reaping it is up to whoever adopted it. */
const isAlive = async (pid: number) => /^State:\s+[^ZX]/m.test(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''));

describe('Terminal', () => {
  const record = (options: { isTty?: boolean; env?: NodeJS.ProcessEnv }) => {
    const stream = Object.assign(new PassThrough(), { isTTY: options.isTty === true, columns: 80 });
    return { terminal: new Terminal(stream, options.env ?? {}), text: () => String(stream.read() ?? '') };
  };
  const ESCAPE = '\x1b';

  it('should print plain lines in a pipe, each once', async () => {
    const { terminal, text } = record({});
    const result = await terminal.step('Build', async (tell: (detail: string) => void) => {
      tell('tsc');
      return 42;
    });
    expect(result).toBe(42);
    expect(text()).toMatch(/^ {2}✓ Build {2}tsc +\d+ ms\n$/);
  });

  it('should use colour on a terminal, or when told to, and never with NO_COLOR', () => {
    for (const [options, isColoured] of [
      [{ isTty: true }, true],
      [{ env: { FORCE_COLOR: '1' } }, true],
      [{ isTty: true, env: { NO_COLOR: '1' } }, false],
      [{ isTty: true, env: { TERM: 'dumb' } }, false],
      [{}, false],
    ] as const) {
      const { terminal, text } = record(options);
      terminal.done('x');
      expect(text().includes(ESCAPE), JSON.stringify(options)).toBe(isColoured);
    }
  });

  it('should show a cross and throw on when work fails', async () => {
    const { terminal, text } = record({});
    const work = terminal.step('Build', () => {
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    expect(text()).toMatch(/^ {2}✗ Build/);
  });

  it('should never cut a line that can be pasted', () => {
    const { terminal, text } = record({ isTty: true, env: { NO_COLOR: '1' } });
    terminal.pairs([['URL', 'x'.repeat(200)]]);
    expect(text()).toContain('x'.repeat(200));
  });

  it('should break an answer between words, keeping its lines', () => {
    const { terminal, text } = record({ isTty: true, env: { NO_COLOR: '1' } });
    terminal.answer(`${'word '.repeat(30).trim()}\nsecond`);
    const lines = text().trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines.every((line) => line.length <= 80)).toBe(true);
    expect(lines.at(-1)).toBe('    │ second');
  });

  it.each([
    [412.4, '412 ms'],
    [1449, '1.4 s'],
    [123_400, '2 min 3 s'],
  ])('should say %s ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('README', () => {
  it('should show the first script as it is', async () => {
    const readme = await readFile(join(root, 'README.md'), 'utf8');
    expect(readme).toContain(`\`\`\`ts\n${await readFile(join(root, 'examples/src/first-script/index.ts'), 'utf8')}\`\`\``);
  });

  it('should link to files that are there', async () => {
    const docs = (await readdir(join(root, 'docs'), { recursive: true })).filter((path) => path.endsWith('.md'));
    for (const page of ['README.md', 'CONTRIBUTING.md', 'packages/sdk/README.md', ...docs.map((path) => `docs/${path}`)]) {
      const text = (await readFile(join(root, page), 'utf8')).replace(/^```[\s\S]*?^```/gm, '');
      for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
        await expect(access(join(root, page, '..', target)), `${page}: ${target}`).resolves.toBeUndefined();
      }
    }
  });
});
