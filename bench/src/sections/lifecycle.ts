import type { Contender, ContenderName, Timing } from '../contenders/contender.js';
import { orderOfRound } from '../order.js';
import type { SectionContext } from './section.js';

/** What came of the lifecycles of one contender. */
export interface LifecycleRuns {
  /** Those that went well. */
  timings: Timing[];
  /** What the others failed with. */
  failures: string[];
  /** Time in which it was its turn, until nothing of its browsers was at work any more, in ms. */
  busyMs: number;
}

export interface LifecycleResult {
  /** How many lifecycles went on at once. */
  batchSize: number;
  contenders: Record<ContenderName, LifecycleRuns>;
}

const noRuns = (): LifecycleRuns => ({ timings: [], failures: [], busyMs: 0 });

/** One round: each contender in its turn does a batch, and nothing else goes on meanwhile. */
async function playRound(context: SectionContext, result: LifecycleResult, round: number, contenders: readonly Contender[]): Promise<void> {
  for (const contender of orderOfRound(contenders, round)) {
    context.signal.throwIfAborted();
    const runs = result.contenders[contender.name];
    const startedAt = performance.now();
    const slots = Array.from({ length: result.batchSize }, (_, slot) => slot);
    const outcomes = await Promise.allSettled(slots.map((slot) => contender.run(slot, context.pageUrl)));
    await contender.settle();
    runs.busyMs += performance.now() - startedAt;
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') runs.timings.push(outcome.value);
      else runs.failures.push(outcome.reason instanceof Error ? outcome.reason.message : String(outcome.reason));
    }
  }
}

/**
 * Lifecycles of all contenders, interleaved round by round, after warm-ups that do not count.
 * @param batchSize how many at once
 */
export async function measureLifecycles(
  context: SectionContext,
  contenders: readonly Contender[],
  batchSize: number,
): Promise<LifecycleResult> {
  const { runs, warmUps } = context.options;
  const empty = (): LifecycleResult => ({ batchSize, contenders: { carrel: noRuns(), floor: noRuns(), launch: noRuns() } });
  const rounds = (count: number) => Math.ceil(count / batchSize);
  const thrownAway = empty();
  for (let round = 0; round < rounds(warmUps); round++) await playRound(context, thrownAway, round, contenders);
  const result = empty();
  for (let round = 0; round < rounds(runs); round++) {
    context.progress(`${round * batchSize} of ${rounds(runs) * batchSize}`);
    await playRound(context, result, round, contenders);
  }
  return result;
}
