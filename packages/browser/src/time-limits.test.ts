import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type TimeLimit, TimeLimits } from './time-limits.js';

const NEVER_MS = 3_600_000;

/**
 * Nothing here looks at a clock: Node runs timers in the order in which they are due, however late it is, so that the order of what happened
 * says which came first.
 */
describe('TimeLimits', () => {
  const open: TimeLimits[] = [];
  const start = (limits: { idleTimeoutMs?: number; maxDurationMs?: number }) => {
    const happened: string[] = [];
    let reach: (limit: TimeLimit) => void = () => {};
    const reached = new Promise<TimeLimit>((resolve) => {
      reach = resolve;
    });
    const timeLimits = new TimeLimits({
      idleTimeoutMs: NEVER_MS,
      maxDurationMs: NEVER_MS,
      ...limits,
      onLimit: (limit) => {
        happened.push(limit);
        reach(limit);
      },
    });
    open.push(timeLimits);
    return { timeLimits, happened, reached };
  };
  afterEach(() => {
    for (const limits of open.splice(0)) limits[Symbol.dispose]();
  });

  it('should end a browser that nobody uses', async () => {
    expect(await start({ idleTimeoutMs: 20 }).reached).toBe('idle_timeout');
  });

  it('should put the idle end off at each sign of life', async () => {
    const { timeLimits, happened, reached } = start({ idleTimeoutMs: 150 });
    for (let sign = 0; sign < 12; sign++) {
      await delay(30);
      timeLimits.touch();
      happened.push('sign');
    }
    await reached;
    expect(happened).toEqual([...Array(12).fill('sign'), 'idle_timeout']);
  });

  it('should not end for idleness while a call is being answered, and count from its end', async () => {
    const { timeLimits, happened, reached } = start({ idleTimeoutMs: 40 });
    const call = (name: string, ms: number) => timeLimits.during(() => delay(ms)).then(() => happened.push(name));
    await Promise.all([call('short', 60), call('long', 250)]);
    await delay(10);
    happened.push('a moment later');
    await reached;
    expect(happened).toEqual(['short', 'long', 'a moment later', 'idle_timeout']);
  });

  it('should let a failed call go again', async () => {
    const { timeLimits, reached } = start({ idleTimeoutMs: 20 });
    await expect(timeLimits.during(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await reached).toBe('idle_timeout');
  });

  it('should end at the maximum duration, whoever is at work', async () => {
    const { timeLimits, reached } = start({ idleTimeoutMs: 30, maxDurationMs: 120 });
    void timeLimits.during(() => reached);
    expect(await reached).toBe('max_duration');
  });

  it('should move both ends when they are changed', async () => {
    const { timeLimits, happened, reached } = start({ idleTimeoutMs: 60, maxDurationMs: 80 });
    timeLimits.change({ idleTimeoutMs: NEVER_MS });
    timeLimits.change({ maxDurationMs: 300 });
    await delay(200);
    happened.push('both old ends are past');
    await reached;
    expect(happened).toEqual(['both old ends are past', 'max_duration']);
    expect(timeLimits).toMatchObject({ idleTimeoutMs: NEVER_MS, maxDurationMs: 300 });
  });

  it('should end at once when the new maximum is over already', async () => {
    const { timeLimits, happened } = start({});
    await delay(5);
    timeLimits.change({ maxDurationMs: 1 });
    expect(happened).toEqual(['max_duration']);
  });

  it('should count the maximum from the start', () => {
    const { timeLimits } = start({ maxDurationMs: 1000 });
    const before = timeLimits.expiresAt.getTime();
    timeLimits.change({ maxDurationMs: 5000 });
    expect(timeLimits.expiresAt.getTime() - before).toBe(4000);
  });

  it('should tell the end once, and never after it was let go', async () => {
    const { timeLimits, happened, reached } = start({ idleTimeoutMs: 20, maxDurationMs: 21 });
    await reached;
    timeLimits.change({ idleTimeoutMs: 1 });
    const disposed = start({ idleTimeoutMs: 10 });
    disposed.timeLimits[Symbol.dispose]();
    disposed.timeLimits.change({ idleTimeoutMs: 1 });
    await delay(60);
    expect(happened).toHaveLength(1);
    expect(disposed.happened).toEqual([]);
  });

  it('should take limits that are longer than a timer can hold', async () => {
    const warnings: string[] = [];
    const listener = ({ name }: Error) => warnings.push(name);
    process.on('warning', listener);
    const { happened } = start({ idleTimeoutMs: 2 ** 40, maxDurationMs: 2 ** 41 });
    await delay(20); // Node warns in the next tick, and would fire after a millisecond
    process.off('warning', listener);
    expect(warnings).toEqual([]);
    expect(happened).toEqual([]);
  });
});
