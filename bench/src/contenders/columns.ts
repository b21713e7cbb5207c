import { formatRatio } from '../report/table.js';
import type { ContenderName } from './contender.js';

/** Carrel and what it is compared with where it is fastest. */
export const COMPARED = ['carrel', 'floor', 'launch'] as const satisfies readonly ContenderName[];
export type Compared = (typeof COMPARED)[number];

/** The columns of a table of them. */
export const HEAD = ['Carrel', 'floor', 'launch', '÷ floor', '÷ launch'];

/** The last of them, of the figures in the order of `COMPARED`. */
export const ratios = ([ours, floor, launch]: (number | undefined)[]) => [formatRatio(ours, floor), formatRatio(ours, launch)];
