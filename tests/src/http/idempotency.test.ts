import { type Browser, routes } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api, newProject } from '../running/api.js';
import { connectToDatabase } from '../running/database.js';
import { send } from '../running/raw-http.js';
import { startTestServer, type TestServer } from '../running/server-and-site.js';

let server: TestServer;
let operator: Api;

beforeAll(async () => {
  server = await startTestServer();
  operator = new Api(server.url, server.apiKey);
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

const withKey = (key: string) => ({ headers: { 'idempotency-key': key } });
const REPLAYED = 'idempotency-replayed';

describe('Idempotency-Key', () => {
  it('should answer the same call the same again, and do it once', async () => {
    const { api } = await newProject(operator, 5);
    const first = await api.call(routes.openBrowser, { body: { metadata: { a: '1', b: '2' }, waitMs: 1 }, ...withKey('k') });
    const again = await api.call(routes.openBrowser, { body: { waitMs: 1, metadata: { b: '2', a: '1' } }, ...withKey('k') });
    if (!first.ok || !again.ok) throw new Error('refused');
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(first.headers.has(REPLAYED)).toBe(false);
    expect(again.headers.get(REPLAYED)).toBe('true');
    expect((await api.must(routes.listBrowsers)).data).toHaveLength(1);

    await api.must(routes.closeBrowser, { params: { id: first.body.id } });
    const later = await api.must(routes.openBrowser, { body: { metadata: { a: '1', b: '2' }, waitMs: 1 }, ...withKey('k') });
    expect(later).toEqual(first.body);
    expect((await api.must(routes.listBrowsers)).data).toHaveLength(1);
  });

  it('should be refused with another body or for another call', async () => {
    const { api } = await newProject(operator, 5);
    const browser = await api.must(routes.openBrowser, { body: { metadata: { a: '1' } }, ...withKey('k') });
    const params = { id: browser.id };
    await api.mustFail(routes.openBrowser, 'idempotency_key_reused', { body: { metadata: { a: '2' } }, ...withKey('k') });
    await api.mustFail(routes.openBrowser, 'idempotency_key_reused', withKey('k'));
    await api.mustFail(routes.openTab, 'idempotency_key_reused', {
      params,
      body: { metadata: { a: '1' } }.metadata && {},
      ...withKey('k'),
    });
    await api.must(routes.closeBrowser, { params });
  });

  it('should mean nothing to other projects', async () => {
    const [one, other] = [await newProject(operator, 1), await newProject(operator, 1)];
    const ofOne = await one.api.must(routes.openBrowser, withKey('shared'));
    const ofOther = await other.api.must(routes.openBrowser, withKey('shared'));
    expect(ofOther.id).not.toBe(ofOne.id);
    await one.api.must(routes.closeBrowser, { params: { id: ofOne.id } });
    await other.api.must(routes.closeBrowser, { params: { id: ofOther.id } });
  });

  it('should be in use while its call is being answered, also when its client has hung up', async () => {
    const { id, api, key } = await newProject(operator, 1);
    const holder = await api.must(routes.openBrowser);
    const body = { waitMs: 600_000 };
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'idempotency-key': 'k' };
    const waiting = await send(server.url, { method: 'POST', path: '/v1/browsers', headers, body: JSON.stringify(body) });
    await using database = await connectToDatabase(server.dataDir);
    const claims = () => database.query('select 1 from carrel.idempotency_keys where project_id = $1', [id]);
    await expect.poll(async () => (await claims()).rowCount).toBe(1);
    await api.mustFail(routes.openBrowser, 'idempotency_key_in_use', { body, ...withKey('k') });
    waiting.hangUp();
    await api.must(routes.getProject, { params: { id } });
    await api.mustFail(routes.openBrowser, 'idempotency_key_in_use', { body, ...withKey('k') });

    // Who sends a key comes again for the answer: the browser is opened all the same, and is its.
    await api.must(routes.closeBrowser, { params: { id: holder.id } });
    let browser: Browser | undefined;
    await expect
      .poll(
        async () => {
          const answer = await api.call(routes.openBrowser, { body, ...withKey('k') });
          if (answer.ok) browser = answer.body;
          return answer.ok && answer.headers.get(REPLAYED);
        },
        { timeout: 15_000 },
      )
      .toBe('true');
    const running = await api.must(routes.listBrowsers, { query: { status: 'running' } });
    expect(running.data.map((one) => one.id)).toEqual([browser?.id]);
    await api.must(routes.closeBrowser, { params: { id: browser?.id ?? '' } });
  });

  it('should answer one of two calls at the same time, and refuse the other', async () => {
    const { api } = await newProject(operator, 5);
    const answers = await Promise.all([1, 2, 3].map(() => api.call(routes.openBrowser, withKey('k'))));
    const ids = new Set(answers.flatMap((answer) => (answer.ok ? [answer.body.id] : [])));
    expect(ids.size).toBe(1);
    for (const answer of answers) if (!answer.ok) expect(answer.error.code).toBe('idempotency_key_in_use');
    expect((await api.must(routes.listBrowsers)).data).toHaveLength(1);
    for (const id of ids) await api.must(routes.closeBrowser, { params: { id } });
  });

  it('should keep nothing of a call that failed', async () => {
    const { api } = await newProject(operator, 1);
    const holder = await api.must(routes.openBrowser);
    await api.mustFail(routes.openBrowser, 'quota_exceeded', withKey('k'));
    await api.mustFail(routes.openBrowser, 'unknown_field', { body: { solveCaptcha: true }, ...withKey('k') });
    await api.must(routes.closeBrowser, { params: { id: holder.id } });
    const answer = await api.call(routes.openBrowser, { body: { metadata: {} }, ...withKey('k') });
    expect(answer).toMatchObject({ ok: true });
    expect(answer.headers.has(REPLAYED)).toBe(false);
    if (answer.ok) await api.must(routes.closeBrowser, { params: { id: answer.body.id } });
  });

  it('should not replay the secret of an API key, nor keep it anywhere in the database', async () => {
    const body = { name: 'once', scopes: ['browsers:read'] };
    const made = await operator.must(routes.createApiKey, { body, ...withKey('key-once') });
    const { secret = '', ...rest } = made;
    expect(secret).toMatch(/^ck_/);
    expect(await operator.must(routes.createApiKey, { body, ...withKey('key-once') })).toEqual(rest);
    await using database = await connectToDatabase(server.dataDir);
    const { rows: tables } = await database.query("select tablename as name from pg_tables where schemaname = 'carrel'");
    expect(tables.length).toBeGreaterThan(4);
    for (const { name } of tables) {
      const { rows } = await database.query(`select t::text as text from carrel."${name}" t`);
      const all = rows.map(({ text }) => text).join('\n');
      expect(all).not.toContain(secret);
      expect(all).not.toContain(Buffer.from(secret).toString('hex'));
    }
  });

  it('should keep answers encrypted', async () => {
    const { api } = await newProject(operator, 1);
    const browser = await api.must(routes.openBrowser, withKey('sealed'));
    const token = new URL(browser.cdpUrl ?? '').searchParams.get('token') ?? '';
    await using database = await connectToDatabase(server.dataDir);
    const { rows } = await database.query('select response from carrel.idempotency_keys where key = $1', ['sealed']);
    expect(rows).toHaveLength(1);
    expect(rows[0].response.length).toBeGreaterThan(100);
    expect(rows[0].response.toString('latin1')).not.toContain(token);
    expect(rows[0].response.toString('latin1')).not.toContain(browser.id);
    await api.must(routes.closeBrowser, { params: { id: browser.id } });
  });

  it('should be answered when the row is in the database, and no call without one waits for it', async () => {
    const { api } = await newProject(operator, 2);
    await api.must(routes.listBrowsers);
    await using database = await connectToDatabase(server.dataDir);
    await database.query('begin');
    await database.query('lock table carrel.browsers in access exclusive mode');
    let isAnswered = false;
    const keyed = api.must(routes.openBrowser, withKey('durable')).finally(() => {
      isAnswered = true;
    });
    const unkeyed = await api.must(routes.openBrowser);
    await api.must(routes.execute, { params: { id: unkeyed.id }, body: { type: 'evaluate', expression: '1' } });
    expect(isAnswered).toBe(false);
    await database.query('rollback');
    const { id } = await keyed;
    const { rows } = await database.query('select status from carrel.browsers where id = $1', [id]);
    expect(rows).toEqual([{ status: 'running' }]);
    for (const one of [id, unkeyed.id]) await api.must(routes.closeBrowser, { params: { id: one } });
  });

  it.each(['', ' ', 'a b', 'ü', 'x'.repeat(256)])('should not be %j', async (key) => {
    const { details } = await operator.mustFail(routes.createProject, 'invalid_request', {
      body: { name: 'x' },
      headers: { 'idempotency-key': key },
    });
    expect(details).toBeDefined();
  });

  it('should be honoured by every call that creates', async () => {
    const browser = await operator.must(routes.openBrowser);
    const params = { id: browser.id };
    const twice = async (call: () => Promise<{ id: string }>) => expect((await call()).id).toBe((await call()).id);
    await twice(() => operator.must(routes.createProject, { body: { name: 'twice' }, ...withKey('project') }));
    await twice(() => operator.must(routes.createApiKey, { body: { name: 'twice' }, ...withKey('api-key') }));
    await twice(() => operator.must(routes.openTab, { params, ...withKey('tab') }));
    expect((await operator.must(routes.listTabs, { params })).data).toHaveLength(2);
    await operator.must(routes.closeBrowser, { params });
  });
});
