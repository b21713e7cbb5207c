import { describe, expect, it } from 'vitest';
import { type Step, type Trace, trace } from './trace.js';

const phase = (total: number, ...steps: Step[]) => ({ total, steps });
const lifecycle = (ms: number, ...connect: Step[]): Trace => ({
  create: phase(ms, { name: 'pool', at: 0, took: ms / 2 }),
  connect: phase(20, ...connect),
  goto: phase(50, { name: 'Page.navigate', at: 2, took: 40 }, { name: 'Page.frameNavigated', at: 45 }),
  release: phase(5),
});

describe('trace', () => {
  it('should show the usual steps of each phase in their order, and leave out what came once', () => {
    const enable = { name: 'Page.enable', at: 9, took: 1 };
    const version = { name: 'Browser.getVersion', at: 3, took: 2 };
    const [table] = trace.tables([
      lifecycle(10, enable, version),
      lifecycle(20, version, enable),
      lifecycle(12, version, { name: 'Target.detachFromTarget', at: 12, took: 1 }, enable),
    ]);
    expect(table?.rows).toEqual([
      ['Where a lifecycle’s time goes', 'at', 'took'],
      ['create', '', '12'],
      ['  pool', '0.00', '6.0'],
      ['connect', '', '20'],
      ['  Browser.getVersion', '3.0', '2.0'],
      ['  Page.enable', '9.0', '1.0'],
      ['goto', '', '50'],
      ['  Page.navigate', '2.0', '40'],
      ['  Page.frameNavigated', '45', '–'],
      ['release', '', '5.0'],
    ]);
  });
});
