import { formatNumber, type Table } from './table.js';

/** Something that is to be reached: a figure of Carrel's by itself, or divided by that of something beside it in the same run. */
export interface Goal {
  what: string;
  /** Of `ours` and of `beside`, e.g. `ms`. */
  unit: string;
  /** Undefined when it could not be measured here. */
  ours: number | undefined;
  /** What it is divided by; without it, `ours` itself is held to the limit. */
  beside?: { name: string; value: number | undefined };
  limit: { atMost: number } | { atLeast: number };
}

/** What is held to the limit; undefined when it was not measured. */
export function figureOf({ ours, beside }: Goal): number | undefined {
  if (beside === undefined) return ours;
  return ours === undefined || beside.value === undefined || beside.value === 0 ? undefined : ours / beside.value;
}

/** Undefined when it was not measured. */
export function isReached(goal: Goal): boolean | undefined {
  const figure = figureOf(goal);
  if (figure === undefined) return undefined;
  return 'atMost' in goal.limit ? figure <= goal.limit.atMost : figure >= goal.limit.atLeast;
}

/** How each stands to what is to be reached. */
export function goalTable(goals: readonly Goal[]): Table {
  const number = (value: number | undefined, unit: string) => (value === undefined ? '–' : `${formatNumber(value)} ${unit}`.trimEnd());
  const rows = goals.map((goal) => {
    const { what, unit, ours, beside, limit } = goal;
    const sign = 'atMost' in limit ? '≤' : '≥';
    const bound = 'atMost' in limit ? limit.atMost : limit.atLeast;
    const figure = figureOf(goal);
    return [
      what,
      number(ours, unit),
      beside === undefined ? '' : `${number(beside.value, unit)} ${beside.name}`,
      beside === undefined ? '' : figure === undefined ? '–' : `×${figure.toFixed(2)}`,
      `${sign} ${beside === undefined ? `${bound} ${unit}`.trimEnd() : `×${bound}`}`,
      { true: 'yes', false: 'no', undefined: '–' }[`${isReached(goal)}`],
    ];
  });
  return { rows: [['Target', 'Carrel', 'beside', 'ratio', 'target', 'reached'], ...rows] };
}
