/** Where the demonstration says what it does. `scripts/terminal.mjs` is one, for terminals. */
export interface Stage {
  /** What comes next, and a few words on how. */
  heading(text: string, rest?: string): void;
  /** Does a piece of work and says what came of it (as `tell` was told last) and how long it took. */
  step<T>(label: string, work: (tell: (detail: string) => void) => Promise<T>): Promise<T>;
  /** A fact that took no work. */
  note(label: string, detail?: string): void;
  /** What an agent answered: text of any length. */
  answer(text: string): void;
  /** A table; the first row is its head. */
  table(rows: readonly (readonly string[])[]): void;
}

/** Something was not as it must be: the demonstration shows no success that it did not see. */
export class DemonstrationFailed extends Error {
  override readonly name = 'DemonstrationFailed';
}

/** @throws {DemonstrationFailed} unless `isSo` */
export function check(isSo: boolean, otherwise: string): asserts isSo {
  if (!isSo) throw new DemonstrationFailed(otherwise);
}
