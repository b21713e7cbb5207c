import { PassThrough, Readable, Writable } from 'node:stream';
import { run } from '../index.js';

class Recorder extends Writable {
  readonly #chunks: Buffer[] = [];
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }
  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

export interface Outcome {
  exitCode: number;
  stdout: string;
  stderr: string;
  bytes: Buffer;
}

/** What somebody types or pipes in. */
export interface Input {
  text: string;
  /** Whether there is a terminal, for input and results. */
  isTTY?: boolean;
}

/** Runs `carrel` with these words in this process, with an environment of its own, no terminal but by `input`, and in an empty place. */
export async function runCarrel(
  words: readonly string[],
  env: NodeJS.ProcessEnv = {},
  cwd = '/',
  { text, isTTY = false }: Input = { text: '' },
): Promise<Outcome> {
  const stdout = Object.assign(new Recorder(), { isTTY });
  const stderr = new Recorder();
  const stdin = Object.assign(Readable.from([text]).pipe(new PassThrough()), { isTTY });
  const exitCode = await run(words, { stdout, stderr, stdin, env, cwd });
  return { exitCode, stdout: stdout.bytes.toString(), stderr: stderr.bytes.toString(), bytes: stdout.bytes };
}
