import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** How often the agent looks and acts before it is done. */
export const STEPS = 8;

/** A model that takes no time: it scrolls up and down, and is done. It speaks the wire of OpenAI's chat completions. */
export class InstantModel implements AsyncDisposable {
  readonly baseUrl: string;
  readonly #server;

  private constructor(server: ReturnType<typeof createServer>, baseUrl: string) {
    this.#server = server;
    this.baseUrl = baseUrl;
  }

  static async start(): Promise<InstantModel> {
    const server = createServer((request, response) => void answer(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new InstantModel(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { messages, stream } = JSON.parse(await text(request)) as { messages: { role: string }[]; stream?: boolean };
  const done = messages.filter(({ role }) => role === 'tool').length;
  const call =
    done + 1 < STEPS
      ? { name: 'scroll', input: { direction: done % 2 === 0 ? 'down' : 'up' } }
      : { name: 'done', input: { result: 'Done.' } };
  const id = `call-${done}`;
  const calls = [{ index: 0, id, type: 'function', function: { name: call.name, arguments: JSON.stringify(call.input) } }];
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
  const about = { id, created: 0, model: 'instant' };
  const delta = { role: 'assistant', content: null, tool_calls: calls };
  if (stream !== true) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({ ...about, object: 'chat.completion', choices: [{ index: 0, message: delta, finish_reason: 'tool_calls' }], usage }),
    );
    return;
  }
  const chunk = (part: object) => `data: ${JSON.stringify({ ...about, object: 'chat.completion.chunk', ...part })}\n\n`;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(chunk({ choices: [{ index: 0, delta, finish_reason: null }] }));
  response.end(`${chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }], usage })}data: [DONE]\n\n`);
}
