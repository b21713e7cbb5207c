import { EgressPolicy, parseAllowance } from '@carrel/browser';
import { type BrowserEvent, newId, type Webhook, type WebhookDelivery, webhookPayload } from '@carrel/protocol';
import pg from 'pg';
import { pino } from 'pino';
import { generate } from 'selfsigned';
import { Webhook as Verifier } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestDatabase, type TestServer } from '../profiles/testing/test-database.js';
import type { BrowserRecord, DueDelivery, TaskRow } from '../store/index.js';
import { WrittenTasks } from '../tasks/testing/written-tasks.js';
import { WebhookSender, type WebhookSenderOptions } from './sender.js';
import { type Answer, type Receiver, startReceiver } from './testing/receiver.js';

const logger = pino({ level: process.env.CARREL_TEST_LOG ?? 'silent' });
const DEADLINE_MS = 8_000;

let database: TestDatabase;
let server: TestServer;
let tasks: WrittenTasks;
let projectId: string;
const resources: AsyncDisposable[] = [];

beforeAll(async () => {
  database = await TestDatabase.start();
  server = await database.open();
  tasks = new WrittenTasks(database.url, server.store.webhookDeliveries);
});
afterAll(async () => {
  await tasks?.[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  projectId = (await server.store.projects.create({ name: 'one of its own' })).id;
});
afterEach(async () => {
  for (const resource of resources.splice(0).reverse()) await resource[Symbol.asyncDispose]();
  // What a test leaves behind would be delivered by the next one's sender.
  await raw('delete from carrel.webhooks');
});

async function receiver(...about: Parameters<typeof startReceiver>): Promise<Receiver> {
  const started = await startReceiver(...about);
  resources.push(started);
  return started;
}

/** A sender that may deliver to loopback, and to nothing else that is not public. */
function startSender({ allow = ['127.0.0.0/8'], ...options }: Partial<WebhookSenderOptions> & { allow?: string[] } = {}): WebhookSender {
  const allowances = allow.map((text) => parseAllowance(text)).filter((allowance) => allowance !== undefined);
  const sender = new WebhookSender({ store: server.store, policy: new EgressPolicy({ allowances }), logger, ...options });
  resources.push(sender);
  return sender;
}

const hook = (url: string, project = projectId) => server.store.webhooks.create(project, { url });
const end = async (row?: TaskRow) =>
  await tasks.event((row ?? (await tasks.add({ projectId, status: 'running' }))).id, 'task.completed', { status: 'completed' });

async function log({ id }: Webhook, project = projectId): Promise<WebhookDelivery[]> {
  return (await server.store.webhookDeliveries.list(project, id, { limit: 100 })).data;
}

/** The one delivery of a webhook, once it is as is asked for. */
async function delivery(webhook: Webhook, isIt: (one: WebhookDelivery) => boolean): Promise<WebhookDelivery> {
  const is = async () => {
    const [one] = await log(webhook);
    return one !== undefined && isIt(one) ? one : undefined;
  };
  return (await expect.poll(is, { timeout: DEADLINE_MS }).toBeDefined().then(is)) as WebhookDelivery;
}
const isOver = ({ status }: WebhookDelivery) => status !== 'pending';
const wasAttempted = ({ attempts }: WebhookDelivery) => attempts.length > 0;

async function raw(text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** A browser that waits for a person until then, and is written down as often as is said. */
async function browserInNeed(link: string, { expiresAt, times = 1 }: { expiresAt: Date; times?: number }): Promise<BrowserRecord> {
  const { writes, webhookDeliveries } = server.store;
  const exit: BrowserRecord['network']['exit'] = {
    ...{ type: 'direct', source: 'host', server: null, addresses: [], country: null, city: null, tags: [] },
  };
  const record: BrowserRecord = {
    ...{
      id: newId('browser'),
      projectId,
      status: 'running',
      kind: 'chromium',
      browserVersion: null,
      endUserId: 'ada',
      metadata: { order: '7' },
    },
    ...{ isolation: { level: 'sandbox', reasons: [] }, standby: 'awake', startup: 'cold', startupReason: null },
    ...{
      createdAt: new Date().toISOString(),
      endedAt: null,
      expiresAt: expiresAt.toISOString(),
      idleTimeoutSeconds: 1,
      maxDurationSeconds: 1,
    },
    ...{ reason: null, identity: null, network: { exit, allow: null, deny: [] }, profile: null },
    ...{ warnings: [], needsHuman: null },
  };
  const event: BrowserEvent = {
    ...{ id: 1, type: 'human.needed', createdAt: new Date().toISOString() },
    data: { reason: 'captcha', message: 'Solve it.', expiresAt: expiresAt.toISOString() },
  };
  for (let time = 0; time < times; time++) {
    writes.putBrowser(record);
    writes.appendEvent(record.id, event, webhookDeliveries.noticeOf(record, event, link));
    await writes.flush();
  }
  return record;
}

describe('deliveries of what a browser needs a person for', () => {
  const LINK = 'https://carrel.example/live/a-secret-token';

  it('should carry the link, which stands nowhere in the database, and come once', async () => {
    const there = await receiver();
    const webhook = await hook(there.url);
    startSender();
    const { id } = await browserInNeed(LINK, { expiresAt: new Date(Date.now() + 60_000), times: 2 });
    expect(await delivery(webhook, isOver)).toMatchObject({ type: 'human.needed', browserId: id, taskId: null, status: 'delivered' });
    expect(await log(webhook)).toHaveLength(1);
    const [{ headers, body }] = there.received as [Receiver['received'][number]];
    expect(webhookPayload.parse(new Verifier(webhook.secret).verify(body, headers))).toMatchObject({
      type: 'human.needed',
      data: { browserId: id, endUserId: 'ada', status: 'running', metadata: { order: '7' }, url: LINK, event: { id: 1 } },
    });
    const kept = await raw('select d::text as delivery, e::text as event from carrel.webhook_deliveries d, carrel.browser_events e');
    expect(JSON.stringify(kept)).toContain(id);
    const hex = Buffer.from('a-secret-token').toString('hex');
    expect(JSON.stringify(kept)).not.toMatch(new RegExp(`a-secret-token|${hex}`));
  });

  it('should be without the link when its time is over', async () => {
    const there = await receiver();
    const webhook = await hook(there.url);
    startSender();
    await browserInNeed(LINK, { expiresAt: new Date(Date.now() - 1) });
    await delivery(webhook, isOver);
    expect(there.received[0]?.body).not.toContain('a-secret-token');
  });
});

describe('deliveries to webhooks', () => {
  it('should be signed as Standard Webhooks say, and tell what the log of the task tells', async () => {
    const there = await receiver();
    const webhook = await hook(there.url);
    startSender();
    const row = await end(await tasks.add({ projectId, status: 'running', request: { metadata: { order: '7' } } }));
    const { id, attempts } = await delivery(webhook, isOver);
    expect(attempts).toEqual([{ at: expect.any(String), status: 204, error: null, durationMs: expect.any(Number) }]);
    const [{ headers, body, path }] = there.received as [Receiver['received'][number]];
    expect(there.received).toHaveLength(1);
    const payload = webhookPayload.parse(new Verifier(webhook.secret).verify(body, headers));
    expect(payload).toMatchObject({
      type: 'task.completed',
      data: { taskId: row.id, sessionId: row.sessionId, endUserId: 'ada', status: 'completed', metadata: { order: '7' }, event: { id: 1 } },
    });
    expect(path).toBe('/hook');
    expect(headers).toMatchObject({
      'webhook-id': id,
      'content-type': 'application/json',
      'user-agent': expect.stringMatching(/^Carrel\//),
    });
    expect(() => new Verifier(webhook.secret).verify(body.replace('completed', 'cancelled'), headers)).toThrow();
  });

  it('should be signed with the secret before, too, for a day after it was renewed', async () => {
    const there = await receiver();
    const webhook = await hook(there.url);
    const renewed = await server.store.webhooks.rotateSecret(projectId, webhook.id);
    expect(renewed.secret).not.toBe(webhook.secret);
    startSender();
    await end();
    await delivery(webhook, isOver);
    const [{ headers, body }] = there.received as [Receiver['received'][number]];
    expect(headers['webhook-signature'].split(' ')).toHaveLength(2);
    for (const { secret } of [webhook, renewed]) new Verifier(secret).verify(body, headers);
    await raw("update carrel.webhooks set earlier_secret_until = now() - interval '1 second'");
    await end();
    await expect.poll(() => there.received.length, { timeout: DEADLINE_MS }).toBe(2);
    const [, { headers: later, body: laterBody }] = there.received as [unknown, Receiver['received'][number]];
    new Verifier(renewed.secret).verify(laterBody, later);
    expect(() => new Verifier(webhook.secret).verify(laterBody, later)).toThrow();
  });

  it('should be made of the events that are asked for, and of none that did not come to be', async () => {
    const there = await receiver();
    const webhook = await hook(there.url);
    const all = await server.store.webhooks.create(projectId, {
      url: there.url,
      events: ['task.running', 'task.completed', 'task.running'],
    });
    expect(all.events).toEqual(['task.running', 'task.completed']);
    const row = await tasks.add({ projectId });
    await tasks.event(row.id, 'task.running');
    await tasks.event(row.id, 'step.started');
    const isTooLong = { model: 'x\0' }; // what Postgres refuses undoes the event and all that is told of it
    await expect(tasks.event(row.id, 'task.completed', isTooLong)).rejects.toThrow();
    await tasks.event(row.id, 'task.completed');
    expect((await log(webhook)).map(({ type }) => type)).toEqual(['task.completed']);
    expect((await log(all)).map(({ type }) => type).sort()).toEqual(['task.completed', 'task.running']);
  });

  it('should be attempted again until they are received, under the same id', async () => {
    const statuses = [500, 429, 200];
    const there = await receiver((response, _, time) => response.writeHead(statuses[time - 1] ?? 200).end());
    const webhook = await hook(there.url);
    startSender({ retryDelaysMs: [1, 1, 1] });
    await end();
    const { status, attempts, nextAttemptAt } = await delivery(webhook, isOver);
    expect({ status, nextAttemptAt }).toEqual({ status: 'delivered', nextAttemptAt: null });
    expect(attempts.map((attempt) => attempt.status)).toEqual(statuses);
    expect(attempts.map(({ error }) => error)).toEqual([expect.stringContaining('500'), expect.stringContaining('429'), null]);
    expect(new Set(there.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  it('should be given up after the last attempt, and made again when that is asked for', async () => {
    const statuses = [500, 500, 204];
    const there = await receiver((response, _, time) => response.writeHead(statuses[time - 1] ?? 500).end());
    const webhook = await hook(there.url);
    startSender({ retryDelaysMs: [1] });
    await end();
    const failed = await delivery(webhook, isOver);
    expect(failed).toMatchObject({ status: 'failed', nextAttemptAt: null });
    expect(failed.attempts).toHaveLength(2);
    expect(await server.store.webhookDeliveries.redeliver(projectId, webhook.id, failed.id)).toMatchObject({
      id: failed.id,
      status: 'pending',
    });
    const again = await delivery(webhook, isOver);
    expect(again.status).toBe('delivered');
    expect(again.attempts).toHaveLength(3);
    expect(new Set(there.received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([failed.id]));
  });

  it('should wait as long as the receiver asks for, but not for ever', async () => {
    for (const [header, atLeastMs, atMostMs] of [
      ['3600', 3_590_000, 3_610_000],
      [new Date(Date.now() + 7_200_000).toUTCString(), 7_000_000, 7_210_000],
      ['99999999999', 35_900_000, 36_100_000],
      ['nonsense', 9_000, 13_000],
    ] as const) {
      const there = await receiver((response) => response.writeHead(503, { 'retry-after': header }).end());
      const webhook = await hook(there.url);
      const sender = startSender({ retryDelaysMs: [10_000] });
      await end();
      const { attempts, nextAttemptAt } = await delivery(webhook, wasAttempted);
      const waitMs = Date.parse(nextAttemptAt ?? '') - Date.parse(attempts.at(-1)?.at ?? '');
      expect(waitMs, header).toBeGreaterThan(atLeastMs);
      expect(waitMs, header).toBeLessThan(atMostMs);
      await sender[Symbol.asyncDispose]();
      await server.store.webhooks.delete(projectId, webhook.id);
    }
  });

  it('should end for good when the receiver is gone, and when the webhook is disabled', async () => {
    const there = await receiver((response) => response.writeHead(410).end());
    const webhook = await hook(there.url);
    await end();
    await end();
    const sender = startSender({ retryDelaysMs: [3_600_000] });
    await expect.poll(async () => (await log(webhook)).map(({ status }) => status), { timeout: DEADLINE_MS }).toEqual(['failed', 'failed']);
    expect((await server.store.webhooks.get(projectId, webhook.id)).isEnabled).toBe(false);
    await end();
    expect(await log(webhook)).toHaveLength(2);
    const [{ id }] = (await log(webhook)) as [WebhookDelivery];
    await expect(server.store.webhookDeliveries.redeliver(projectId, webhook.id, id)).rejects.toMatchObject({ code: 'conflict' });
    await sender[Symbol.asyncDispose]();
    await server.store.webhooks.update(projectId, webhook.id, { isEnabled: true });
    await end();
    await server.store.webhooks.update(projectId, webhook.id, { isEnabled: false });
    expect((await log(webhook)).map(({ status }) => status)).toEqual(['failed', 'failed', 'failed']);
  });

  it('should end for good without a deadlock while somebody else locks the webhook and then the delivery', async () => {
    const webhook = await hook('https://example.com/');
    await end();
    const limits = { limit: 1, perWebhook: 1, perProject: 1, busyWebhooks: [], busyProjects: [] };
    const [due] = (await server.store.webhookDeliveries.claim(limits)) as [DueDelivery];
    const other = new pg.Client({ connectionString: database.url });
    await other.connect();
    try {
      const [{ pid }] = (await other.query('select pg_backend_pid() as pid')).rows;
      await other.query('begin');
      await other.query('select id from carrel.webhooks where id = $1 for share', [webhook.id]);
      const attempt = { at: new Date().toISOString(), status: 410, error: 'gone', durationMs: 1 };
      const settled = server.store.webhookDeliveries.settle(due, attempt, 'gone');
      const waiting = async () => (await raw('select 1 from pg_stat_activity where $1 = any(pg_blocking_pids(pid))', [pid])).length;
      await expect.poll(waiting, { timeout: DEADLINE_MS }).toBe(1);
      await other.query('select id from carrel.webhook_deliveries where id = $1 for update nowait', [due.id]);
      await other.query('commit');
      await settled;
      expect((await server.store.webhooks.get(projectId, webhook.id)).isEnabled).toBe(false);
      // Whoever comes back too late with the same changes nothing.
      await server.store.webhooks.update(projectId, webhook.id, { isEnabled: true });
      await server.store.webhookDeliveries.settle(due, attempt, 'gone');
      expect((await server.store.webhooks.get(projectId, webhook.id)).isEnabled).toBe(true);
    } finally {
      await other.end();
    }
  });

  it('should be made once where several servers make them, and those of one that was killed by another', async () => {
    const there = await receiver();
    const webhook = await hook(there.url);
    const rows = await Promise.all(Array.from({ length: 30 }, () => end()));
    const limits = { limit: 3, perWebhook: 3, perProject: 3, busyWebhooks: [], busyProjects: [] };
    const ofDead = await server.store.webhookDeliveries.claim(limits);
    expect(ofDead).toHaveLength(3);
    startSender();
    startSender();
    const delivered = async () => (await log(webhook)).filter(({ status }) => status === 'delivered').length;
    await expect.poll(delivered, { timeout: DEADLINE_MS }).toBe(rows.length - ofDead.length);
    // What the lease of the dead one is for would take a minute.
    await raw("update carrel.webhook_deliveries set next_attempt_at = now() where status = 'pending'");
    await end();
    await expect.poll(delivered, { timeout: DEADLINE_MS }).toBe(rows.length + 1);
    expect(there.received).toHaveLength(rows.length + 1);
    const [late] = ofDead as [(typeof ofDead)[number]];
    await server.store.webhookDeliveries.settle(
      late,
      { at: new Date().toISOString(), status: 500, error: 'late', durationMs: 1 },
      'failed',
    );
    expect(await delivered()).toBe(rows.length + 1); // whoever comes back too late changes nothing
  });

  it('should not wait behind a receiver that does not answer', async () => {
    const slow = await receiver(() => {});
    const quick = await receiver();
    const other = (await server.store.projects.create({ name: 'another' })).id;
    await hook(slow.url);
    const webhook = await hook(quick.url, other);
    for (let count = 0; count < 40; count++) await end();
    await tasks.event((await tasks.add({ projectId: other })).id, 'task.completed');
    const sender = startSender();
    await expect.poll(async () => (await log(webhook, other))[0]?.status, { timeout: DEADLINE_MS }).toBe('delivered');
    expect(slow.received.length).toBeLessThanOrEqual(8);
    await sender[Symbol.asyncDispose]();
    // What was broken off by the end of its server counts as no attempt, and is due at once.
    const [{ broken }] = (await raw(
      "select count(*)::int as broken from carrel.webhook_deliveries where status = 'pending' and next_attempt_at <= now() and attempts::text = '[]'",
    )) as [{ broken: number }];
    expect(broken).toBe(40);
  });

  it('should be read page by page, and be gone after thirty days', async () => {
    const webhook = await hook('https://example.com/');
    for (let count = 0; count < 3; count++) await end();
    const all = await log(webhook);
    const first = await server.store.webhookDeliveries.list(projectId, webhook.id, { limit: 2 });
    const rest = await server.store.webhookDeliveries.list(projectId, webhook.id, { limit: 2, cursor: first.nextCursor ?? '' });
    expect([...first.data, ...rest.data]).toEqual(all);
    expect((await server.store.webhookDeliveries.list(projectId, webhook.id, { limit: 9, status: 'failed' })).data).toEqual([]);
    await raw("update carrel.webhook_deliveries set created_at = now() - interval '31 days' where id = $1", [all[0]?.id]);
    await server.store.webhookDeliveries.prune();
    expect((await log(webhook)).map(({ id }) => id)).toEqual(all.slice(1).map(({ id }) => id));
  });
});

describe('what webhooks may be delivered to', () => {
  const refusedAt = async (url: string, options: Parameters<typeof startSender>[0] = {}) => {
    const webhook = await hook(url);
    const sender = startSender({ retryDelaysMs: [3_600_000], ...options });
    await end();
    const { status, attempts } = await delivery(webhook, isOver);
    await sender[Symbol.asyncDispose]();
    expect([status, attempts.length, attempts[0]?.status]).toEqual(['failed', 1, null]);
    return attempts[0]?.error ?? '';
  };

  it('should be nothing that is not public, however it is written', async () => {
    const there = await receiver();
    const hosts = ['127.0.0.1', 'localhost', '0x7f.1', '2130706433', '[::ffff:127.0.0.1]', '[::1]', '0.0.0.0'];
    for (const host of hosts) expect(await refusedAt(`http://${host}:${there.port}/`, { allow: [] }), host).toContain('not public');
    expect(there.connections()).toBe(0);
    for (const host of ['169.254.169.254', '10.0.0.1', '192.168.1.1', '100.64.0.1', '[fd00::1]', '[fe80::1]']) {
      const said = await refusedAt(`http://${host}/latest/meta-data/`, { allow: [] });
      expect(said).toContain('CARREL_WEBHOOK_ALLOW');
    }
  });

  it('should never be Carrel itself', async () => {
    const there = await receiver();
    const allowance = parseAllowance('127.0.0.0/8');
    const policy = new EgressPolicy({ allowances: allowance === undefined ? [] : [allowance] });
    policy.addOwnPort(there.port);
    expect(await refusedAt(there.url, { policy })).toContain('Carrel itself');
    expect(there.connections()).toBe(0);
  });

  it('should not be where a redirect leads', async () => {
    const elsewhere = await receiver();
    for (const status of [301, 302, 303, 307, 308]) {
      const there = await receiver((response) => response.writeHead(status, { location: elsewhere.url }).end());
      const webhook = await hook(there.url);
      startSender({ retryDelaysMs: [] });
      await end();
      const { attempts } = await delivery(webhook, isOver);
      expect(attempts[0]).toMatchObject({ status, error: expect.stringContaining('redirects are not followed') });
    }
    expect(elsewhere.connections()).toBe(0);
  });

  it('should not be a server whose certificate nobody vouches for', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }]);
    const there = await receiver(undefined, { certificate: { key, cert } });
    const webhook = await hook(there.url);
    startSender({ retryDelaysMs: [] });
    await end();
    expect((await delivery(webhook, isOver)).attempts[0]).toMatchObject({ status: null, error: expect.stringContaining('certificate') });
    expect(there.received).toEqual([]);
  });

  const hostile: [string, Answer, { status: number | null; error: unknown }, attemptTimeoutMs?: number][] = [
    ['says nothing', () => {}, { status: null, error: expect.stringContaining('in time') }, 500],
    [
      'never ends its headers',
      (response) => endlessly(response, (at) => `x-${at}: ${'a'.repeat(100)}\r\n`),
      { status: null, error: expect.stringContaining('too long') },
    ],
    ['drips its headers', (response) => drip(response), { status: null, error: expect.stringContaining('in time') }, 500],
    [
      'is not HTTP',
      (response) => void response.socket?.end('220 mail.example.com ESMTP\r\n'),
      { status: null, error: expect.stringContaining('not HTTP') },
    ],
    [
      'switches to another protocol',
      (response) => void response.socket?.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
      { status: null, error: expect.stringContaining('without an answer') },
    ],
    ['hangs up', (response) => void response.socket?.destroy(), { status: null, error: expect.stringContaining('failed') }],
    ['never ends its answer', (response) => pour(response.writeHead(200)), { status: 200, error: null }],
    ['drips its answer', (response) => void response.writeHead(200).write('a'), { status: 200, error: null }, 2_000],
  ];
  // What ends by itself is given all the time that there is: a busy machine is no reason to break it off.
  it.each(hostile)('should not matter when it %s', async (_, answer, expected, attemptTimeoutMs = DEADLINE_MS) => {
    const there = await receiver(answer);
    const webhook = await hook(there.url);
    startSender({ retryDelaysMs: [], attemptTimeoutMs });
    await end();
    expect((await delivery(webhook, isOver)).attempts).toMatchObject([expected]);
    await expect.poll(() => there.open(), { timeout: DEADLINE_MS }).toBe(0);
  });
});

type Response = Parameters<Answer>[0];

/** Writes lines of headers for as long as anybody listens. */
function endlessly(response: Response, line: (at: number) => string): void {
  const { socket } = response;
  socket?.write('HTTP/1.1 200 OK\r\n');
  for (let at = 0; at < 1000; at++) socket?.write(line(at));
}

/** A byte of a header every 50 ms. */
function drip(response: Response): void {
  const { socket } = response;
  socket?.write('HTTP/1.1 200 OK\r\nx: ');
  const timer = setInterval(() => socket?.write('a'), 50);
  socket?.once('close', () => clearInterval(timer));
}

/** A body for as long as anybody reads. */
function pour(response: Response): void {
  const chunk = 'a'.repeat(64 * 1024);
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  more();
}
