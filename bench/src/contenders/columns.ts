import { formatRatio } from '../table.js';

/** The columns of a table of the contenders. */
export const HEAD = ['Carrel', 'floor', 'launch', '÷ floor', '÷ launch'];

/** The last of them, of the figures in the order of `CONTENDERS`. */
export const ratios = ([ours, floor, launch]: (number | undefined)[]) => [formatRatio(ours, floor), formatRatio(ours, launch)];
