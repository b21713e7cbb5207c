import type { Json } from '@carrel/protocol';
import type { PastStep, ToolCall, ToolResult } from '../model.js';

const MAX_RESULT_CHARS = 30_000;
/** Of the results of one step, together: the newest is shown as whole as may be, and models take only so much. */
const MAX_STEP_CHARS = 60_000;
const MAX_CHARS = 100_000;
const SHORT_CHARS = 200;

/** What was done in a turn. When it grows too long, the oldest steps shrink to a line for each thing said, called and answered. */
export class History {
  readonly #steps: PastStep[] = [];

  get steps(): readonly PastStep[] {
    return this.#steps;
  }

  add(step: PastStep): void {
    const maxChars = Math.min(MAX_RESULT_CHARS, Math.floor(MAX_STEP_CHARS / Math.max(1, step.calls.length)));
    this.#steps.push(withResults(step, (result) => cutResult(result, maxChars)));
    // A picture is shown in the step after, and then no more.
    for (const [index, past] of this.#steps.slice(0, -1).entries()) {
      this.#steps[index] = withResults(past, ({ picture: _, ...result }) => result);
    }
    let chars = this.#steps.reduce((sum, past) => sum + charsOf(past), 0);
    for (let index = 0; index < this.#steps.length - 1 && chars > MAX_CHARS; index++) {
      const past = this.#steps[index] as PastStep;
      const short = shortened(past);
      chars -= charsOf(past) - charsOf(short);
      this.#steps[index] = short;
    }
  }
}

const withResults = (step: PastStep, change: (result: ToolResult) => ToolResult): PastStep => ({
  ...step,
  calls: step.calls.map(({ call, result }) => ({ call, result: change(result) })),
});

/** The built-in model remembers by what it said last: that is in the newest step, which is not shortened. */
const shortened = ({ n, thought, calls }: PastStep): PastStep => ({
  n,
  thought: cut(thought, SHORT_CHARS),
  calls: calls.map(({ call, result }) => ({ call: cutInput(call), result: cutResult(result, SHORT_CHARS) })),
});

const cut = (text: string, maxChars: number): string =>
  text.length <= maxChars ? text : `${text.slice(0, maxChars)}… (${text.length - maxChars} more characters, left out)`;

const cutResult = (result: ToolResult, maxChars: number): ToolResult => ({ ...result, text: cut(result.text, maxChars) });

const cutInput = (call: ToolCall): ToolCall => ({
  ...call,
  input: Object.fromEntries(Object.entries(call.input).map(([name, value]) => [name, cutValue(value)])),
});

const cutValue = (value: Json): Json => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= SHORT_CHARS ? value : cut(text, SHORT_CHARS);
};

const charsOf = ({ thought, calls }: PastStep) =>
  calls.reduce((sum, { call, result }) => sum + JSON.stringify(call.input).length + result.text.length, thought.length);
