import { setTimeout as delay } from 'node:timers/promises';
import { CarrelError } from '@carrel/protocol';
import { describe, expect, it } from 'vitest';
import { Admission, type AdmissionOptions, type Admitted } from './admission.js';

const GIBIBYTE = 2 ** 30;
const forever = new AbortController().signal;
/** Of which one gibibyte is not for browsers. */
const memoryOf = (available: () => number): AdmissionOptions['memory'] => ({
  totalBytes: 20 * GIBIBYTE,
  get availableBytes() {
    return available();
  },
});
const DEFAULTS: AdmissionOptions = { maxStarting: 2, memory: memoryOf(() => 8 * GIBIBYTE), patienceMs: 60_000 };

/** An admission, and in which order it let whom in. */
function admissionOf(options: Partial<AdmissionOptions> = {}) {
  const admission = new Admission({ ...DEFAULTS, ...options });
  const order: string[] = [];
  const enter = async (project: string, { waitMs = 0, signal = forever, sort = 'usual' } = {}) => {
    const admitted = await admission.enter(project, { waitMs, signal, sort });
    order.push(project);
    return (outcome: Parameters<Admitted>[0] = 'started') => admitted(outcome);
  };
  return { admission, order, enter };
}

describe('Admission', () => {
  it('should let in as many at once as may start, and the next when one has started', async () => {
    const { admission, order, enter } = admissionOf();
    const release = await enter('a');
    await enter('a');
    const third = enter('b');
    expect(admission.waiting).toBe(1);
    await delay(5);
    expect(order).toEqual(['a', 'a']);
    release();
    release(); // twice does no harm
    await third;
    expect(order).toEqual(['a', 'a', 'b']);
    expect(admission.waiting).toBe(0);
  });

  it('should serve projects in turn, however much one of them asks for', async () => {
    const { order, enter } = admissionOf({ maxStarting: 1 });
    const release = await enter('first');
    const waiting = ['a', 'a', 'a', 'b', 'c', 'b'].map(async (project) => (await enter(project))());
    release();
    await Promise.all(waiting);
    expect(order).toEqual(['first', 'a', 'b', 'c', 'a', 'b', 'a']);
  });

  it('should let nobody in without memory, and go on when there is some again', async () => {
    let available = 8 * GIBIBYTE;
    const { admission, enter } = admissionOf({ memory: memoryOf(() => available) });
    expect(admission.isShortOfMemory).toBe(false);
    available = GIBIBYTE + 2 ** 20;
    expect(admission.isShortOfMemory).toBe(true);
    expect(admission.hasRoomToSpare).toBe(false);
    const waiting = enter('a');
    await delay(5);
    expect(admission.waiting).toBe(1);
    available = 8 * GIBIBYTE;
    (await waiting)();
    expect(admission.waiting).toBe(0);
    expect(admission.hasRoomToSpare).toBe(true);
  });

  it('should count memory that those will need that are starting', async () => {
    const { admission, enter } = admissionOf({ maxStarting: 10, memory: memoryOf(() => GIBIBYTE + 320 * 2 ** 20) });
    await enter('a');
    await enter('a');
    void enter('a').catch(() => {});
    expect(admission.waiting).toBe(1);
  });

  it('should tell whoever waited too long when to come back', async () => {
    const { admission, enter } = admissionOf({ maxStarting: 1, patienceMs: 20 });
    await enter('a');
    const details = { waiting: expect.any(Number), retryAfterSeconds: expect.any(Number) };
    await expect(enter('a')).rejects.toMatchObject({ code: 'overloaded', details });
    expect(admission).toMatchObject({ waiting: 0, refused: 1 });
  });

  it('should let wait for longer who wants to', async () => {
    const { admission, enter } = admissionOf({ maxStarting: 1, patienceMs: 1 });
    const release = await enter('a');
    const waiting = enter('a', { waitMs: 60_000 });
    await delay(20);
    expect(admission.waiting).toBe(1);
    release();
    await waiting;
  });

  it('should refuse at once whose turn would not come in time', async () => {
    const { admission, enter } = admissionOf({ maxStarting: 1, patienceMs: 150 });
    // Two in 100 ms: the fourth in line would wait for 200 ms.
    for (let count = 0; count < 2; count++) {
      const release = await enter('a');
      await delay(50);
      release();
    }
    await enter('a');
    const waiting = Array.from({ length: 8 }, () => enter('a').catch(({ code }: { code: string }) => code));
    expect(admission.waiting).toBeLessThan(8);
    expect(await waiting.at(-1)).toBe('overloaded');
    await Promise.all(waiting);
  });

  it('should have fewer start at once while starts are slow, and more again when they are not', async () => {
    const { admission, enter } = admissionOf({ maxStarting: 2 });
    const start = async (ms: number) => {
      const release = await enter('a');
      await delay(ms);
      release();
    };
    await start(2);
    await start(100);
    const slow = await enter('a');
    const second = enter('a');
    expect(admission.waiting).toBe(1);
    slow(); // quick, after all
    const release = await second;
    await enter('a');
    expect(admission.waiting).toBe(0);
    release();
  });

  it('should learn nothing from what broke off at once, and nothing of one sort from another', async () => {
    const { admission, enter } = admissionOf({ maxStarting: 2 });
    const start = async (ms: number, outcome: Parameters<Admitted>[0], sort?: string) => {
      const release = await enter('a', { sort });
      await delay(ms);
      release(outcome);
    };
    await start(1, 'failed');
    await start(1, 'started', 'one that starts in no time');
    for (let count = 0; count < 3; count++) await start(50, 'started');
    await enter('a');
    void enter('a');
    expect(admission.waiting).toBe(0);
  });

  it('should take no notice of the long line of another project when it says how long it takes', async () => {
    const { admission, enter } = admissionOf({ maxStarting: 1, patienceMs: 150 });
    for (let count = 0; count < 2; count++) {
      const release = await enter('a');
      await delay(50);
      release();
    }
    const release = await enter('a');
    const refused = Array.from({ length: 8 }, () => enter('a').catch(({ code }: { code: string }) => code));
    expect(await refused.at(-1)).toBe('overloaded');
    const before = admission.waiting;
    const other = enter('b');
    expect(admission.waiting).toBe(before + 1);
    for (const one of refused) void one.then((entered) => typeof entered === 'function' && entered());
    release();
    (await other)();
    await Promise.all(refused);
  });

  it('should not tell anybody to come back at once whose wait was in vain', async () => {
    const { enter } = admissionOf({ memory: memoryOf(() => 0), patienceMs: 1_500 });
    await expect(enter('a')).rejects.toMatchObject({ code: 'overloaded', details: { retryAfterSeconds: 2 } });
  });

  it('should tell all who wait or come when it closes', async () => {
    const { admission, enter } = admissionOf({ maxStarting: 1 });
    const release = await enter('a');
    const waiting = [enter('a'), enter('a'), enter('b')];
    admission.close(new CarrelError('shutting_down', 'Closing time.'));
    for (const one of [...waiting, enter('c')]) await expect(one).rejects.toMatchObject({ code: 'shutting_down' });
    expect(admission).toMatchObject({ waiting: 0, refused: 0 });
    release();
  });

  it('should let go of whoever hangs up', async () => {
    const { admission, enter } = admissionOf({ maxStarting: 1 });
    await enter('a');
    const hangingUp = new AbortController();
    const waiting = enter('a', { signal: hangingUp.signal });
    hangingUp.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    expect(admission.waiting).toBe(0);
    await expect(enter('a', { signal: hangingUp.signal })).rejects.toThrow('gone');
  });
});
