import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { BrowserInfo } from '../types.js';

/** A request as it came in. */
export interface Received {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export type Answer = (response: ServerResponse, request: Received) => void;

/**
 * A real HTTP server that gives the answers of a list in turn, the last one for ever, and remembers what it was asked. It closes when
 * the test is over.
 */
export async function startContractServer(...answers: Answer[]): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const answer = answers[Math.min(received.length, answers.length - 1)];
      const { method = '', url: path = '', headers } = request;
      const entry = { method, path, headers, body: Buffer.concat(chunks).toString() };
      received.push(entry);
      answer?.(response, entry);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };

export const failure = (
  status: number,
  code: string,
  headers: Record<string, string> = {},
  details: Record<string, unknown> = {},
): Answer => json(status, { error: `${code}, do something`, code, details, requestId: 'req_1' }, headers);

/** The connection breaks without an answer. */
export const hangUp: Answer = (response) => void response.socket?.destroy();
/** No answer comes, ever. */
export const silence: Answer = () => undefined;

/** Server-sent events; then the connection breaks, ends, or stays open. */
export const eventStream =
  (text: string, then: 'break' | 'end' | 'stay'): Answer =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(text, () => {
      if (then === 'break') response.socket?.destroy();
      if (then === 'end') response.end();
    });
  };

export const browserInfo = (change: Partial<BrowserInfo> = {}): BrowserInfo => ({
  id: 'br_00000000000000000000000001',
  status: 'running',
  kind: 'headless-shell',
  browserVersion: '156.0.8078.79',
  isolation: { level: 'process', reasons: [] },
  standby: 'awake',
  startup: 'warm',
  startupReason: null,
  createdAt: '2026-11-22T00:00:00.000Z',
  endedAt: null,
  expiresAt: '2026-11-22T01:00:00.000Z',
  idleTimeoutSeconds: 300,
  maxDurationSeconds: 3600,
  reason: null,
  metadata: {},
  identity: {
    locale: 'en-US',
    languages: ['en-US', 'en'],
    timezone: 'UTC',
    userAgent: 'Mozilla/5.0',
    viewport: { width: 1280, height: 720 },
    screen: { width: 1920, height: 1080 },
    colorScheme: 'light',
    geolocation: null,
    rendering: 'varied',
    seed: 'a seed',
  },
  network: {
    exit: { type: 'direct', source: 'host', server: null, addresses: [], country: null, city: null, tags: [] },
    allow: null,
    deny: [],
  },
  endUserId: null,
  profile: null,
  needsHuman: null,
  warnings: [],
  cdpUrl: 'ws://127.0.0.1:7070/v1/browsers/br_1/cdp?token=secret',
  ...change,
});
