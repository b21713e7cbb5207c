import { Socket } from 'node:net';
import { CarrelApiError } from '@carrel/sdk';
import { CommanderError } from 'commander';
import { type ExitCode, exitCodeOf } from './exit-codes.js';
import { createProgram } from './program.js';
import { printable, type Surroundings, Terminal } from './terminal.js';

export { createProgram } from './program.js';
export { type Surroundings, Terminal } from './terminal.js';

/**
 * Runs the `carrel` command.
 *
 * @param words what follows `carrel` on the command line
 * @returns the exit code, as `carrel --help` lists them
 */
export async function run(words: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const terminal = new Terminal(surroundings);
  try {
    await createProgram(terminal).parseAsync(words, { from: 'user' });
    return terminal.exitCode;
  } catch (error) {
    report(error, terminal);
    return exitCodeOf(error);
  }
}

/** Runs the command in this process. */
export async function main(): Promise<void> {
  // Whoever reads our output may stop before its end, as `head` does; that is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  const { stdout, stderr, stdin, env } = process;
  process.exitCode = await run(process.argv.slice(2), { stdout, stderr, stdin, env, cwd: process.cwd() });
  // A pipe that was read from and is still open at its other end would keep this process alive.
  if ((stdin as NodeJS.ReadableStream) instanceof Socket) stdin.unref();
}

function report(error: unknown, terminal: Terminal): void {
  if (error instanceof CommanderError) return; // Commander has said it already.
  const { stderr } = terminal.surroundings;
  const message = error instanceof Error ? error.message : String(error);
  const details = detailsOf(error);
  if (terminal.isJson) {
    const code = error instanceof Error && 'code' in error ? error.code : 'failed';
    const requestId = error instanceof CarrelApiError ? { requestId: error.requestId } : {};
    stderr.write(`${JSON.stringify({ error: message, code, details: details ?? {}, ...requestId })}\n`);
    return;
  }
  const { red, dim } = terminal.noteColors;
  const lines = [`${red('✗')} ${printable(message)}`];
  if (error instanceof AggregateError) lines.push(...error.errors.map((one) => `  ${one instanceof Error ? one.message : one}`));
  lines.push(...detailLines(details).map((line) => dim(printable(line))));
  if (error instanceof CarrelApiError && error.code === 'unauthorized') {
    lines.push(
      'Set CARREL_API_KEY. A server on this machine keeps its key in its data directory, as `carrel config` shows: <dataDir>/api-key',
    );
  }
  if (error instanceof CarrelApiError && error.code === 'internal') lines.push(dim(`Request ${error.requestId}`));
  stderr.write(`${lines.join('\n')}\n`);
}

/** What the message has not said: of a request that is not valid it has the first mistake, and names the fields that are not known. */
function detailLines({ issues, fields: _, ...others }: Record<string, unknown> = {}): string[] {
  const more = Array.isArray(issues) ? (issues as { path: string; message: string }[]).slice(1) : [];
  const lines = more.map(({ path, message }) => `  ${path === '' ? 'The request' : `"${path}"`} ${message}`);
  return Object.keys(others).length === 0 ? lines : [...lines, JSON.stringify(others)];
}

const detailsOf = (error: unknown): Record<string, unknown> | undefined => (error instanceof CarrelApiError ? error.details : undefined);
