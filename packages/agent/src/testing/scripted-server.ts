import type { ServerResponse } from 'node:http';
import type { Json } from '@carrel/protocol';
import { type JsonRequest, sendEvents, startJsonServer } from './http-server.js';

/** A message as OpenAI's chat completions have it. */
export interface ChatMessage {
  role: 'system' | 'user' | 'assistant' | 'tool';
  content: string | { type: string; text?: string; image_url?: { url: string } }[] | null;
  tool_calls?: { id: string; function: { name: string; arguments: string } }[];
  tool_call_id?: string;
}

/** What a server of chat completions was asked. */
export class ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly toolNames: readonly string[];
  readonly body: Record<string, Json>;
  readonly headers: JsonRequest['headers'];
  readonly gone: Promise<void>;

  constructor({ body, headers, gone }: JsonRequest) {
    const {
      model,
      messages,
      tools = [],
    } = body as unknown as { model: string; messages: ChatMessage[]; tools?: { function: { name: string } }[] };
    this.model = model;
    this.messages = messages;
    this.toolNames = tools.map((tool) => tool.function.name);
    this.body = body;
    this.headers = headers;
    this.gone = gone;
  }

  /** The system prompt. */
  get system(): string {
    return this.messages
      .filter(({ role }) => role === 'system')
      .map(textOf)
      .join('\n');
  }

  /** The newest message of a user: what there is to see. */
  get page(): string {
    const message = this.messages.findLast(({ role }) => role === 'user');
    return message === undefined ? '' : textOf(message);
  }

  /** What the last tools gave. */
  get results(): string[] {
    const from = this.messages.findLastIndex(({ role }) => role === 'assistant');
    return this.messages
      .slice(from + 1)
      .filter(({ role }) => role === 'tool')
      .map(textOf);
  }

  get pictures(): string[] {
    return this.messages.flatMap(({ content }) => (Array.isArray(content) ? content.flatMap((part) => part.image_url?.url ?? []) : []));
  }

  /** The ref of an element that there is to see, e.g. `link "Prices"`. */
  ref(element: string): string {
    const line = this.page.split('\n').find((one) => one.includes(`- ${element}`));
    const ref = line === undefined ? undefined : /\[ref=(\w+)\]/.exec(line)?.[1];
    if (ref === undefined) throw new Error(`no ${element} with a ref in:\n${this.page}`);
    return ref;
  }
}

const textOf = ({ content }: ChatMessage): string =>
  typeof content === 'string' ? content : (content ?? []).map(({ text = '' }) => text).join('\n');

/** What a scripted model answers. */
export type ScriptedAnswer =
  | {
      text?: string;
      /** `input` as text: arguments that need not be JSON. */
      calls?: { name: string; input: Record<string, Json> | string }[];
      /** Null: the server does not say. */
      usage?: { prompt: number; cached?: number; completion: number } | null;
      finishReason?: string;
    }
  | { status: number; headers?: Record<string, string>; body?: string }
  /** Breaks the connection off in the middle of an answer. */
  | { cutAfter: string }
  /** Begins to answer, with some text or none, and never goes on. */
  | { hangs: true; text?: string };

export interface ScriptedServer extends AsyncDisposable {
  /** For `openai-compatible`: ends in `/v1`. */
  readonly baseUrl: string;
  /** What it was asked, oldest first. */
  readonly requests: ChatRequest[];
}

/** What `script` answers to the `n`th request, from 1; it may take its time. */
export type Script = (request: ChatRequest, n: number) => ScriptedAnswer | Promise<ScriptedAnswer>;

/**
 * A server that speaks OpenAI's chat completions, streamed or not, and answers what a script says.
 * https://platform.openai.com/docs/api-reference/chat
 */
