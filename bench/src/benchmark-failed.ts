/** The benchmark could not be run, or what it ran did not work. The message says what happened and what to do. */
export class BenchmarkFailed extends Error {
  override readonly name = 'BenchmarkFailed';
  /** 2: it was called wrongly; 1: everything else. */
  readonly exitCode: 1 | 2;

  constructor(message: string, options: ErrorOptions & { exitCode?: 1 | 2 } = {}) {
    super(message, options);
    this.exitCode = options.exitCode ?? 1;
  }
}
