import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Credentials, Webhook, WebhookDelivery } from '@carrel/sdk';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Answers, startContractServer } from '../testing/contract-server.js';
import { type Input, runCarrel } from '../testing/run-carrel.js';
import { eventOf, SESSION_ID, stepOf, TASK_ID, taskOf } from '../testing/task-of.js';

const AT = '2026-11-22T00:00:00.000Z';

async function serve(answers: Answers) {
  const { env, asked } = await startContractServer(answers);
  const cwd = await mkdtemp(join(tmpdir(), 'carrel-cli-'));
  onTestFinished(() => rm(cwd, { recursive: true }));
  return { carrel: (words: string[], input?: Input) => runCarrel(words, env, cwd, input), asked, cwd };
}

describe('carrel sessions', () => {
  const session = {
    sessionId: SESSION_ID,
    endUserId: 'ann',
    createdAt: AT,
    tasks: [taskOf(), taskOf({ task: 'And then?', result: { a: 1 } })],
  };
  const summary = {
    sessionId: SESSION_ID,
    endUserId: 'ann',
    firstTask: 'What is on sale?\nAll of it.',
    turnCount: 2,
    latestStatus: 'completed',
  };
  const answers: Answers = {
    'GET /v1/sessions?limit=20': { data: [{ ...summary, latestCreatedAt: AT, latestUpdatedAt: AT }], nextCursor: null },
    [`GET /v1/sessions/${SESSION_ID}`]: session,
    [`GET /v1/sessions/${SESSION_ID}/export`]: session,
    [`DELETE /v1/sessions/${SESSION_ID}`]: [204],
  };

  it('should list, show, take out and delete them', async () => {
    const { carrel, asked, cwd } = await serve(answers);
    const list = await carrel(['sessions']);
    expect(list.stdout).toMatch(/^s_\w+ +ann +2 +completed +\S+ +What is on sale\?…$/m);
    expect((await carrel(['sessions', 'ls'])).stdout).toBe(list.stdout);
    const { stdout } = await carrel(['sessions', 'show', SESSION_ID]);
    expect(stdout).toMatch(/› What is on sale\?.*Essays, and The Pillow Book\..*› And then\?.*"a": 1/s);
    await carrel(['sessions', 'export', SESSION_ID, '-o', 'all.json']);
    expect(JSON.parse(await readFile(join(cwd, 'all.json'), 'utf8'))).toEqual(session);
    expect((await stat(join(cwd, 'all.json'))).mode & 0o777).toBe(0o600);
    const kept = await carrel(['sessions', 'rm', SESSION_ID], { text: 'n\n', isTTY: true });
    expect(kept).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('Nothing was deleted') });
    expect(asked.map(([call]) => call)).not.toContain(`DELETE /v1/sessions/${SESSION_ID}`);
    expect((await carrel(['sessions', 'rm', SESSION_ID, '--yes'])).stdout).toBe(`Deleted ${SESSION_ID}\n`);
  });
});

describe('carrel tasks', () => {
  it('should show one with its steps, and what it knew', async () => {
    const context = { previousContext: 'Two books.', previousError: ['No such page.'] };
    const { carrel } = await serve({
      [`GET /v1/tasks/${TASK_ID}?include=context`]: taskOf({ context, stepSummaries: [stepOf()] }),
      [`GET /v1/tasks/${TASK_ID}/events?after=0&limit=1000`]: { data: [eventOf(1, 'task.created')], nextCursor: null },
    });
    const { stdout } = await carrel(['tasks', 'show', TASK_ID, '--context']);
    for (const text of ['Two books.', 'No such page.', 'Clicked “Sale”.', 'Essays, and']) expect(stdout).toContain(text);
    expect((await carrel(['tasks', 'events', TASK_ID])).stdout).toMatch(/^ +1 \S+ task\.created$/m);
    expect((await carrel(['tasks', 'show', 't_none'])).exitCode).toBe(3);
  });

  it('should steer them', async () => {
    const of = (part: string) => ({
      [`POST /v1/tasks/${TASK_ID}/${part}`]: taskOf({ status: part === 'cancel' ? 'cancelled' : 'running' }),
    });
    const { carrel, asked } = await serve({ ...of('cancel'), ...of('pause'), ...of('resume'), ...of('requeue') });
    expect((await carrel(['tasks', 'cancel', TASK_ID])).stdout).toBe(`${TASK_ID} cancelled\n`);
    await carrel(['tasks', 'pause', TASK_ID]);
    await carrel(['tasks', 'resume', TASK_ID, '--answer', 'yes']);
    await carrel(['tasks', 'resume', TASK_ID, '--answer', '-'], { text: 'from the input\n' });
    await carrel(['tasks', 'requeue', TASK_ID]);
    expect(asked.map(([call, body]) => [call.split('/').at(-1), body])).toEqual([
      ['cancel', undefined],
      ['pause', undefined],
      ['resume', { answer: 'yes' }],
      ['resume', { answer: 'from the input' }],
      ['requeue', undefined],
    ]);
  });

  it('should list the dead ones', async () => {
    const dead = taskOf({ status: 'failed', errorCode: 'browser_failed', error: 'It crashed.', isDead: true });
    const { carrel } = await serve({ 'GET /v1/dead-tasks?limit=100': { data: [dead], nextCursor: null } });
    expect((await carrel(['tasks', 'dead'])).stdout).toMatch(/^t_\w+ +me +\S+ +browser_failed +It crashed\.$/m);
  });
});

