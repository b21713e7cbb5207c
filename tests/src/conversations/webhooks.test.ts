import { createHmac } from 'node:crypto';
import { DEFAULT_WEBHOOK_EVENTS, newId, routes } from '@carrel/protocol';
import { verifyWebhook } from '@carrel/sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startNameServer } from '../../../packages/browser/src/egress/testing/name-server.js';
import { TestDatabase } from '../../../packages/server/src/profiles/testing/test-database.js';
import { startReceiver } from '../../../packages/server/src/webhooks/testing/receiver.js';
import { Api, newProject } from '../running/api.js';
import { startTestServer, type TestServer } from '../running/server-and-site.js';

const DEADLINE_MS = 20_000;
/** The names that attackers have, and what their name servers answer the first time and from then on. */
const NAMES: Record<string, readonly [readonly string[], readonly string[]]> = {
  'rebinding.test': [['127.0.0.2'], ['127.0.0.1']],
  'half-private.test': [
    ['127.0.0.2', '127.0.0.1'],
    ['127.0.0.2', '127.0.0.1'],
  ],
  'metadata.test': [['169.254.169.254'], ['169.254.169.254']],
};

let nameServer: Awaited<ReturnType<typeof startNameServer>>;
let database: TestDatabase;
let server: TestServer;
let operator: Api;
let project: Awaited<ReturnType<typeof newProject>>;

beforeAll(async () => {
  nameServer = await startNameServer((name, time) => NAMES[name]?.[time === 1 ? 0 : 1] ?? []);
  database = await TestDatabase.start();
  server = await startTestServer({
    DATABASE_URL: database.url,
    CARREL_WEBHOOK_ALLOW: '127.0.0.2/32',
    CARREL_EGRESS_NAME_SERVERS: nameServer.address,
  });
  operator = new Api(server.url, server.apiKey);
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
  await nameServer?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  project = await newProject(operator, 1);
});

const create = (body: Record<string, unknown>, api = project.api) => api.must(routes.createWebhook, { body });
const codeOf = async (answer: Promise<{ ok: boolean; error?: { code: string } }>) => (await answer).error?.code;

/** Has something happen that a webhook is told of, and gives what came of the first attempt. */
async function attempt(url: string): Promise<{ status: string; error: string | null }> {
  const { id } = await create({ url, events: ['task.created'] });
  await project.api.must(routes.submitTask, { body: { endUserId: 'ada', task: 'Open https://example.com' } });
  const read = async () => (await project.api.must(routes.listDeliveries, { params: { id } })).data[0];
  await expect.poll(async () => (await read())?.attempts.length, { timeout: DEADLINE_MS }).toBe(1);
  const delivery = await read();
  return { status: delivery?.status ?? '', error: delivery?.attempts[0]?.error ?? null };
}

