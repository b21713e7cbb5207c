import { Worker } from 'node:worker_threads';
import { CarrelError, type Json } from '@carrel/protocol';
import pLimit from 'p-limit';
import type { Job, Verdict } from './worker.js';

const MAX_SCHEMA_CHARS = 100_000;
const MAX_SCHEMA_DEPTH = 64;
const START_MS = 30_000;
const WORK_MS = 2_000;
const HEAP_MB = 128;

/** Beside this file once built; tests run from the sources, which a worker cannot. */
const WORKER = import.meta.url.endsWith('.ts')
  ? new URL('../../dist/result/worker.js', import.meta.url)
  : new URL('./worker.js', import.meta.url);

const threads = pLimit(4);

/** A JSON Schema that results are to be valid against. */
export interface ResultSchema {
  /** What is wrong with a value, in words; empty when it is valid. */
  errorsOf(value: Json): Promise<string[]>;
}

/**
 * Reads a caller's JSON Schema: 2020-12, or draft 7 where `$schema` says so. It is compiled and used in a thread of its own with little time
 * and memory, since it may be made to take both: patterns that backtrack for ever, references that multiply.
 * @throws {CarrelError} `invalid_request`
 */
export async function compileSchema(schema: Record<string, Json>): Promise<ResultSchema> {
  if (isDeeperThan(schema, MAX_SCHEMA_DEPTH)) throw badSchema(`it is nested more than ${MAX_SCHEMA_DEPTH} deep`);
  if (JSON.stringify(schema).length > MAX_SCHEMA_CHARS) throw badSchema(`it has more than ${MAX_SCHEMA_CHARS} characters`);
  const verdict = await inThread({ schema, values: [] });
  if ('schemaError' in verdict) throw badSchema(verdict.schemaError);
  return {
    errorsOf: async (value) => {
      const found = await inThread({ schema, values: [value] });
      return 'schemaError' in found ? [found.schemaError] : (found.errors[0] ?? []);
    },
  };
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

const inThread = (job: Job): Promise<Verdict> =>
  threads(async () => {
    const worker = new Worker(WORKER, {
      workerData: job,
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 },
    });
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Verdict>((resolve, reject) => {
        const expect = (withinMs: number, then: () => void) => {
          clearTimeout(timer);
          timer = setTimeout(then, withinMs);
        };
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
      await worker.terminate();
    }
  });
