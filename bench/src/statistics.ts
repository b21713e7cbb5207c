/** What a list of measurements comes to, in the unit of the measurements. */
export interface Summary {
  count: number;
  min: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

/**
 * The value below which the given share of the values lies, interpolated between neighbours (type 7 of Hyndman and Fan, 1996, which is what
 * numpy and spreadsheets do).
 *
 * @param share from 0 to 1
 * @throws RangeError when there is no value, or the share is none
 */
export function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError('there is no percentile of no values');
  if (!(share >= 0 && share <= 1)) throw new RangeError(`a share is from 0 to 1, not ${share}`);
  const sorted = values.toSorted((a, b) => a - b);
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] as number;
  const above = sorted[Math.ceil(position)] as number;
  return below + (above - below) * (position - Math.floor(position));
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);

/** Undefined when there is nothing to sum up. */
export function summarize(values: readonly number[]): Summary | undefined {
  if (values.length === 0) return undefined;
  return {
    count: values.length,
    min: percentile(values, 0),
    p50: median(values),
    p95: percentile(values, 0.95),
    p99: percentile(values, 0.99),
    max: percentile(values, 1),
  };
}

/** A straight line through values, and how sure its slope is. */
export interface Trend {
  /** From each value to the next. */
  slope: number;
  /** Of the slope, as it follows from how far the values are from the line. */
  standardError: number;
}

/** By least squares (e.g. NIST/SEMATECH e-Handbook of Statistical Methods, 4.1.4.1). Undefined for fewer than three values. */
export function trendOf(values: readonly number[]): Trend | undefined {
  if (values.length < 3) return undefined;
  const mean = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const [center, level] = [(values.length - 1) / 2, mean(values)];
  const spread = values.reduce((sum, _, index) => sum + (index - center) ** 2, 0);
  const slope = values.reduce((sum, value, index) => sum + (index - center) * (value - level), 0) / spread;
  const residuals = values.reduce((sum, value, index) => sum + (value - level - slope * (index - center)) ** 2, 0);
  return { slope, standardError: Math.sqrt(residuals / (values.length - 2) / spread) };
}
