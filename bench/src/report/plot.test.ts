import { describe, expect, it } from 'vitest';
import { distribution, drawPlot, type Plot } from './plot.js';

const plot = (changes: Partial<Plot> = {}): Plot => ({
  name: 'speed',
  title: 'Speed',
  x: { label: 'at once', scale: 'logarithmic', ticks: [1, 10, 100] },
  y: { label: 'per second', scale: 'linear', ticks: [0, 10] },
  lines: [
    {
      name: 'Carrel',
      points: [
        [1, 0],
        [10, 5],
        [100, 10],
      ],
    },
  ],
  ...changes,
});
const points = (path: string) => [...path.matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
const pathsOf = (svg: string) => [...svg.matchAll(/<path d="([^"]+)"/g)].map(([, path]) => path as string);

describe('drawPlot', () => {
  it('should put points where their values are', () => {
    const [path = ''] = pathsOf(drawPlot(plot()));
    const [first = [], middle = [], last = []] = points(path);
    expect(middle).toEqual([((first[0] ?? 0) + (last[0] ?? 0)) / 2, ((first[1] ?? 0) + (last[1] ?? 0)) / 2]);
    expect(last[0]).toBeGreaterThan(first[0] ?? Number.NaN);
    expect(last[1]).toBeLessThan(first[1] ?? Number.NaN); // up
  });

  it('should draw each line that has points, and name it', () => {
    const [line] = plot().lines;
    const svg = drawPlot(plot({ lines: [line as Plot['lines'][number], { name: 'nothing', points: [] }, distribution('floor', [1, 3])] }));
    expect(pathsOf(svg)).toHaveLength(2);
    expect(svg).toContain('>Carrel</text>');
    expect(svg).toContain('>floor</text>');
    expect(svg).not.toContain('nothing');
  });

  it('should let nothing that it is given be read as anything but text', () => {
    const bad = '</text><script>alert(1)</script>&"';
    const svg = drawPlot(plot({ title: bad, lines: [{ name: bad, points: [[1, 1]] }] }));
    expect(svg).not.toContain('<script');
    expect(svg.match(/&lt;script&gt;alert\(1\)&lt;\/script&gt;&amp;&quot;/g)).toHaveLength(3);
  });

  it('should refuse to draw nothing', () => {
    expect(() => drawPlot(plot({ lines: [{ name: 'Carrel', points: [] }] }))).toThrow('nothing was measured');
  });
});

describe('distribution', () => {
  it('should give the share of the values up to each of them', () => {
    expect(distribution('ours', [30, 10, 20, 20]).points).toEqual([
      [10, 0.25],
      [20, 0.5],
      [20, 0.75],
      [30, 1],
    ]);
  });
});
