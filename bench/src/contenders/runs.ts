import type { Contender, Timing } from './contender.js';

/** What came of lifecycles of one contender. */
export interface Runs {
  /** Of those that went well. */
  timings: Timing[];
  /** What the others failed with. */
  failures: string[];
}

export const noRuns = (): Runs => ({ timings: [], failures: [] });

interface Load {
  /** How many lifecycles in all. */
  sessions: number;
  /** How many go on at once. */
  atOnce: number;
  url: string;
  signal: AbortSignal;
}

/** Batch after batch, each begun when all of the one before have been released. */
export async function runInBatches(contender: Contender, { sessions, atOnce, url, signal }: Load, runs: Runs): Promise<void> {
  for (let begun = 0; begun < sessions; begun += atOnce) {
    signal.throwIfAborted();
    const slots = Array.from({ length: Math.min(atOnce, sessions - begun) }, (_, slot) => slot);
    await Promise.all(slots.map((slot) => runOnce(contender, slot, url, runs)));
  }
}

/** So many clients, each of which begins the next lifecycle as soon as its last is released. */
export async function runSideBySide(contender: Contender, { sessions, atOnce, url, signal }: Load, runs: Runs): Promise<void> {
  let left = sessions;
  const client = async (slot: number) => {
    while (left-- > 0) {
      signal.throwIfAborted();
      await runOnce(contender, slot, url, runs);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, (_, slot) => client(slot)));
}

async function runOnce(contender: Contender, slot: number, url: string, { timings, failures }: Runs): Promise<void> {
  try {
    timings.push(await contender.run(slot, url));
  } catch (error) {
    failures.push(error instanceof Error ? error.message : String(error));
  }
}

/** Each kind of failure once, to stand under a table. */
export const failureNotes = (name: string, { failures }: Runs) => [...new Set(failures)].map((message) => `${name} failed: ${message}`);
