import { newId, type SetCredentialsRequest, setCredentialsRequest } from '@carrel/protocol';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TestDatabase, type TestServer } from '../profiles/testing/test-database.js';
import { EndUserCredentials, MAX_ITEMS } from './credentials.js';

const CANARY = 'canary-0f3a';
const LOGIN = {
  alias: 'shop',
  domain: 'shop.example',
  username: `${CANARY}-user`,
  password: `${CANARY}-password`,
  totpSecret: 'JBSWY3DPEHPK3PXP',
  fields: { pin: `${CANARY}-pin` },
  origins: ['http://127.0.0.1:7071'],
};
const STATE = {
  cookies: [],
  origins: [{ origin: 'https://mail.example', localStorage: [{ name: 'token', value: `${CANARY}-token` }] }],
} satisfies SetCredentialsRequest['storageState'];

let database: TestDatabase;
beforeAll(async () => {
  database = await TestDatabase.start();
});
afterEach(() => database.closeServers());
afterAll(() => database[Symbol.asyncDispose]());

interface Subject {
  server: TestServer;
  credentials: EndUserCredentials;
  actor: { projectId: string; apiKeyId: string };
  endUserId: string;
  set(request: unknown): Promise<void>;
  describe(): ReturnType<EndUserCredentials['describe']>;
}

async function start(options: Parameters<TestDatabase['open']>[0] = {}, endUserId = `user-${newId('event')}`): Promise<Subject> {
  const server = await database.open(options);
  const credentials = new EndUserCredentials(server.store);
  const actor = { ...server.project, apiKeyId: newId('apiKey') };
  return {
    server,
    credentials,
    actor,
    endUserId,
    set: (request) => credentials.set(actor, endUserId, setCredentialsRequest.parse(request)),
    describe: () => credentials.describe({ ...server.project, endUserId }),
  };
}

async function query(sql: string, ...values: unknown[]): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows;
  } finally {
    await client.end();
  }
}

