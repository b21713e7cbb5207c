/** What `diagnose` found about one thing that Carrel needs or can use. */
export interface Finding {
  /** What was looked at, e.g. `chromium`. */
  readonly name: string;
  /** `warn`: it works without, but less well. `fail`: it does not work. */
  readonly status: 'ok' | 'warn' | 'fail';
  /** What was found, in a sentence. */
  readonly message: string;
  /** The command that mends it, or what to do in a sentence where no command can; absent when all is well. */
  readonly mend?: string;
}

export const ok = (name: string, message: string): Finding => ({ name, status: 'ok', message });
export const warn = (name: string, message: string, mend: string): Finding => ({ name, status: 'warn', message, mend });
export const fail = (name: string, message: string, mend: string): Finding => ({ name, status: 'fail', message, mend });

/** The message of whatever was thrown. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
