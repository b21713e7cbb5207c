import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ServerTiming } from './server-timing.js';

describe('ServerTiming', () => {
  it('should tell each phase from where the one before ended', async () => {
    const timing = new ServerTiming();
    await delay(20);
    timing.mark('pool');
    timing.mark('claim');
    const [, pool, claim] = /^pool;dur=(\d+\.\d\d), claim;dur=(\d+\.\d\d)$/.exec(`${timing}`) ?? [];
    expect(Number(pool)).toBeGreaterThan(15);
    expect(Number(claim)).toBeLessThan(Number(pool));
  });
});
