import type { Goal } from '../goals.js';
import type { BenchOptions } from '../options.js';

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
  /** Every single measurement, as it is written to the file of results. */
  measure(context: SectionContext): Promise<Result>;
  /** In plain text, one after the other. */
  tables(result: Result): string[];
  goals?(result: Result): Goal[];
}
