import pLimit from 'p-limit';
import type { Jobs } from './jobs.js';
import { Thread } from './thread.js';
import type { Job } from './worker.js';

/** So that one profile that takes long does not hold up all others. */
const MAX_THREADS = 2;
/** How long a thread waits for its next job: starting one costs more than most jobs, and it holds some 20 MB. */
const IDLE_MS = 60_000;

const limit = pLimit(MAX_THREADS);
const idle = new Map<Thread, NodeJS.Timeout>();

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
  for (const [thread, timer] of idle) {
    clearTimeout(timer);
    idle.delete(thread);
    if (!thread.isEnded) return thread;
  }
  return new Thread();
}

function putBack(thread: Thread): void {
  const end = () => {
    idle.delete(thread);
    void thread.end();
  };
  idle.set(thread, setTimeout(end, IDLE_MS).unref());
}
