import { Worker } from 'node:worker_threads';
import { CarrelError, type Json } from '@carrel/protocol';
import pLimit from 'p-limit';
import type { Job, Verdict } from './worker.js';

const MAX_SCHEMA_CHARS = 100_000;
const MAX_SCHEMA_DEPTH = 64;
const START_MS = 30_000;
const WORK_MS = 5_000;
const HEAP_MB = 128;

/** Beside this file once built; tests run from the sources, which a worker cannot. */
const WORKER = import.meta.url.endsWith('.ts')
  ? new URL('../../dist/result/worker.js', import.meta.url)
  : new URL('./worker.js', import.meta.url);

const threads = pLimit(4);
let newSchemas = 0;
/** Schemas of new tasks that are checked or wait for it: one more is told to come again. Turns under way wait, until their time is over. */
const MAX_NEW = 16;
const RETRY_AFTER_SECONDS = 5;

/** A JSON Schema that results are to be valid against. */
export interface ResultSchema {
  /** What is wrong with a value, in words; empty when it is valid. Rejects with the reason of `signal`. */
  errorsOf(value: Json, signal?: AbortSignal): Promise<string[]>;
}

/**
 * Reads a caller's JSON Schema: 2020-12, or draft 7 where `$schema` says so. It is compiled and used in a thread of its own with little time
 * and memory, since it may be made to take both: patterns that backtrack for ever, references that multiply.
 * @param signal of a turn under way, which waits for a thread until it is aborted; without it, the line is bounded
 * @throws {CarrelError} `invalid_request`, `queue_full`
 */
export async function compileSchema(schema: Record<string, Json>, signal?: AbortSignal): Promise<ResultSchema> {
  if (isDeeperThan(schema, MAX_SCHEMA_DEPTH)) throw badSchema(`it is nested more than ${MAX_SCHEMA_DEPTH} deep`);
  if (JSON.stringify(schema).length > MAX_SCHEMA_CHARS) throw badSchema(`it has more than ${MAX_SCHEMA_CHARS} characters`);
  const verdict = await (signal === undefined ? inLine({ schema, values: [] }) : inThread({ schema, values: [] }, signal));
  if ('schemaError' in verdict) throw badSchema(verdict.schemaError);
  return {
    errorsOf: async (value, signal) => {
      const found = await inThread({ schema, values: [value] }, signal);
      return 'schemaError' in found ? [found.schemaError] : (found.errors[0] ?? []);
    },
  };
}

async function inLine(job: Job): Promise<Verdict> {
  if (newSchemas >= MAX_NEW) {
    throw new CarrelError('queue_full', `${MAX_NEW} schemas wait to be checked. Submit the task again in ${RETRY_AFTER_SECONDS} s.`, {
      details: { limit: MAX_NEW, used: newSchemas, retryAfterSeconds: RETRY_AFTER_SECONDS },
    });
  }
  newSchemas++;
  try {
    return await inThread(job);
  } finally {
    newSchemas--;
  }
}

const badSchema = (why: string) =>
  new CarrelError(
    'invalid_request',
    `\`schema\` cannot be used: ${why}. Send a JSON Schema (2020-12 or draft 7) that refers to nothing outside it.`,
    {
      details: { issues: [{ path: 'schema', message: why }] },
    },
  );

function isDeeperThan(value: Json, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((child) => isDeeperThan(child, depth - 1));
}

/** Whoever is told to stop does not wait in the line either: the job ends when its turn comes. */
async function inThread(job: Job, signal?: AbortSignal): Promise<Verdict> {
  signal?.throwIfAborted();
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal?.reason);
  });
  signal?.addEventListener('abort', abort);
  try {
    return await Promise.race([threads(() => check(job, signal)), aborted]);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

async function check(job: Job, signal: AbortSignal | undefined): Promise<Verdict> {
  signal?.throwIfAborted();
  const worker = new Worker(WORKER, {
    workerData: job,
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 },
  });
  let timer: NodeJS.Timeout | undefined;
  let abort = () => {};
  try {
    return await new Promise<Verdict>((resolve, reject) => {
      const expect = (withinMs: number, then: () => void) => {
        clearTimeout(timer);
        timer = setTimeout(then, withinMs);
      };
      abort = () => reject(signal?.reason);
      signal?.addEventListener('abort', abort);
      expect(START_MS, () => reject(new CarrelError('internal', 'The thread that checks schemas did not start.')));
      worker.on('message', (message: 'ready' | Verdict) => {
        if (message !== 'ready') resolve(message);
        else expect(WORK_MS, () => resolve({ schemaError: `checking with it takes longer than ${WORK_MS / 1000} s` }));
      });
      worker.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') resolve({ schemaError: 'checking with it takes too much memory' });
        else reject(error);
      });
      worker.on('exit', () => reject(new CarrelError('internal', 'The thread that checks schemas ended without an answer.')));
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    await worker.terminate();
  }
}
