import type { PastStep, ToolResult } from '../model.js';

const MAX_RESULT_CHARS = 30_000;
const MAX_CHARS = 100_000;
const SHORT_CHARS = 200;

/** What was done in a turn. When it grows too long, the longest results of the oldest steps shrink to a line. */
export class History {
  readonly #steps: PastStep[] = [];

  get steps(): readonly PastStep[] {
    return this.#steps;
  }

  add(step: PastStep): void {
    this.#steps.push(withResults(step, (result) => cut(result, MAX_RESULT_CHARS)));
    // A picture is shown in the step after, and then no more.
    for (const [index, past] of this.#steps.slice(0, -1).entries()) {
      this.#steps[index] = withResults(past, ({ picture: _, ...result }) => result);
    }
    let chars = this.#steps.reduce((sum, past) => sum + charsOf(past), 0);
    for (let index = 0; index < this.#steps.length - 1 && chars > MAX_CHARS; index++) {
      const past = this.#steps[index] as PastStep;
      const short = withResults(past, (result) => cut(result, SHORT_CHARS));
      chars -= charsOf(past) - charsOf(short);
      this.#steps[index] = short;
    }
  }
}

const withResults = (step: PastStep, change: (result: ToolResult) => ToolResult): PastStep => ({
  ...step,
  calls: step.calls.map(({ call, result }) => ({ call, result: change(result) })),
});

function cut(result: ToolResult, maxChars: number): ToolResult {
  const { text } = result;
  if (text.length <= maxChars) return result;
  return { ...result, text: `${text.slice(0, maxChars)}… (${text.length - maxChars} more characters, left out)` };
}

const charsOf = ({ thought, calls }: PastStep) =>
  calls.reduce((sum, { call, result }) => sum + JSON.stringify(call.input).length + result.text.length, thought.length);
