import { Worker } from 'node:worker_threads';
import { CarrelError } from '@carrel/protocol';
import type { Answer, Job } from './worker.js';

const MAX_HEAP_MB = 512;

/** Beside this file once built; tests run from the sources, which a worker cannot. */
const WORKER = import.meta.url.endsWith('.ts')
  ? new URL('../../../dist/profile/thread/worker.js', import.meta.url)
  : new URL('./worker.js', import.meta.url);

const tooHard = (why: string, cause?: unknown) =>
  new CarrelError('profile_damaged', `What the browser kept cannot be read: ${why}. Open an earlier version of the profile.`, { cause });

/** A thread that does one job after the other. It does not keep the process while it has none. */
export class Thread {
  readonly #worker = new Worker(WORKER, { resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB } });
  #settle: { resolve: (answer: Answer) => void; reject: (error: unknown) => void } | undefined;

  #isEnded = false;

  constructor() {
    this.#worker.unref();
    this.#worker.on('message', (answer: Answer) => this.#settle?.resolve(answer));
    this.#worker.on('error', (cause) => this.#settle?.reject(isOutOfMemory(cause) ? tooHard('it takes too much memory', cause) : cause));
    this.#worker.on('exit', () => {
      this.#isEnded = true;
      this.#settle?.reject(tooHard('the thread that reads it ended'));
    });
  }

  /** Ends the thread when the job fails for more than a reason of its own. */
  async perform(job: Job, timeoutMs: number): Promise<unknown> {
    let timer: NodeJS.Timeout | undefined;
    this.#worker.ref();
    try {
      const answer = await new Promise<Answer>((resolve, reject) => {
        timer = setTimeout(() => reject(tooHard(`it took longer than ${Math.round(timeoutMs / 1000)} s`)), timeoutMs);
        this.#settle = { resolve, reject };
        this.#worker.postMessage(job);
      }).catch(async (error: unknown) => {
        await this.end();
        throw error;
      });
      return resultOf(answer);
    } finally {
      clearTimeout(timer);
      this.#settle = undefined;
      this.#worker.unref();
    }
  }

  /** It can do no more jobs. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    await this.#worker.terminate();
  }
}

function resultOf(answer: Answer): unknown {
  if ('value' in answer) return answer.value;
  const { code, message } = answer.error;
  throw code === undefined ? new Error(message) : new CarrelError(code, message);
}

const isOutOfMemory = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
