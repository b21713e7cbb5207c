import type { BenchOptions } from '../options.js';
import type { Goal } from '../report/goals.js';
import type { Plot } from '../report/plot.js';
import type { Table } from '../report/table.js';

/** What the parts of the benchmark work with. */
export interface SectionContext {
  options: BenchOptions;
  /** Path of the headless-shell that all contenders run. */
  executablePath: string;
  /** Where all contenders go. */
  pageUrl: string;
  /** Aborted when the benchmark is to end early; what was started is ended all the same. */
  signal: AbortSignal;
  /** Shows how far it is. */
  progress: (detail: string) => void;
}

/** One part of the benchmark: what it measures, how that is shown, and how it stands to what was to be reached. */
export interface Section<Result> {
  /** Over it in the report. */
  title: string;
  /** Every single measurement, as it is written to the file of results. */
  measure(context: SectionContext): Promise<Result>;
  tables(result: Result): Table[];
  goals?(result: Result): Goal[];
  /** How much of what has to go well did not. */
  failures?(result: Result): number;
  plots?(result: Result): Plot[];
}