describe('carrel credentials', () => {
  const PATH = '/v1/end-users/ann/credentials';
  const given: Credentials = {
    endUserId: 'ann',
    platforms: { reddit: true, twitter: false },
    cookies: [{ name: 'sid', domain: 'shop.example', path: '/', expires: -1 }],
    origins: [{ origin: 'https://shop.example', updatedAt: AT }],
    logins: [
      {
        ...{ alias: 'shop', domain: 'shop.example', origins: ['https://shop.example'], includeSubdomains: true },
        ...{ hasUsername: true, hasPassword: true, hasTotpSecret: false, fields: ['pin'], updatedAt: AT },
      },
    ],
  };

  it('should take the secrets of a login from the input, line by line, and show none', async () => {
    const { carrel, asked } = await serve({ [`PUT ${PATH}`]: { ok: true } });
    const words = [
      'credentials',
      'add',
      'ann',
      'shop.example',
      '--username',
      'ann@a.example',
      '--totp',
      '--field',
      'pin',
      '--alias',
      'shop',
    ];
    const { stdout, stderr, exitCode } = await carrel([...words, '--include-subdomains'], { text: 'pass word\nJBSWY3DPEHPK3PXP\n1234\n' });
    expect(exitCode).toBe(0);
    const login = {
      domain: 'shop.example',
      alias: 'shop',
      username: 'ann@a.example',
      password: 'pass word',
      totpSecret: 'JBSWY3DPEHPK3PXP',
    };
    expect(asked).toEqual([[`PUT ${PATH}`, { logins: [{ ...login, fields: { pin: '1234' }, includeSubdomains: true }] }]]);
    expect(stdout + stderr).not.toMatch(/pass word|JBSWY|1234/);
    expect((await carrel(words, { text: 'only one\n' })).exitCode).toBe(2);
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['storageState', { cookies: [], origins: [] }, { storageState: { cookies: [], origins: [] } }],
    ['cookies', [{ name: 'a' }], { cookies: [{ name: 'a' }] }],
    ['the request itself', { redditSession: 'secret' }, { redditSession: 'secret' }],
  ])('should give %s', async (_, content, request) => {
    const { carrel, asked, cwd } = await serve({ [`PUT ${PATH}`]: { ok: true } });
    await writeFile(join(cwd, 'secrets.json'), JSON.stringify(content));
    expect((await carrel(['credentials', 'set', 'ann', 'secrets.json'])).exitCode).toBe(0);
    expect((await carrel(['credentials', 'set', 'ann', '-'], { text: JSON.stringify(content) })).exitCode).toBe(0);
    expect(asked).toEqual([
      [`PUT ${PATH}`, request],
      [`PUT ${PATH}`, request],
    ]);
  });

  it('should not show what it cannot read', async () => {
    const { carrel } = await serve({});
    const { exitCode, stderr } = await carrel(['credentials', 'set', 'ann', '-'], { text: '{"password": canary' });
    expect(exitCode).toBe(2);
    expect(stderr).not.toContain('canary');
  });

  it('should list and delete them', async () => {
    const deleted = { logins: ['shop'], cookies: 2, origins: 0 };
    const { carrel, asked } = await serve({ [`GET ${PATH}`]: given, [`DELETE ${PATH}`]: { ok: true, deleted } });
    const { stdout } = await carrel(['credentials', 'ls', 'ann']);
    expect(stdout).toMatch(/^shop +username password pin +https:\/\/shop\.example and below/m);
    expect(stdout).toMatch(/^Presets +reddit$/m);
    expect(stdout).toMatch(/^shop\.example +\/ +sid +session$/m);
    const some = await carrel(['credentials', 'rm', 'ann', '--login', 'shop', '--domain', 'a.example', '--preset', 'redditSession']);
    expect(some).toMatchObject({ exitCode: 0, stdout: 'Deleted of ann: the login shop, 2 cookies\n' });
    await carrel(['credentials', 'rm', 'ann']);
    expect(asked.slice(1)).toEqual([
      [`DELETE ${PATH}`, { logins: ['shop'], domains: ['a.example'], fields: ['redditSession'] }],
      [`DELETE ${PATH}`, {}],
    ]);
  });
});

