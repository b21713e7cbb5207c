export interface Axis {
  /** With its unit. */
  label: string;
  scale: 'linear' | 'logarithmic';
  /** Where it is marked; without them it is at round numbers. */
  ticks?: readonly number[];
}

/** An axis with what is shown on it. */
export interface ScaledAxis extends Axis {
  ticks: readonly number[];
  /** Where a value lies, from 0 (the start of the axis) to 1. */
  place: (value: number) => number;
}

const MOST_TICKS = 8;

/** Lays an axis out for its values: a linear one from 0, a logarithmic one from where they begin, each up to a mark. */
export function scaleAxis(axis: Axis, values: readonly number[]): ScaledAxis {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const { ticks = ticksFor(axis.scale, least, most) } = axis;
  const [start, end] = [Math.min(ticks[0] as number, least), Math.max(ticks.at(-1) as number, most)];
  const measure = axis.scale === 'logarithmic' ? Math.log : (value: number) => value;
  const length = measure(end) - measure(start);
  return { ...axis, ticks, place: (value) => (length === 0 ? 0 : (measure(value) - measure(start)) / length) };
}

function ticksFor(scale: Axis['scale'], least: number, most: number): number[] {
  if (scale === 'linear') {
    const step = roundUp((most > 0 ? most : 1) / MOST_TICKS);
    return Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) => index * step);
  }
  const ticks = [roundDown(least)];
  while ((ticks.at(-1) as number) < most) ticks.push(roundUp((ticks.at(-1) as number) * 1.01));
  // Too many to be read: only the powers of ten, and where it begins and ends.
  if (ticks.length <= MOST_TICKS) return ticks;
  return ticks.filter((tick, index) => index === 0 || index === ticks.length - 1 || Number.isInteger(Math.log10(tick)));
}

/** 1, 2 or 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5].find((digit) => digit * power >= value) ?? 10) * power;
}

function roundDown(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([5, 2, 1].find((digit) => digit * power <= value) ?? 1) * power;
}
