import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SOLVING_SERVICES, SolvingService, type SolvingServiceName } from './solving-service.js';

const NAMES = Object.keys(SOLVING_SERVICES) as SolvingServiceName[];
const RIDDLE = { kind: 'turnstile', siteKey: 'key-1', pageUrl: 'https://example.com/sign-in' } as const;

/** What the service stand-in is asked, and what it says, in order. */
let asked: { path: string; body: Record<string, unknown> }[];
let says: unknown[];
let server: Server;
let url: string;
beforeEach(async () => {
  [asked, says] = [[], []];
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    asked.push({ path: request.url ?? '', body: JSON.parse(body) });
    const next = says.shift();
    if (next === undefined) return; // it never answers
    if (typeof next === 'string' && next.startsWith('http')) response.writeHead(307, { location: next }).end();
    else response.end(typeof next === 'string' ? next : JSON.stringify(next));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const solve = (name: SolvingServiceName, riddle: Parameters<SolvingService['solve']>[0] = RIDDLE, timeoutMs = 10_000) =>
  new SolvingService({ name, apiKey: 'a-secret-key', url: `${url}/` }).solve(riddle, AbortSignal.timeout(timeoutMs));

describe('A solving service', () => {
  it.each(NAMES)('should be asked as %s wants to be, and again until it has an answer', async (name) => {
    says = [
      { errorId: 0, taskId: 7 },
      { errorId: 0, status: 'processing' },
      { errorId: 0, status: 'ready', solution: { token: '0.abc' } },
    ];
    expect(await solve(name)).toBe('0.abc');
    const task = { type: SOLVING_SERVICES[name].tasks.turnstile, websiteURL: RIDDLE.pageUrl, websiteKey: 'key-1' };
    expect(asked).toEqual([
      { path: '/createTask', body: { clientKey: 'a-secret-key', task } },
      { path: '/getTaskResult', body: { clientKey: 'a-secret-key', taskId: 7 } },
      { path: '/getTaskResult', body: { clientKey: 'a-secret-key', taskId: 7 } },
    ]);
  });

  it('should be sent pictures, and may answer at once', async () => {
    says = [{ errorId: 0, errorCode: '', taskId: 'a-b', status: 'ready', solution: { text: 'w7kp' } }];
    expect(await solve('capsolver', { kind: 'image', picture: Buffer.from('PNG') })).toBe('w7kp');
    expect(asked[0]?.body.task).toEqual({ type: 'ImageToTextTask', body: 'UE5H' });
  });

  it.each([
    [{ errorId: 1, errorCode: 'ERROR_ZERO_BALANCE', errorDescription: 'Top up' }, 'ERROR_ZERO_BALANCE: Top up'],
    [{ errorId: 0, taskId: 7, status: 'failed' }, 'it failed'],
    [{ errorId: 0 }, 'it named no task'],
    ['<html>', 'it answered with status 200 and not as it should'],
    [{ errorId: 0, status: 'ready', solution: { token: 7 } }, 'it answered with status 200 and not as it should'],
    ['http://127.0.0.1:1/', 'it cannot be reached'],
  ])('should be quoted, without the key, when it says %j', async (said, why) => {
    says = [said];
    const error: Error = await solve('2captcha').then(
      () => expect.unreachable(),
      (cause) => cause,
    );
    expect(error.message).toBe(`2captcha did not solve the captcha: ${why}.`);
    expect(`${error.stack}`).not.toContain('a-secret-key');
  });

  it('should not be waited for longer than it may take', async () => {
    await expect(solve('anti-captcha', RIDDLE, 100)).rejects.toMatchObject({ name: 'TimeoutError' });
    says = [{ errorId: 0, taskId: 7 }];
    await expect(solve('anti-captcha', RIDDLE, 100)).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});
