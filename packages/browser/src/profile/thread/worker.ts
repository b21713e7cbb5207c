import { parentPort } from 'node:worker_threads';
import { CarrelError } from '@carrel/protocol';
import sqlite from 'node-sqlite3-wasm';
import { damaged } from '../leveldb/index.js';
import { JOBS, type Jobs } from './jobs.js';

/** What a thread is told to do. */
export interface Job<N extends keyof Jobs = keyof Jobs> {
  name: N;
  args: Parameters<Jobs[N]>;
}

/** What it answers. Errors lose their class on the way. */
export type Answer = { value: unknown } | { error: { code?: CarrelError['code']; message: string } };

function perform({ name, args }: Job): Answer {
  try {
    const job = JOBS[name] as (...args: unknown[]) => unknown;
    return { value: job(...args) };
  } catch (error) {
    if (error instanceof CarrelError) return { error: { code: error.code, message: error.message } };
    if (error instanceof sqlite.SQLite3Error) return { error: { code: 'profile_damaged', message: damaged(error.message).message } };
    return { error: { message: error instanceof Error ? error.message : String(error) } };
  }
}

parentPort?.on('message', (job: Job) => parentPort?.postMessage(perform(job)));
