import type { Json } from '@carrel/protocol';
import type { Brief, ToolCall, ToolResult } from '../model.js';
import { compileSchema, type ResultSchema } from '../result/schema.js';
import { failed } from '../tools/index.js';
import { TurnEnded } from '../turn.js';

const MAX_REPAIRS = 3;

/** Takes the answer that a model gives, if it is one. */
export class AnswerDesk {
  readonly #brief: Brief;
  #schema: Promise<ResultSchema> | undefined;
  #repairs = 0;

  constructor(brief: Brief) {
    this.#brief = brief;
  }

  /**
   * @returns the answer; or what is wrong with it, for the model
   * @throws {TurnEnded} when it was told so too often
   */
  async take({ input }: ToolCall, signal: AbortSignal): Promise<{ answer: Json } | { wrong: ToolResult }> {
    const { result } = input;
    if (result === undefined) return this.#refuse(['`done` needs a `result`']);
    const { schema } = this.#brief;
    if (schema === null) return typeof result === 'string' ? { answer: result } : { answer: JSON.stringify(result) };
    this.#schema ??= compileSchema(schema, signal);
    const compiled = await this.#schema;
    const errors = await compiled.errorsOf(result, signal);
    if (errors.length === 0) return { answer: result };
    // Models that cannot put JSON into a call write it as text.
    const parsed = typeof result === 'string' ? parse(result) : undefined;
    if (parsed === undefined) return this.#refuse(errors);
    const errorsOfParsed = await compiled.errorsOf(parsed, signal);
    return errorsOfParsed.length === 0 ? { answer: parsed } : this.#refuse(errorsOfParsed);
  }

  #refuse(errors: readonly string[]): { wrong: ToolResult } {
    const message = `The result is not what is asked for: ${errors.join('; ')}.`;
    if (++this.#repairs > MAX_REPAIRS) {
      const failure = { code: 'schema_mismatch', message: `${message} The model was told so ${MAX_REPAIRS} times.` } as const;
      throw new TurnEnded({ stopReason: 'error', result: null, failure });
    }
    return { wrong: failed(`${message} Call \`done\` again with a result that is valid against the schema.`) };
  }
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text.replace(/^\s*```(json)?|```\s*$/g, '')) as Json;
  } catch {
    return undefined; // then it is text, and the schema has said what it thinks of that
  }
}