export async function startScriptedServer(script: Script): Promise<ScriptedServer> {
  const requests: ChatRequest[] = [];
  const server = await startJsonServer(async (received, response) => {
    if (received.path !== '/v1/chat/completions') {
      response.writeHead(404).end();
      return;
    }
    const request = new ChatRequest(received);
    const n = requests.push(request);
    answer(response, request, n, await script(request, n));
  });
  return { baseUrl: `${server.origin}/v1`, requests, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** Answers one after the other, the last one again and again. */
export const inTurn =
  (...answers: (ScriptedAnswer | ((request: ChatRequest) => ScriptedAnswer))[]): Script =>
  (request, n) => {
    const next = answers[Math.min(n, answers.length) - 1] ?? { text: '' };
    return typeof next === 'function' ? next(request) : next;
  };

/** A call of one tool. */
export const calling = (name: string, input: Record<string, Json> | string = {}): ScriptedAnswer => ({ calls: [{ name, input }] });
/** Calls of several tools in one step, each a name and its input. */
export const callingAll = (...calls: readonly (readonly [name: string, input: Record<string, Json>])[]): ScriptedAnswer => ({
  calls: calls.map(([name, input]) => ({ name, input })),
});
/** The end of a turn. */
export const answering = (result: Json): ScriptedAnswer => calling('done', { result });

function answer(response: ServerResponse, request: ChatRequest, n: number, scripted: ScriptedAnswer): void {
  if ('status' in scripted) {
    response.writeHead(scripted.status, { 'content-type': 'application/json', ...scripted.headers });
    response.end(scripted.body ?? JSON.stringify({ error: { message: `scripted ${scripted.status}`, type: 'scripted' } }));
  } else if ('hangs' in scripted) {
    sendEvents(response, [chunk(request, n, { role: 'assistant', content: scripted.text ?? '' })]);
  } else if ('cutAfter' in scripted) {
    sendEvents(response, [chunk(request, n, { role: 'assistant', content: scripted.cutAfter })]);
    setImmediate(() => response.destroy());
  } else if (request.body.stream === true) {
    stream(response, request, n, scripted);
  } else {
    whole(response, request, n, scripted);
  }
}

type Spoken = Extract<ScriptedAnswer, { calls?: unknown }>;

const argumentsOf = (input: Record<string, Json> | string) => (typeof input === 'string' ? input : JSON.stringify(input));
const finishOf = ({ calls = [], finishReason }: Spoken) => finishReason ?? (calls.length > 0 ? 'tool_calls' : 'stop');
const usageOf = ({ usage = { prompt: 100, completion: 10 } }: Spoken) =>
  usage === null
    ? null
    : {
        prompt_tokens: usage.prompt,
        completion_tokens: usage.completion,
        total_tokens: usage.prompt + usage.completion,
        prompt_tokens_details: { cached_tokens: usage.cached ?? 0 },
      };

const chunk = (request: ChatRequest, n: number, delta: Json, finishReason: string | null = null) => ({
  id: `chat-${n}`,
  object: 'chat.completion.chunk',
  created: 0,
  model: request.model,
  choices: [{ index: 0, delta, finish_reason: finishReason }],
});

/** In small pieces, as servers do. */
function stream(response: ServerResponse, request: ChatRequest, n: number, scripted: Spoken): void {
  const { text = '', calls = [] } = scripted;
  sendEvents(response, [
    chunk(request, n, { role: 'assistant', content: '' }),
    ...(text.match(/[\s\S]{1,20}/g) ?? []).map((content) => chunk(request, n, { content })),
    ...calls.flatMap(({ name, input }, index) => {
      const pieces = argumentsOf(input).match(/[\s\S]{1,12}/g) ?? [];
      const first = { index, id: `call_${index}`, type: 'function', function: { name, arguments: '' } };
      return [first, ...pieces.map((piece) => ({ index, function: { arguments: piece } }))].map((call) =>
        chunk(request, n, { tool_calls: [call] }),
      );
    }),
    chunk(request, n, {}, finishOf(scripted)),
    { id: `chat-${n}`, object: 'chat.completion.chunk', created: 0, model: request.model, choices: [], usage: usageOf(scripted) },
  ]);
  response.end('data: [DONE]\n\n');
}

function whole(response: ServerResponse, request: ChatRequest, n: number, scripted: Spoken): void {
  const { text = '', calls = [] } = scripted;
  const tool_calls = calls.map(({ name, input }, index) => ({
    id: `call_${index}`,
    type: 'function',
    function: { name, arguments: argumentsOf(input) },
  }));
  const message = { role: 'assistant', content: text, ...(calls.length > 0 ? { tool_calls } : {}) };
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify({
      id: `chat-${n}`,
      object: 'chat.completion',
      created: 0,
      model: request.model,
      choices: [{ index: 0, message, finish_reason: finishOf(scripted) }],
      usage: usageOf(scripted),
    }),
  );
}