describe('carrel end-users', () => {
  it('should list, take out and delete them', async () => {
    const ann = { endUserId: 'ann', sessionCount: 2, profileCount: 0, hasCredentials: true, createdAt: AT };
    const { carrel, asked } = await serve({
      'GET /v1/end-users?limit=100': { data: [ann], nextCursor: null },
      'GET /v1/end-users/ann/export': { endUser: ann },
      'DELETE /v1/end-users/ann': [204],
    });
    expect((await carrel(['end-users', 'ls'])).stdout).toMatch(/^ann +2 +0 +yes/m);
    expect(JSON.parse((await carrel(['end-users', 'export', 'ann'])).stdout)).toEqual({ endUser: ann });
    expect((await carrel(['end-users', 'rm', 'ann'], { text: '\n', isTTY: true })).exitCode).toBe(1);
    expect((await carrel(['end-users', 'rm', 'ann', '--yes'])).exitCode).toBe(0);
    expect(asked.at(-1)).toEqual(['DELETE /v1/end-users/ann']);
  });
});

describe('carrel webhooks', () => {
  const webhook: Webhook = { id: 'wh_1', url: 'https://a.example/hook', events: ['task.completed'], isEnabled: true, createdAt: AT };
  const delivery: WebhookDelivery = {
    ...{ id: 'msg_1', type: 'task.completed', taskId: TASK_ID, browserId: null, status: 'failed', nextAttemptAt: null, createdAt: AT },
    attempts: [{ at: AT, status: 500, error: null, durationMs: 3 }],
  };

  it('should make, list, change and delete them, and show a secret once', async () => {
    const { carrel, asked } = await serve({
      'POST /v1/webhooks': [201, { ...webhook, secret: 'whsec_x' }],
      'GET /v1/webhooks': { data: [webhook], nextCursor: null },
      'PATCH /v1/webhooks/wh_1': { ...webhook, isEnabled: false },
      'POST /v1/webhooks/wh_1/rotate-secret': { ...webhook, secret: 'whsec_y' },
      'DELETE /v1/webhooks/wh_1': [204],
    });
    const created = await carrel(['webhooks', 'create', webhook.url, '--events', 'task.completed', 'human.asked']);
    expect(created.stdout).toMatch(/^secret +whsec_x$/m);
    expect(created.stderr).toContain('not shown again');
    expect((await carrel(['webhooks', 'ls'])).stdout).toMatch(/^wh_1 +on +https:\/\/a\.example\/hook +task\.completed$/m);
    await carrel(['webhooks', 'update', 'wh_1', '--disable', '--to', 'https://b.example']);
    expect((await carrel(['webhooks', 'rotate-secret', 'wh_1'])).stdout).toContain('whsec_y');
    await carrel(['webhooks', 'rm', 'wh_1', '--yes']);
    expect(asked[0]).toEqual(['POST /v1/webhooks', { url: webhook.url, events: ['task.completed', 'human.asked'] }]);
    expect(asked).toContainEqual(['PATCH /v1/webhooks/wh_1', { url: 'https://b.example', isEnabled: false }]);
    expect((await carrel(['webhooks', 'update', 'wh_1', '--json'])).exitCode).toBe(2);
    expect((await carrel(['webhooks', 'create', webhook.url, '--events', 'task.done'])).exitCode).toBe(2);
  });

  it('should list deliveries, and deliver again', async () => {
    const { carrel } = await serve({
      'GET /v1/webhooks/wh_1/deliveries?status=failed&limit=50': { data: [delivery], nextCursor: null },
      'POST /v1/webhooks/wh_1/deliveries/msg_1/redeliver': [202, { ...delivery, status: 'pending' }],
    });
    const { stdout } = await carrel(['webhooks', 'deliveries', 'wh_1', '--status', 'failed']);
    expect(stdout).toMatch(/^msg_1 +task\.completed +t_\w+ +failed +1 attempt +500$/m);
    expect((await carrel(['webhooks', 'redeliver', 'wh_1', 'msg_1'])).stdout).toBe('msg_1 pending\n');
  });
});
