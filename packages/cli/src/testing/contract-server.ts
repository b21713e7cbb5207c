import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** A body, or a status and a body. */
type Answer = object | readonly [status: number, body?: object];

/** Answers by `METHOD /path`; a function gives them anew each time. */
export type Answers = Record<string, Answer | (() => Answer)>;

/** A server that answers what the contract says, as far as a test tells it, and remembers what it was asked. It closes after the test. */
export async function startContractServer(answers: Answers): Promise<{ env: NodeJS.ProcessEnv; asked: [call: string, body?: unknown][] }> {
  const asked: [string, unknown?][] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const call = `${request.method} ${request.url}`;
    asked.push(body === '' ? [call] : [call, JSON.parse(body)]);
    const missing = [404, { error: `There is no ${call}.`, code: 'not_found', details: {}, requestId: 'req_1' }] as const;
    const found = answers[call] ?? missing;
    const answer: Answer = typeof found === 'function' ? found() : found;
    const [status, content] = Array.isArray(answer) ? answer : [200, answer];
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(content === undefined ? undefined : JSON.stringify(content));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { env: { CARREL_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, CARREL_API_KEY: 'ck_test' }, asked };
}