describe('The credentials of an end user', () => {
  it('should be told of, and never shown', async () => {
    const subject = await start();
    await subject.set({
      logins: [LOGIN],
      storageState: STATE,
      cookies: [{ name: 'session', value: `${CANARY}-cookie`, url: 'https://Forum.example:8443/a/b' }],
      redditSession: `${CANARY}-reddit`,
      twitterAuthToken: `${CANARY}-twitter`,
    });
    const described = await subject.describe();
    expect(JSON.stringify(described)).not.toContain(CANARY);
    expect(described).toMatchObject({
      endUserId: subject.endUserId,
      platforms: { reddit: true, twitter: false, instagram: false, youtube: false, tiktok: false },
      origins: [{ origin: 'https://mail.example' }],
      logins: [
        {
          alias: 'shop',
          domain: 'shop.example',
          origins: ['https://shop.example', 'http://127.0.0.1:7071'],
          includeSubdomains: false,
          hasUsername: true,
          hasPassword: true,
          hasTotpSecret: true,
          fields: ['pin'],
        },
      ],
    });
    expect(described.cookies.map(({ name, domain, path }) => `${name} ${domain} ${path}`).toSorted()).toEqual([
      'auth_token .twitter.com /',
      'auth_token .x.com /',
      'reddit_session .reddit.com /',
      'session forum.example /a',
    ]);
    await subject.set({ twitterCt0: 'x' });
    expect((await subject.describe()).platforms).toMatchObject({ twitter: true });
  });

  it('should be replaced one by one', async () => {
    const subject = await start();
    await subject.set({ logins: [LOGIN, { domain: 'other.example', username: 'ada' }] });
    await subject.set({ logins: [{ alias: 'shop', domain: 'shop.example', password: 'new' }], redditSession: 'x' });
    const { logins, cookies } = await subject.describe();
    expect(logins.map(({ alias, hasUsername, hasPassword }) => ({ alias, hasUsername, hasPassword }))).toEqual([
      { alias: 'other.example', hasUsername: true, hasPassword: false },
      { alias: 'shop', hasUsername: false, hasPassword: true },
    ]);
    expect(cookies).toHaveLength(1);
  });

  it('should be those of that end user in that project alone', async () => {
    const subject = await start();
    await subject.set({ logins: [LOGIN] });
    const other = await subject.credentials.describe({ ...subject.server.project, endUserId: `${subject.endUserId}2` });
    expect(other.logins).toEqual([]);
    const { id } = await subject.server.store.projects.create({ name: 'other' });
    expect((await subject.credentials.describe({ projectId: id, endUserId: subject.endUserId })).logins).toEqual([]);
  });

  it('should not stand readable in the database, in what they are or where', async () => {
    const subject = await start();
    await subject.set({ logins: [LOGIN], storageState: STATE, cookies: [{ name: 'session', value: CANARY, domain: '.forum.example' }] });
    const rows = await query('select c::text as text, sealed from carrel.credentials c where end_user_id = $1', subject.endUserId);
    const keys = await query('select e::text as text from carrel.end_users e where id = $1', subject.endUserId);
    expect(rows).toHaveLength(3);
    const all = JSON.stringify([...rows.map(({ text, sealed }) => [text, (sealed as Buffer).toString('latin1')]), keys]);
    for (const secret of [CANARY, LOGIN.totpSecret, 'forum.example', 'mail.example', 'session']) expect(all).not.toContain(secret);
  });

  it('should not open in another place, or changed', async () => {
    const subject = await start();
    const mine = { ...subject.server.project, endUserId: subject.endUserId };
    await subject.set({ logins: [LOGIN, { ...LOGIN, alias: 'bank' }] });
    const swap = `update carrel.credentials c set sealed = d.sealed from carrel.credentials d
      where c.end_user_id = $1 and d.end_user_id = $1 and c.name = 'bank' and d.name = 'shop'`;
    await query(swap, subject.endUserId);
    await expect(subject.credentials.describe(mine)).rejects.toMatchObject({ code: 'internal', message: expect.stringContaining('moved') });
    const flip = `update carrel.credentials set sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1) where end_user_id = $1`;
    await subject.credentials.delete(subject.actor, subject.endUserId, {});
    await subject.set({ logins: [LOGIN] });
    await query(flip, subject.endUserId);
    await expect(subject.credentials.describe(mine)).rejects.toMatchObject({ code: 'internal' });
    // Nor do those of one end user with the key of another.
    const other = `${subject.endUserId}-other`;
    await subject.credentials.set(subject.actor, other, { logins: [LOGIN] });
    await query(
      'update carrel.end_users set wrapped_key = (select wrapped_key from carrel.end_users where id = $1) where id = $2',
      other,
      subject.endUserId,
    );
    await expect(subject.credentials.describe(mine)).rejects.toMatchObject({ code: 'internal' });
  });

  it('should be deleted by preset, alias and domain', async () => {
    const subject = await start();
    await subject.set({
      logins: [LOGIN, { domain: 'bank.example', password: 'x' }],
      redditSession: 'x',
      twitterCt0: 'x',
      cookies: ['a.forum.example', '.forum.example', 'notforum.example'].map((domain) => ({ name: 'n', value: 'v', domain })),
      storageState: { cookies: [], origins: [{ origin: 'https://a.forum.example', localStorage: [] }] },
    });
    const deleted = await subject.credentials.delete(subject.actor, subject.endUserId, {
      fields: ['twitterCt0'],
      logins: ['shop', 'not there'],
      domains: ['Forum.example'],
    });
    expect(deleted).toEqual({ logins: ['shop'], cookies: 4, origins: 1 });
    const { logins, cookies, origins } = await subject.describe();
    expect(logins.map(({ alias }) => alias)).toEqual(['bank.example']);
    expect(cookies.map(({ domain }) => domain)).toEqual(['notforum.example', '.reddit.com']);
    expect(origins).toEqual([]);
    const none = { logins: [], cookies: 0, origins: 0 };
    expect(await subject.credentials.delete(subject.actor, subject.endUserId, { logins: [] })).toEqual(none);
    expect(await subject.credentials.delete(subject.actor, subject.endUserId, { logins: ['shop'], fields: ['redditSession'] })).toEqual({
      ...none,
      cookies: 1,
    });
    expect((await subject.describe()).logins).toHaveLength(1);
  });

  it('should be gone with their key when all are deleted, and begin anew after that', async () => {
    const subject = await start();
    await subject.set({ logins: [LOGIN] });
    const deleteAll = () => subject.credentials.delete(subject.actor, subject.endUserId, {});
    expect(await deleteAll()).toEqual({ logins: ['shop'], cookies: 0, origins: 0 });
    expect(await deleteAll()).toEqual({ logins: [], cookies: 0, origins: 0 });
    expect(await subject.describe()).toMatchObject({ logins: [], cookies: [], origins: [] });
    const [row] = await query('select wrapped_key from carrel.end_users where id = $1', subject.endUserId);
    expect(row).toEqual({ wrapped_key: null });
    await subject.set({ logins: [LOGIN] });
    expect((await subject.describe()).logins).toHaveLength(1);
  });

  it('should not be more than an end user may have', async () => {
    const subject = await start();
    const cookies = (from: number) => Array.from({ length: 1000 }, (_, n) => ({ name: `n${from + n}`, value: 'v', domain: 'a.example' }));
    for (let from = 0; from < MAX_ITEMS.cookie; from += 1000) await subject.set({ cookies: cookies(from) });
    await expect(subject.set({ redditSession: 'x' })).rejects.toMatchObject({
      code: 'limit_exceeded',
      details: { limit: 'cookies', max: MAX_ITEMS.cookie, given: MAX_ITEMS.cookie + 1 },
    });
    await subject.set({ cookies: cookies(0) });
    const localStorage = [{ name: 'big', value: 'x'.repeat(9 * 1024 * 1024) }];
    const big = { storageState: { cookies: [], origins: [{ origin: 'https://a.example', localStorage }] } };
    await expect(subject.set(big)).rejects.toMatchObject({ code: 'limit_exceeded', details: { limit: 'originBytes' } });
    expect((await subject.describe()).origins).toEqual([]);
  });

  it('should be written down in the audit log, by names alone', async () => {
    const subject = await start();
    await subject.set({ logins: [LOGIN], redditSession: CANARY, cookies: [{ name: 'session', value: CANARY, domain: 'forum.example' }] });
    await subject.credentials.delete(subject.actor, subject.endUserId, { logins: ['shop'] });
    await subject.credentials.delete(subject.actor, subject.endUserId, {});
    const { data } = await subject.server.store.audit.list(subject.actor.projectId, { limit: 3 });
    expect(JSON.stringify(data)).not.toContain(CANARY);
    const { apiKeyId } = subject.actor;
    const common = { apiKeyId, subject: subject.endUserId };
    expect(data).toMatchObject([
      { ...common, action: 'credentials.deleted', details: { all: true } },
      { ...common, action: 'credentials.deleted', details: { logins: ['shop'], presets: [], domains: 0 } },
      { ...common, action: 'credentials.set', details: { logins: ['shop'], presets: ['redditSession'], cookies: 2, origins: 0 } },
    ]);
  });

  it('should be read and changed while the master key is rotated, and need the new one alone after that', async () => {
    const young = Buffer.alloc(32, 8);
    const old = Buffer.alloc(32, 7);
    const dataDir = database.newDirectory();
    const before = await start({ dataDir, masterKeys: [old] });
    await before.set({ logins: [LOGIN] });
    await before.server.close();
    const during = await start({ dataDir, masterKeys: [young, old] }, before.endUserId);
    const changes = (async () => {
      for (let n = 0; n < 20; n++) {
        await during.set({ logins: [{ domain: `site-${n}.example`, password: 'x' }] });
        expect((await during.describe()).logins).toHaveLength(n + 2);
      }
    })();
    // Other tests of this file have end users of keys that this server does not have: all of its own are done all the same.
    await during.server.store.keyRotation.rotate(during.actor).catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'profile_key_missing' });
    });
    await changes;
    await during.server.close();
    const after = await start({ dataDir, masterKeys: [young] }, before.endUserId);
    expect((await after.describe()).logins).toHaveLength(21);
    await after.server.close();
    // A server with the old key alone does not even start beside what the others have agreed on.
    await expect(start({ dataDir, masterKeys: [old] })).rejects.toMatchObject({ code: 'internal' });
    await database.forgetMasterKey();
    const stranger = await start({ dataDir, masterKeys: [old] }, before.endUserId);
    await expect(stranger.describe()).rejects.toMatchObject({ code: 'profile_key_missing' });
    await stranger.credentials.delete(stranger.actor, before.endUserId, {});
  });
});
