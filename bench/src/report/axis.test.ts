import { describe, expect, it } from 'vitest';
import { scaleAxis } from './axis.js';

describe('scaleAxis', () => {
  it('should begin a linear axis at zero, and mark it at round numbers up to what is shown', () => {
    const { ticks, place } = scaleAxis({ label: 'ms', scale: 'linear' }, [37, 230]);
    expect(ticks).toEqual([0, 50, 100, 150, 200, 250]);
    expect([place(0), place(125), place(250)]).toEqual([0, 0.5, 1]);
  });

  it('should give each factor the same room on a logarithmic axis', () => {
    const { ticks, place } = scaleAxis({ label: 'ms', scale: 'logarithmic' }, [13, 780]);
    expect(ticks).toEqual([10, 20, 50, 100, 200, 500, 1000]);
    expect([place(10), place(100), place(1000)]).toEqual([0, expect.closeTo(0.5), 1]);
  });

  it('should leave out marks that would not be readable', () => {
    expect(scaleAxis({ label: 'ms', scale: 'logarithmic' }, [3, 7_000]).ticks).toEqual([2, 10, 100, 1000, 10_000]);
  });

  it('should take the marks that it is given', () => {
    const { ticks, place } = scaleAxis({ label: 'at once', scale: 'logarithmic', ticks: [1, 4] }, [1, 4, 16]);
    expect(ticks).toEqual([1, 4]);
    expect([place(1), place(4), place(16)]).toEqual([0, expect.closeTo(0.5), 1]);
  });

  it('should place a single value', () => {
    expect(scaleAxis({ label: 'ms', scale: 'linear' }, [0]).place(0)).toBe(0);
    expect(scaleAxis({ label: 'ms', scale: 'logarithmic' }, [10]).place(10)).toBe(0);
  });
});
