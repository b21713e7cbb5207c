import { randomUUID } from 'node:crypto';
import {
  APICallError,
  jsonSchema,
  type LanguageModelUsage,
  type LanguageModel as ProviderModel,
  streamText,
  type TextStreamPart,
  type ToolSet,
  tool,
} from 'ai';
import { type Decision, type Model, ModelError, type ModelRequest, type ToolCall } from '../model.js';
import { asModelError } from './failure.js';
import { type CallMetadata, messagesOf } from './messages.js';
import { callsInText, isObject } from './text-calls.js';

export interface LanguageModelOptions {
  readonly name: string;
  readonly provider: ProviderModel;
  readonly seesPictures: boolean;
  /** How long one answer may take. */
  readonly timeoutMs: number;
  /** Never told in an error. */
  readonly secrets: readonly string[];
}

// The SDK would write to the console what it thinks of a request: a server has one log, and that is not it.
globalThis.AI_SDK_LOG_WARNINGS = false;

/** How a model is made to use tools, best first: not every server of open models takes each. */
const TOOL_USES = ['required', 'auto', 'text'] as const;

/** A language model of some provider. */
export class LanguageModel implements Model {
  readonly name: string;
  readonly seesPictures: boolean;
  readonly #options: LanguageModelOptions;
  readonly #metadata: CallMetadata = new Map();
  #toolUse = 0;

  constructor(options: LanguageModelOptions) {
    this.#options = options;
    this.name = options.name;
    this.seesPictures = options.seesPictures;
  }

  async decide(request: ModelRequest, signal: AbortSignal): Promise<Decision> {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(this.#options.timeoutMs)]);
    for (;;) {
      try {
        return await this.#ask(request, limited);
      } catch (error) {
        signal.throwIfAborted();
        if (limited.aborted) throw asModelError(limited.reason, this.name, []);
        if (!refusesToolUse(error) || this.#toolUse + 1 >= TOOL_USES.length) throw asModelError(error, this.name, this.#options.secrets);
        this.#toolUse++;
      }
    }
  }

  async #ask(request: ModelRequest, signal: AbortSignal): Promise<Decision> {
    const toolUse = TOOL_USES[this.#toolUse] ?? 'text';
    const form = { calls: toolUse === 'text' ? 'text' : 'native', withPictures: this.seesPictures, metadata: this.#metadata } as const;
    const { fullStream } = streamText({
      model: this.#options.provider,
      // The tools and this are the same at each step of a turn: Anthropic is told to remember them, others do so by themselves.
      system: {
        role: 'system',
        content: toolUse === 'text' ? request.system + toolsAsText(request) : request.system,
        providerOptions: { anthropic: { cacheControl: { type: 'ephemeral' } } },
      },
      messages: messagesOf(request, form),
      ...(toolUse === 'text' ? {} : { tools: toolSet(request), toolChoice: toolUse }),
      maxRetries: 0,
      abortSignal: signal,
      onError: () => {}, // it comes with the stream
    });
    return this.#read(fullStream, request, signal);
  }

  async #read(stream: AsyncIterable<TextStreamPart<ToolSet>>, { tools }: ModelRequest, signal: AbortSignal): Promise<Decision> {
    let text = '';
    const calls: ToolCall[] = [];
    let usage: Decision['usage'] = null;
    let finishReason: string | undefined;
    for await (const part of stream) {
      if (part.type === 'error') throw part.error;
      // The SDK ends a stream that is aborted as if it were whole: half an answer is none.
      if (part.type === 'abort') signal.throwIfAborted();
      if (part.type === 'text-delta') text += part.text;
      if (part.type === 'tool-call') calls.push(this.#callOf(part));
      if (part.type === 'finish') {
        finishReason = part.finishReason;
        usage = usageOf(part.totalUsage);
      }
    }
    if (calls.length === 0) {
      if (finishReason === 'content-filter') throw new ModelError('refused', `${this.name} refused to answer (content filter).`);
      if (text === '' && finishReason !== 'stop') {
        throw new ModelError('unavailable', `The answer of ${this.name} broke off (${finishReason ?? 'no end'}).`, { retryAfterMs: 0 });
      }
      const written = callsInText(text, new Set(tools.map(({ name }) => name)));
      for (const { name, input } of written.calls) calls.push({ id: newCallId(), name, input });
      text = written.thought;
    }
    return { thought: text.trim(), calls, usage };
  }

  /** Input that is no JSON object becomes an empty one: the tool then says what is missing. */
  #callOf(part: Extract<TextStreamPart<ToolSet>, { type: 'tool-call' }>): ToolCall {
    const call: ToolCall = { id: newCallId(), name: part.toolName, input: isObject(part.input) ? part.input : {} };
    if (part.providerMetadata !== undefined) this.#metadata.set(call.id, part.providerMetadata);
    return call;
  }
}

/** Ids of our own: some servers give every call the same. */
const newCallId = () => `call_${randomUUID().replaceAll('-', '')}`;

/** Not every server says. */
const usageOf = ({ inputTokens, outputTokens, inputTokenDetails }: LanguageModelUsage): Decision['usage'] =>
  inputTokens === undefined || outputTokens === undefined
    ? null
    : { inputTokens, outputTokens, cachedInputTokens: inputTokenDetails.cacheReadTokens ?? 0 };

const refusesToolUse = (error: unknown) =>
  APICallError.isInstance(error) && error.statusCode === 400 && /tool/i.test(`${error.message} ${error.responseBody ?? ''}`);

const toolSet = ({ tools }: ModelRequest): ToolSet =>
  Object.fromEntries(tools.map(({ name, description, input }) => [name, tool({ description, inputSchema: jsonSchema(input) })]));

const toolsAsText = ({ tools }: ModelRequest) => `

# Tools
You call a tool by writing one JSON object, after a sentence that says why, and nothing after it:
{"tool": "name of the tool", "input": {…}}
${tools.map(({ name, description, input }) => `- ${name}: ${description} Input: ${JSON.stringify(input)}`).join('\n')}`;
