import { once } from 'node:events';
import { expect, it } from 'vitest';
import { Child, type ChildOptions } from './child.js';

const NEVER = new AbortController().signal;

const shell = (script: string, options: Partial<ChildOptions> = {}) =>
  Child.start({ command: 'sh', args: ['-c', script], cwd: '/', env: process.env, stopSignal: 'SIGKILL', ...options });

const isGone = (pid: number) => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

it('should find what a program says on either stream, and end it', async () => {
  const child = await shell('echo nothing; echo "port 7" >&2; exec sleep 1000');
  expect(await child.firstLine((line) => /^port (\d+)$/.exec(line)?.[1], NEVER)).toBe('7');
  await child[Symbol.asyncDispose]();
  expect(isGone(child.pid)).toBe(true);
  await child[Symbol.asyncDispose]();
});

it('should say what a program said last that ends at its start', async () => {
  await using child = await shell('echo "no such database"; exit 3');
  await expect(child.firstLine(() => undefined, NEVER)).rejects.toThrow('no such database');
});

it('should let a program that is asked end by itself', async () => {
  const child = await shell('trap "echo bye; exit 0" TERM; echo up; while :; do read -r line || exit 1; done <&3', {
    stopSignal: 'SIGTERM',
    hasPipes: true,
  });
  await child.firstLine((line) => (line === 'up' ? line : undefined), NEVER);
  const bye = child.firstLine((line) => (line === 'bye' ? line : undefined), NEVER);
  await child[Symbol.asyncDispose]();
  expect(await bye).toBe('bye');
});

it('should give up waiting for a line when it is told to', async () => {
  await using child = await shell('exec sleep 1000');
  const stop = new AbortController();
  const waiting = child.firstLine(() => undefined, stop.signal);
  stop.abort();
  await expect(waiting).rejects.toThrow(/abort/i);
});

it('should talk to a program over its pipes', async () => {
  await using child = await shell('cat <&3 >&4', { hasPipes: true });
  child.pipes?.writable.write('hello');
  const [chunk] = child.pipes === undefined ? [] : await once(child.pipes.readable, 'data');
  expect(String(chunk)).toBe('hello');
});

it('should refuse a program that does not exist', async () => {
  await expect(Child.start({ command: '/no/such', args: [], cwd: '/', env: {}, stopSignal: 'SIGKILL' })).rejects.toThrow(
    'could not be started',
  );
});
