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
