import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import ora, { type Ora } from 'ora';
import { createColors } from 'picocolors';
import { EXIT, type ExitCode, UsageError } from './exit-codes.js';
import { InputLines } from './input-lines.js';
import { Live } from './live.js';

type Output = NodeJS.WritableStream & { isTTY?: boolean; columns?: number };

/** What a command runs in: its streams, environment and working directory. */
export interface Surroundings {
  stdout: Output;
  stderr: Output;
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  env: NodeJS.ProcessEnv;
  cwd: string;
}

/** What a command says, and how it ends. Results go to stdout; progress and remarks to stderr. */
export class Terminal {
  readonly surroundings: Surroundings;
  /** For results; plain where stdout is no terminal or NO_COLOR is set. */
  readonly colors: ReturnType<typeof createColors>;
  /** For progress, remarks and errors. */
  readonly noteColors: ReturnType<typeof createColors>;
  /** Set with `--json`: results are JSON, and there is no progress. */
  isJson = false;
  exitCode: ExitCode = EXIT.ok;
  /** Of input that is no terminal: whatever comes in one piece is read line by line. */
  #inputLines: InputLines | undefined;
  /** What a person has answered to `ask`, newest first. */
  readonly #history: string[] = [];

  constructor(surroundings: Surroundings) {
    this.surroundings = surroundings;
    this.colors = createColors(wantsColor(surroundings.stdout, surroundings.env));
    this.noteColors = createColors(wantsColor(surroundings.stderr, surroundings.env));
  }

  /** One or more lines of the result. */
  print(text: string): void {
    this.surroundings.stdout.write(`${text}\n`);
  }

  /** The result: as JSON when that was asked for, else as a person reads it. */
  result(value: unknown, readable: () => string): void {
    this.print(this.isJson ? JSON.stringify(value, null, 2) : readable());
  }

  /** Bytes of the result, as they are. */
  bytes(content: Uint8Array): void {
    this.surroundings.stdout.write(content);
  }

  /** A remark beside the result. */
  note(text: string): void {
    if (!this.isJson) this.surroundings.stderr.write(`${text}\n`);
  }

  /** Does something while a person on a terminal sees that it goes on. */
  async progress<T>(text: string, work: () => Promise<T>): Promise<T> {
    const spinner = this.#spinner(text);
    try {
      return await work();
    } finally {
      spinner?.stop();
    }
  }

  /** Remarks that come one after another while something goes on, which a person on a terminal sees. */
  live(text: string): Live {
    return new Live((line) => this.note(line), this.#spinner(text));
  }

  #spinner(text: string): Ora | undefined {
    const { stderr, env } = this.surroundings;
    // Decided here, by the surroundings that were given: ora would look at the process's own.
    // A terminal without a width (some pseudo-terminals have none) would keep the spinner counting lines for ever.
    if (this.isJson || !stderr.isTTY || !stderr.columns || env.TERM === 'dumb') return undefined;
    return ora({ text, stream: stderr, discardStdin: false, isEnabled: true }).start();
  }

  /** The next line of the input, without what ends it; undefined at its end, or when the signal says to wait no longer. */
  nextLine(signal?: AbortSignal): Promise<string | undefined> {
    const { stdin } = this.surroundings;
    if (!stdin.isTTY) {
      this.#inputLines ??= new InputLines(stdin);
      return this.#inputLines.next(signal);
    }
    return new Promise((resolve) => {
      // Not as a terminal: the system goes on to make a signal of Ctrl-C, and shows what is typed.
      const lines = createInterface({ input: stdin, terminal: false, ...(signal && { signal }) });
      lines.once('line', (line) => {
        resolve(line);
        lines.close();
      });
      lines.once('close', () => resolve(undefined));
    });
  }

  /**
   * A line that a person on a terminal is asked for, with editing and history; elsewhere the next line of the input. Undefined at its end, or
   * when the signal says to wait no longer.
   *
   * @throws Interrupted at Ctrl-C
   */
  ask(question: string, signal?: AbortSignal): Promise<string | undefined> {
    const { stdin, stderr } = this.surroundings;
    if (!stdin.isTTY) return this.nextLine(signal);
    const lines = createInterface({ input: stdin, output: stderr, terminal: true, history: [...this.#history], ...(signal && { signal }) });
    return new Promise<string | undefined>((resolve, reject) => {
      lines.once('SIGINT', () => reject(new Interrupted('Interrupted.'))); // As a terminal it is ours to handle Ctrl-C.
      lines.once('line', (line) => {
        if (line.trim() !== '') this.#history.unshift(line);
        resolve(line);
      });
      lines.once('close', () => resolve(undefined));
      lines.setPrompt(question);
      lines.prompt();
    }).finally(() => lines.close());
  }

  /** A line that a person on a terminal types without its being shown; elsewhere the next line of the input. Undefined at its end. */
  secret(question: string): Promise<string | undefined> {
    const { stdin, stderr } = this.surroundings;
    if (!stdin.isTTY) return this.nextLine();
    stderr.write(question);
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    const lines = createInterface({ input: stdin, output: nowhere, terminal: true });
    return new Promise((resolve, reject) => {
      lines.once('SIGINT', () => reject(new UsageError('Nothing was typed.'))); // As a terminal it is ours to handle Ctrl-C.
      lines.once('line', resolve);
      lines.once('close', () => resolve(undefined));
    }).finally(() => {
      lines.close();
      stderr.write('\n');
    }) as Promise<string | undefined>;
  }

  /** Asks a person on a terminal whether to go on. Where there is none, whoever wrote the command has said so by writing it. */
  async confirm(question: string): Promise<boolean> {
    const { stdin, stderr } = this.surroundings;
    if (!stdin.isTTY) return true;
    stderr.write(`${question} [y/N] `);
    return /^y(es)?$/i.test((await this.nextLine())?.trim() ?? '');
  }

  /** Rows under a head, each column as wide as it needs. */
  table(head: string[], rows: string[][]): string {
    const all = [head, ...rows];
    const widths = head.map((_, column) => Math.max(...all.map((row) => visibleLength(row[column] ?? ''))));
    const line = (row: string[]) => row.map((text, column) => text + ' '.repeat((widths[column] ?? 0) - visibleLength(text))).join('  ');
    return [this.colors.dim(line(head).trimEnd()), ...rows.map((row) => line(row).trimEnd())].join('\n');
  }

  /** Names and values, one a line. */
  fields(entries: readonly (readonly [string, string])[]): string {
    const width = Math.max(0, ...entries.map(([name]) => name.length));
    return entries.map(([name, value]) => `${this.colors.dim(name.padEnd(width))}  ${value}`).join('\n');
  }
}

/** Ctrl-C at a question. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

function wantsColor(stream: Output, env: NodeJS.ProcessEnv): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0';
  return stream.isTTY === true && env.TERM !== 'dumb';
}

const visibleLength = (text: string): number => stripVTControlCharacters(text).length;

/** Text of a page or a caller, made safe to show: no control characters that would drive the terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is replaced
export const printable = (text: string): string => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd');
