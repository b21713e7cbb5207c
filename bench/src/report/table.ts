import type { Summary } from '../statistics.js';

/** What is shown of measurements: the first row is the head, the first column names what the others are about. */
export interface Table {
  rows: readonly (readonly string[])[];
  /** What is to be known of it, a line each. */
  notes?: readonly string[];
}

/** A table in plain text: columns aligned, the first to the left, the others to the right. */
export function drawTable({ rows, notes = [] }: Table): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) => Math.max(...rows.map((row) => lengthOf(row[column] ?? ''))));
  const line = (row: readonly string[]) =>
    widths
      .map((width, column) => {
        const text = row[column] ?? '';
        const gap = ' '.repeat(width - lengthOf(text));
        return column === 0 ? text + gap : gap + text;
      })
      .join('   ')
      .trimEnd();
  const [head = [], ...body] = rows;
  const rule = widths.map((width) => '─'.repeat(width)).join('───');
  return [line(head), rule, ...body.map(line), ...notes].map((text) => `  ${text}`).join('\n');
}

const lengthOf = (text: string) => [...text].length;

/** Median, 95th percentile and the whole range of measurements in one cell. */
export const spread = (summary: Summary | undefined) =>
  summary === undefined
    ? '–'
    : `${formatNumber(summary.p50)} / ${formatNumber(summary.p95)} (${formatNumber(summary.min)}–${formatNumber(summary.max)})`;

/** Median and range. */
export const withRange = ({ p50, min, max }: Summary) => `${formatNumber(p50)} (${formatNumber(min)}–${formatNumber(max)})`;

export const orDash = (value: number | undefined) => (value === undefined ? '–' : formatNumber(value));

/** Bytes as KB or MB. */
export const inUnits = (bytes: number) => (bytes < 1e6 ? `${formatNumber(bytes / 1e3)} KB` : `${formatNumber(bytes / 1e6)} MB`);

/** A measurement with as many digits as it is worth: `0.42`, `9.8`, `108`, `12,345`. */
export function formatNumber(value: number): string {
  const digits = Math.abs(value) < 1 ? 2 : Math.abs(value) < 10 ? 1 : 0;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** `×1.25`, or a dash where one of the two was not measured. */
export function formatRatio(ours: number | undefined, other: number | undefined): string {
  if (ours === undefined || other === undefined || other === 0) return '–';
  return `×${(ours / other).toFixed(2)}`;
}
