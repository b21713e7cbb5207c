import pLimit from 'p-limit';
import type { Jobs } from './jobs.js';
import { Thread } from './thread.js';
import type { Job } from './worker.js';

/** So that one profile that takes long does not hold up all others. */
const MAX_THREADS = 2;

const limit = pLimit(MAX_THREADS);
/** Waits for its next job: starting one costs more than most jobs. */
let idle: Thread | undefined;

/** Starts a thread, so that the first job does not have to wait for it. */
export function prepareThread(): void {
  if (limit.activeCount === 0) putBack(take());
}

/**
 * Has a thread read what browsers kept, which may be large or made to be hard to read: the event loop goes on meanwhile, and neither time
 * nor memory is without bounds.
 * @param timeoutMs from when a thread is free for it
 * @throws {CarrelError} what the job throws; `profile_damaged` when it takes too long or too much memory
 */
export function runInThread<N extends keyof Jobs>(name: N, args: Parameters<Jobs[N]>, timeoutMs: number): Promise<ReturnType<Jobs[N]>> {
  return limit(async () => {
    const thread = take();
    try {
      return (await thread.perform({ name, args } as Job, timeoutMs)) as ReturnType<Jobs[N]>;
    } finally {
      if (!thread.isEnded) putBack(thread);
    }
  });
}

function take(): Thread {
  const thread = idle?.isEnded === false ? idle : new Thread();
  idle = undefined;
  return thread;
}

function putBack(thread: Thread): void {
  if (idle === undefined || idle.isEnded) idle = thread;
  else void thread.end();
}