describe('webhooks', () => {
  it('should show their secret when it is made or renewed, and never again', async () => {
    const made = await create({ url: 'https://example.com/hook?x=1' });
    expect(made).toMatchObject({ events: [...DEFAULT_WEBHOOK_EVENTS], isEnabled: true });
    expect(Buffer.from(made.secret?.replace(/^whsec_/, '') ?? '', 'base64')).toHaveLength(32);
    const { secret, ...shown } = made;
    const params = { id: made.id };
    expect(await project.api.must(routes.getWebhook, { params })).toEqual(shown);
    expect((await project.api.must(routes.listWebhooks)).data).toEqual([shown]);
    const renewed = await project.api.must(routes.rotateWebhookSecret, { params });
    expect(renewed).toEqual({ ...shown, secret: expect.stringMatching(/^whsec_/) });
    expect(renewed.secret).not.toBe(secret);
    const changed = { url: 'https://example.com/other', events: ['task.failed' as const], isEnabled: false };
    expect(await project.api.must(routes.updateWebhook, { params, body: changed })).toEqual({ ...shown, ...changed });
    await project.api.must(routes.deleteWebhook, { params });
    expect(await codeOf(project.api.call(routes.getWebhook, { params }))).toBe('not_found');
  });

  it('should be of their project, and so many of it', async () => {
    const { id } = await create({ url: 'https://example.com/' });
    const body = { isEnabled: false };
    expect(await codeOf(operator.call(routes.updateWebhook, { params: { id }, body }))).toBe('not_found');
    for (const route of [routes.getWebhook, routes.rotateWebhookSecret, routes.listDeliveries, routes.deleteWebhook]) {
      expect(await codeOf(operator.call(route, { params: { id } }))).toBe('not_found');
    }
    const params = { id, deliveryId: newId('delivery') };
    expect(await codeOf(operator.call(routes.redeliver, { params }))).toBe('not_found');
    expect(await codeOf(project.api.call(routes.redeliver, { params }))).toBe('not_found');
    expect((await operator.must(routes.listWebhooks)).data).toEqual([]);
    const others = await Promise.all(
      Array.from({ length: 60 }, () => project.api.call(routes.createWebhook, { body: { url: 'https://a.example/' } })),
    );
    expect(others.filter(({ ok }) => ok)).toHaveLength(49);
    expect(new Set(others.map((answer) => (answer.ok ? '' : answer.error.code)))).toEqual(new Set(['', 'limit_exceeded']));
  });

  it('should refuse URLs that are none to post to', async () => {
    for (const url of [
      'ftp://example.com/',
      'file:///etc/passwd',
      'https://user:secret@example.com/',
      'https://user@example.com/',
      'example.com',
      '',
    ]) {
      expect(await codeOf(project.api.call(routes.createWebhook, { body: { url } })), url).toBe('invalid_request');
    }
  });

  it('should refuse addresses that are not public and not allowed, however they are written, when they are made or changed', async () => {
    const { id } = await create({ url: 'http://127.0.0.2/' });
    const hosts = ['127.0.0.1', '127.1', '0x7f000001', '2130706433', 'localhost', 'app.localhost.', '0.0.0.0', '10.0.0.1', '192.168.1.1'];
    const others = ['169.254.169.254', '100.64.0.1', '[::1]', '[::]', '[::ffff:10.0.0.1]', '[fe80::1]', '[fd00::1]', '[64:ff9b::7f00:1]'];
    for (const host of [...hosts, ...others]) {
      const body = { url: `https://${host}/hook` };
      const expected = { ok: false, error: { code: 'invalid_request', error: expect.stringMatching(/^"url".*CARREL_WEBHOOK_ALLOW/) } };
      expect(await project.api.call(routes.createWebhook, { body }), host).toMatchObject(expected);
      expect(await project.api.call(routes.updateWebhook, { params: { id }, body }), host).toMatchObject(expected);
    }
    expect(await codeOf(project.api.call(routes.createWebhook, { body: { url: server.url } }))).toBe('invalid_request');
    const { data } = await project.api.must(routes.listWebhooks);
    expect(data.map(({ url }) => url)).toEqual(['http://127.0.0.2/']);
    expect(await project.api.must(routes.updateWebhook, { params: { id }, body: { url: 'http://127.0.0.2/b' } })).toMatchObject({ id });
  });

  it('should make deliveries that the SDK takes in as the documentation has it, and no others', async () => {
    await using there = await startReceiver(undefined, { host: '127.0.0.2' });
    const { secret = '' } = await create({ url: there.url, events: ['task.created'] });
    const metadata = { order: 'n° 7 – “ü”' };
    const task = await project.api.must(routes.submitTask, { body: { endUserId: 'ada', task: 'Open https://example.com', metadata } });
    await expect.poll(() => there.received.length, { timeout: DEADLINE_MS }).toBe(1);
    const { body, headers } = there.received[0] as (typeof there.received)[number];
    const request = new Request(there.url, { method: 'POST', headers: headers as Record<string, string>, body });
    const { type, data } = await verifyWebhook(await request.text(), request.headers, secret);
    expect({ type, data }).toMatchObject({ type: 'task.created', data: { taskId: task.taskId, sessionId: task.sessionId, metadata } });
    const { secret: another = '' } = await create({ url: there.url });
    await expect(verifyWebhook(body, headers, another)).rejects.toMatchObject({ code: 'invalid_webhook' });
    await expect(verifyWebhook(body.replace('ada', 'eve'), headers, secret)).rejects.toMatchObject({ code: 'invalid_webhook' });
  });

  it('should still be signed with their secret after the master key was changed', async () => {
    await using there = await startReceiver(undefined, { host: '127.0.0.2' });
    const { secret = '' } = await create({ url: there.url, events: ['task.created'] });
    await operator.must(routes.rotateMasterKey);
    await project.api.must(routes.submitTask, { body: { endUserId: 'ada', task: 'Open https://example.com' } });
    await expect.poll(() => there.received.length, { timeout: DEADLINE_MS }).toBe(1);
    const { body, headers } = there.received[0] as (typeof there.received)[number];
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    const signature = createHmac('sha256', key).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${signature}`);
  });

  it('should be connected to where they were looked at, whatever their name is said to be after that', async () => {
    await using allowed = await startReceiver(undefined, { host: '127.0.0.2' });
    await using secret = await startReceiver(undefined, { host: '127.0.0.1', port: allowed.port });
    expect(await attempt(`http://rebinding.test:${allowed.port}/`)).toEqual({ status: 'delivered', error: null });
    expect(nameServer.asked.filter((name) => name === 'rebinding.test')).toHaveLength(1);
    expect(allowed.received[0]?.headers.host).toBe(`rebinding.test:${allowed.port}`);
    for (const name of ['rebinding.test', 'half-private.test', 'metadata.test']) {
      const { status, error } = await attempt(`http://${name}:${allowed.port}/`);
      expect([status, error], name).toEqual(['failed', expect.stringContaining('not public')]);
      expect(error, name).not.toMatch(/127|169/); // where names lead within is nobody's business
    }
    expect(secret.connections()).toBe(0);
  });
});
