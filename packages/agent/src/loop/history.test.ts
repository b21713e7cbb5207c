import { describe, expect, it } from 'vitest';
import type { PastStep } from '../model.js';
import { History } from './history.js';

const step = (n: number, text: string): PastStep => ({
  n,
  thought: `Thought ${n}.`,
  calls: [
    {
      call: { id: `call_${n}`, name: 'extract', input: { part: n } },
      result: { success: true, text, picture: { base64: 'AAAA', mimeType: 'image/jpeg' } },
    },
  ],
});

describe('the history of a turn', () => {
  it('should have the oldest results shrink when it grows too long, and keep thoughts and calls', () => {
    const history = new History();
    for (let n = 1; n <= 50; n++) history.add(step(n, `Result ${n}. ${'x'.repeat(10_000)}`));
    expect(JSON.stringify(history.steps).length).toBeLessThan(130_000);
    expect(history.steps).toHaveLength(50);
    expect(history.steps[0]).toMatchObject({ n: 1, thought: 'Thought 1.', calls: [{ call: { input: { part: 1 } } }] });
    expect(history.steps[0]?.calls[0]?.result.text).toMatch(/^Result 1\. x{100,200}… \(\d+ more characters, left out\)$/);
    expect(history.steps.at(-1)?.calls[0]?.result.text).toHaveLength(10_011);
  });

  it('should cut the results of one step when they are too long together', () => {
    const history = new History();
    const [call] = step(1, 'z'.repeat(30_000)).calls;
    history.add({ n: 1, thought: '', calls: Array.from({ length: 20 }, () => call as NonNullable<typeof call>) });
    expect(history.steps[0]?.calls).toHaveLength(20);
    expect(JSON.stringify(history.steps).length).toBeLessThan(70_000);
  });

  it('should cut what was said and called in old steps, and leave the newest whole', () => {
    const history = new History();
    const wordy = (n: number): PastStep => ({
      n,
      thought: 't'.repeat(20_000),
      calls: [{ call: { id: `call_${n}`, name: 'fill', input: { value: 'v'.repeat(20_000) } }, result: { success: true, text: 'ok' } }],
    });
    for (let n = 1; n <= 20; n++) history.add(wordy(n));
    expect(JSON.stringify(history.steps).length).toBeLessThan(120_000);
    expect(history.steps[0]?.calls[0]?.call).toMatchObject({ id: 'call_1', input: { value: expect.stringMatching(/^v{200}… /) } });
    expect(history.steps.at(-1)).toEqual(wordy(20));
  });

  it('should cut what is too long by itself', () => {
    const history = new History();
    history.add(step(1, 'y'.repeat(1_000_000)));
    expect(history.steps[0]?.calls[0]?.result.text.length).toBeLessThan(31_000);
  });

  it('should have the pictures of the last step only', () => {
    const history = new History();
    for (let n = 1; n <= 3; n++) history.add(step(n, 'x'));
    expect(history.steps.map(({ calls: [made] }) => made?.result.picture !== undefined)).toEqual([false, false, true]);
  });
});
