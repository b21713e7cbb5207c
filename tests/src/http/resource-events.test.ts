import { type ProjectEvent, routes, type Scope } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from '../running/api.js';
import { connectToDatabase } from '../running/database.js';
import { startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';
import { follow, newTenantOf, type Tenant, until } from '../running/tenant.js';

const COOKIE = { name: 'sid', value: '1', domain: 'shop.example', path: '/' };
const LOGIN = { domain: 'shop.example', username: 'ann', password: 'hunter22', alias: 'shop' };

let server: TestServer;
let operator: Api;
let site: TestSite;
/** How the receiver of webhooks answers. */
let receipt = 200;

beforeAll(async () => {
  server = await startTestServer({ CARREL_WEBHOOK_ALLOW: '127.0.0.0/8' });
  operator = new Api(server.url, server.apiKey);
  site = await startSite((_request, response) => response.writeHead(receipt).end());
});
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

const newTenant = () => newTenantOf(server, operator);

type Told = Partial<ProjectEvent> & Pick<ProjectEvent, 'type'>;
/** What is told of a thing: that, and nothing else of it. */
const lines = (types: readonly ProjectEvent['type'][], about: Partial<ProjectEvent>): Told[] => types.map((type) => ({ type, ...about }));

/** Does with each kind of thing all that can be told of it. @returns what is to be told, thing by thing */
const DEEDS: Record<string, (tenant: Tenant) => Promise<Told[]>> = {
  profiles: async ({ client }) => {
    const { id: profileId } = await client.profiles.create({ name: 'one', endUserId: 'ann' });
    await client.profiles.update(profileId, { name: 'two' });
    await client.profiles.import(profileId, { cookies: [COOKIE] });
    await client.profiles.restore(profileId, 1);
    await client.profiles.export(profileId, { format: 'cookies' });
    await client.profiles.delete(profileId);
    const about = { profileId, browserId: null };
    return [
      ...lines(['profile.created', 'profile.updated'], { ...about, endUserId: 'ann' }),
      ...lines(['profile.imported'], { ...about, endUserId: null }),
      ...lines(['profile.updated', 'profile.updated'], { ...about, endUserId: 'ann' }),
      ...lines(['profile.exported'], { ...about, endUserId: null }),
      ...lines(['profile.deleted'], { ...about, endUserId: 'ann' }),
    ];
  },
  'end users': async ({ client }) => {
    const { credentials } = client.endUsers('bob');
    await credentials.set({ logins: [LOGIN], cookies: [COOKIE] });
    await credentials.set({ logins: [{ ...LOGIN, password: 'another' }] });
    await credentials.delete({ logins: ['shop'] });
    await client.endUsers('bob').export();
    await client.endUsers('bob').delete();
    return lines(['credentials.set', 'credentials.set', 'credentials.deleted', 'end_user.exported', 'end_user.deleted'], {
      endUserId: 'bob',
    });
  },
  webhooks: async ({ client }) => {
    const { id: webhookId } = await client.webhooks.create({ url: 'https://hooks.example/' });
    await client.webhooks.rotateSecret(webhookId);
    await client.webhooks.update(webhookId, { isEnabled: false });
    await client.webhooks.delete(webhookId);
    return lines(['webhook.created', 'webhook.updated', 'webhook.deleted'], { webhookId });
  },
  keys: async ({ client }) => {
    const { id: apiKeyId } = await client.apiKeys.create({ name: 'made' });
    await client.apiKeys.revoke(apiKeyId);
    await client.apiKeys.revoke(apiKeyId);
    return lines(['api_key.created', 'api_key.revoked'], { apiKeyId });
  },
  'the project': async ({ id }) => {
    await operator.must(routes.updateProject, { params: { id }, body: { name: 'renamed' } });
    return lines(['project.updated'], { browserId: null });
  },
};

/** What happened in a project up to something that is done for that. */
async function toldSince({ api, client }: Tenant, after: number): Promise<ProjectEvent[]> {
  const { id: lastly } = await api.must(routes.createApiKey, { body: { name: 'ends the test' } });
  return (await until(follow(client, after), ({ apiKeyId }) => apiKeyId === lastly)).slice(0, -1);
}

describe('the log of a project', () => {
  it.each(Object.entries(DEEDS))('should tell of %s, whoever changes them', async (_what, deed) => {
    const tenant = await newTenant();
    const after = await tenant.client.events.last();
    const expected = await deed(tenant);
    const told = await toldSince(tenant, after);
    expect(told.map(({ type }) => type)).toEqual(expected.map(({ type }) => type));
    expect(told).toMatchObject(expected);
  });

  it('should tell of a browser with a profile what the browser says, and nothing more for saving to it', async () => {
    const tenant = await newTenant();
    const { client, api } = tenant;
    const { id: profileId } = await client.profiles.create({ name: 'kept' });
    const after = await client.events.last();
    const browser = await client.browsers.open({ profile: { id: profileId, persist: true } }, { keepAlive: false });
    await browser.checkpoint();
    await browser.close();
    const told = await until(follow(client, after), ({ type }) => type === 'browser.closed');
    const { data: own } = await api.must(routes.listEvents, { params: { id: browser.id } });
    expect(told.map(({ eventId, type }) => [eventId, type])).toEqual(
      own.filter(({ type }) => /^(browser|profile)\./.test(type)).map(({ id, type }) => [id, type]),
    );
    expect(told.map(({ type }) => type)).toContain('profile.saved');
    for (const event of told) expect(event).toMatchObject({ browserId: browser.id, profileId });
  });

  it('should tell of recordings: begun, ended and deleted', async () => {
    const tenant = await newTenant();
    const { client } = tenant;
    const heard = until(follow(client, await client.events.last()), ({ type }) => type === 'recording.deleted');
    const browser = await client.browsers.open({ record: true }, { keepAlive: false });
    await browser.close();
    await expect.poll(async () => (await client.recordings.get(browser.id)).endedAt, { timeout: 10_000 }).not.toBeNull();
    await client.recordings.delete(browser.id);
    const told = (await heard).filter(({ type }) => type.startsWith('recording.'));
    expect(told).toMatchObject(lines(['recording.started', 'recording.ended', 'recording.deleted'], { browserId: browser.id }));
    expect(told).toHaveLength(3);
  });

  it('should tell of deliveries: of each attempt what came of it', async () => {
    const { client } = await newTenant();
    const { id: webhookId } = await client.webhooks.create({ url: `${site.url}/`, events: ['task.created'] });
    for (const [status, type] of [
      [200, 'webhook.delivery_succeeded'],
      [503, 'webhook.delivery_retrying'],
      [410, 'webhook.delivery_failed'],
    ] as const) {
      receipt = status;
      const heard = until(follow(client, await client.events.last()), (event) => event.type.startsWith('webhook.delivery_'));
      const { taskId } = await client.tasks.submit({ endUserId: 'ann', task: 'x' });
      expect((await heard).at(-1)).toMatchObject({ type, webhookId, taskId });
    }
  });

  it('should tell of a session that is deleted', async () => {
    const { client } = await newTenant();
    const { taskId, sessionId } = await client.tasks.submit({ endUserId: 'ann', task: 'x' });
    const heard = until(follow(client, await client.events.last()), ({ type }) => type === 'session.deleted');
    await client.tasks.cancel(taskId);
    await client.sessions.delete(sessionId);
    expect((await heard).at(-1)).toMatchObject({ sessionId, endUserId: 'ann', taskId: null });
  });
});

describe('who may read what happens to things', () => {
  it('should be who may read the things', async () => {
    const tenant = await newTenant();
    await tenant.client.webhooks.create({ url: 'https://hooks.example/' });
    const { id } = await tenant.client.profiles.create({ name: 'one', endUserId: 'ann' });
    await tenant.client.profiles.import(id, { cookies: [COOKIE] });
    await tenant.client.endUsers('bob').credentials.set({ logins: [LOGIN] });
    await tenant.client.endUsers('bob').delete();
    await operator.must(routes.updateProject, { params: { id: tenant.id }, body: { name: 'renamed' } });
    const seenWith = async (scope: Scope) => {
      const { secret = '' } = await operator.must(routes.createApiKey, { body: { name: 'sees', projectId: tenant.id, scopes: [scope] } });
      await toldSince(tenant, 0); // all of it can be read by now
      const { data } = await operator.as(secret).must(routes.listProjectEvents);
      return [...new Set(data.map(({ type }) => type))];
    };
    expect(await seenWith('profiles:read')).toEqual(['profile.created', 'profile.updated']);
    expect(await seenWith('webhooks:manage')).toEqual(['webhook.created']);
    expect(await seenWith('credentials:read')).toEqual(['credentials.set']);
    expect(await seenWith('tasks:read')).toEqual(['end_user.deleted']);
    expect(await seenWith('keys:manage')).toEqual(['api_key.created']);
    expect(await seenWith('audit:read')).toEqual(['profile.imported']);
    expect(await seenWith('browsers:read')).toEqual(['project.updated']);
  });

  it('should be nobody of another project', async () => {
    const [one, other] = [await newTenant(), await newTenant()];
    await DEEDS.webhooks?.(one);
    await DEEDS['end users']?.(one);
    await DEEDS.keys?.(one);
    await one.client.profiles.create({ name: 'one' });
    const ofOne = await toldSince(one, 0);
    expect(ofOne.length).toBeGreaterThan(10);
    const idOf = ({ profileId, webhookId, apiKeyId, endUserId }: ProjectEvent) => profileId ?? webhookId ?? apiKeyId ?? endUserId;
    const theirs = new Set(ofOne.map(idOf));
    // Nor from a line of the other's on.
    for (const after of [0, ...ofOne.map(({ id }) => id)]) {
      const { data } = await other.api.must(routes.listProjectEvents, { query: { after } });
      expect(data.filter((event) => event.type !== 'api_key.created' || theirs.has(idOf(event)))).toEqual([]);
    }
  });
});

describe('a project that is deleted', () => {
  /** Something of each kind that is told of. */
  async function filled(): Promise<Tenant> {
    const tenant = await newTenant();
    const { client } = tenant;
    await client.profiles.create({ name: 'one', endUserId: 'ann' });
    await client.webhooks.create({ url: 'https://hooks.example/' });
    await client.endUsers('bob').credentials.set({ logins: [LOGIN] });
    const { taskId } = await client.tasks.submit({ endUserId: 'ann', task: 'x' });
    await client.tasks.cancel(taskId);
    const browser = await client.browsers.open({ record: true }, { keepAlive: false });
    await browser.close();
    await expect.poll(async () => (await client.recordings.get(browser.id)).endedAt, { timeout: 10_000 }).not.toBeNull();
    return tenant;
  }

  it('should leave no line, and tell nobody of all that went with it', async () => {
    const { id, client } = await filled();
    await using database = await connectToDatabase(server.dataDir);
    const { rows: before } = await database.query('select count(*)::int from carrel.project_events where project_id = $1', [id]);
    expect(before[0].count).toBeGreaterThan(10);
    const lastOfMine = await new Api(server.url, server.apiKey).must(routes.listProjectEvents, { query: { after: 'now' } });
    await operator.must(routes.deleteProject, { params: { id } });
    await expect(client.events.last()).rejects.toThrow();
    const { rows } = await database.query('select type from carrel.project_events where project_id = $1', [id]);
    expect(rows).toEqual([]);
    const { data } = await operator.must(routes.listProjectEvents, { query: { after: lastOfMine.nextCursor ?? '' } });
    expect(data.map(({ type }) => type)).toEqual(['project.deleted']);
  });

  it.each([
    ['a webhook', 'delete from carrel.webhooks where project_id = $1'],
    ['a profile', "update carrel.profiles set name = 'x' where project_id = $1"],
    ['a key', 'update carrel.api_keys set revoked_at = now() where project_id = $1'],
    ['an end user', "delete from carrel.end_users where project_id = $1 and id = 'bob'"],
    ['credentials', "update carrel.credentials set kind = 'login' where project_id = $1"],
    ['a recording', 'delete from carrel.recordings where project_id = $1'],
  ])('should wait for who changes %s, who does not wait for it, and leave no line of that', async (_what, change) => {
    const { id } = await filled();
    await using deleting = await connectToDatabase(server.dataDir);
    await using changing = await connectToDatabase(server.dataDir);
    await using watching = await connectToDatabase(server.dataDir);
    await deleting.query('begin');
    await deleting.query('select from carrel.projects where id = $1 for update', [id]);
    await changing.query('begin');
    // Were the project locked for the line, this would wait for what waits for the row.
    await changing.query("set local lock_timeout = '5s'");
    const { rows: pids } = await deleting.query('select pg_backend_pid() as pid');
    expect((await changing.query(change, [id])).rowCount).toBeGreaterThan(0);
    const deleted = deleting.query('delete from carrel.projects where id = $1', [id]);
    const isWaiting = 'select cardinality(pg_blocking_pids($1)) > 0 as is_waiting';
    await expect
      .poll(async () => (await watching.query(isWaiting, [pids[0].pid])).rows, { timeout: 10_000 })
      .toEqual([{ is_waiting: true }]);
    await changing.query('commit');
    await deleted;
    await deleting.query('commit');
    await operator.mustFail(routes.getProject, 'not_found', { params: { id } });
    const { rows } = await watching.query('select type from carrel.project_events where project_id = $1', [id]);
    expect(rows).toEqual([]);
  });
});
