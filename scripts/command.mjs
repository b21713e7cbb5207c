// Runs other programs for the scripts of this folder.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';

const KEPT_CHARS = 200_000;
const END_GRACE_MS = 10_000;

/** A program ended with something other than success, or could not be started, or took too long. */
export class CommandFailed extends Error {
  name = 'CommandFailed';

  constructor(command, what, output) {
    super(`${command.join(' ')} ${what}`);
    this.output = output;
  }
}

const running = new Set();

/** Ends a program and all that it started; those that are gone already need no ending. */
function endGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The whole group has ended.
  }
}

// A program in a group of its own does not get the terminal's Ctrl-C: pass on how we end.
const passOn = (signal) => {
  for (const child of running) endGroup(child, signal);
  process.exit(128 + constants.signals[signal]);
};
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

function begin(child) {
  if (running.size === 0) for (const signal of SIGNALS) process.on(signal, passOn);
  running.add(child);
}

function end(child) {
  running.delete(child);
  if (running.size === 0) for (const signal of SIGNALS) process.off(signal, passOn);
}

/**
 * Runs a program to its end and gives what it printed (both streams together).
 *
 * @param {string[]} command program and arguments
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs: number, onLine?: (line: string) => void}} options
 * @returns {Promise<string>}
 * @throws {CommandFailed} with its `output`
 */
export async function run(command, { cwd, env = process.env, timeoutMs, onLine }) {
  const [program, ...args] = command;
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let output = '';
  const take = (chunk) => {
    output = (output + chunk).slice(-KEPT_CHARS);
    const lines = String(chunk).split('\n').filter(Boolean);
    if (onLine !== undefined && lines.length > 0) onLine(lines.at(-1).trim());
  };
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  begin(child);
  let isLate = false;
  const timers = [
    setTimeout(() => {
      isLate = true;
      endGroup(child, 'SIGTERM');
    }, timeoutMs),
    setTimeout(() => endGroup(child, 'SIGKILL'), timeoutMs + END_GRACE_MS),
  ];
  try {
    const [code, signal] = await once(child, 'close');
    if (isLate) throw new CommandFailed(command, `did not end within ${Math.round(timeoutMs / 1000)} s`, output);
    if (code !== 0) throw new CommandFailed(command, code === null ? `was ended by ${signal}` : `ended with exit code ${code}`, output);
    return output;
  } catch (error) {
    if (error instanceof CommandFailed) throw error;
    throw new CommandFailed(command, `could not be started (${error.message})`, output);
  } finally {
    for (const timer of timers) clearTimeout(timer);
    end(child);
  }
}
