import { describe, expect, it } from 'vitest';
import { drawTable, formatNumber, formatRatio } from './table.js';

describe('drawTable', () => {
  it('should align its columns, also where cells are missing', () => {
    const rows = [
      ['ms', 'Carrel', '÷ floor'],
      ['create', '68–90', '×1.25'],
      ['goto', '7'],
    ];
    const table = drawTable({ rows, notes: ['of two'] });
    expect(table.split('\n')).toEqual([
      '  ms       Carrel   ÷ floor',
      '  ─────────────────────────',
      '  create    68–90     ×1.25',
      '  goto          7',
      '  of two',
    ]);
  });
});

describe('formatNumber', () => {
  it.each([
    [0.123, '0.12'],
    [9.84, '9.8'],
    [107.6, '108'],
    [12_345.6, '12,346'],
    [0, '0.00'],
  ])('should write %d as %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });
});

describe('formatRatio', () => {
  it('should say nothing where nothing was measured', () => {
    expect([formatRatio(5, 4), formatRatio(undefined, 4), formatRatio(5, undefined), formatRatio(5, 0)]).toEqual(['×1.25', '–', '–', '–']);
  });
});
