import { newId, setCredentialsRequest } from '@carrel/protocol';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestDatabase, type TestServer } from '../profiles/testing/test-database.js';
import type { BrowserRecord } from '../store/index.js';
import { EndUserCredentials } from './credentials.js';

const LOGIN = setCredentialsRequest.parse({ logins: [{ domain: 'shop.example', password: 'x' }] });

let database: TestDatabase;
let server: TestServer;
let credentials: EndUserCredentials;
beforeAll(async () => {
  database = await TestDatabase.start();
  server = await database.open();
  credentials = new EndUserCredentials(server.store);
});
afterAll(() => database[Symbol.asyncDispose]());

const newUser = () => ({ ...server.project, endUserId: `user-${newId('event')}` });
type User = ReturnType<typeof newUser>;
const actorOf = ({ projectId }: User) => ({ projectId, apiKeyId: newId('apiKey') });
const get = (user: User) => server.store.endUserRecords.get(user);

const browserOf = ({ projectId, endUserId }: User): BrowserRecord => ({
  ...{ id: newId('browser'), projectId, endUserId, status: 'running', kind: 'headless-shell', browserVersion: null },
  ...{ createdAt: new Date().toISOString(), endedAt: null, expiresAt: new Date().toISOString() },
  ...{
    idleTimeoutSeconds: 1,
    maxDurationSeconds: 1,
    reason: null,
    metadata: {},
    identity: null,
    profile: null,
    needsHuman: null,
    warnings: [],
  },
  isolation: { level: 'process', reasons: [] },
  standby: 'awake',
  startup: 'cold',
  startupReason: null,
  network: {
    exit: { type: 'direct', source: 'host', server: null, addresses: [], country: null, city: null, tags: [] },
    allow: null,
    deny: [],
  },
});

/**
 * Begins something while an end user is about to be deleted, as far as it comes: it is done, or waits for the deletion. Then they are
 * deleted, and it goes on.
 */
async function besideDeletionOf<T>(user: User, begin: () => Promise<T>): Promise<T> {
  const deleter = new pg.Client({ connectionString: database.url });
  await deleter.connect();
  try {
    const key = [user.projectId, user.endUserId];
    await deleter.query('begin');
    await deleter.query('select 1 from carrel.end_users where project_id = $1 and id = $2 for update', key);
    let isDone = false;
    const begun = begin().finally(() => {
      isDone = true;
    });
    begun.catch(() => {}); // told below
    const waiting = "select count(*)::int as count from pg_stat_activity where wait_event_type = 'Lock'";
    const isWaiting = async () => (await deleter.query<{ count: number }>(waiting)).rows[0]?.count !== 0;
    await expect.poll(async () => isDone || (await isWaiting()), { timeout: 10_000 }).toBe(true);
    await deleter.query('delete from carrel.end_users where project_id = $1 and id = $2', key);
    await deleter.query('commit');
    return await begun;
  } finally {
    await deleter.end();
  }
}

describe('What is made of an end user while they are deleted', () => {
  it('should be credentials of one that there is anew, and no error of the database', async () => {
    const user = newUser();
    await credentials.set(actorOf(user), user.endUserId, LOGIN);
    await besideDeletionOf(user, () => credentials.set(actorOf(user), user.endUserId, LOGIN));
    expect(await get(user)).toMatchObject({ endUserId: user.endUserId, hasCredentials: true });
    expect((await credentials.describe(user)).logins).toHaveLength(1);
  });

  it('should be a browser of one that there is anew, who can be deleted again', async () => {
    const user = newUser();
    await credentials.set(actorOf(user), user.endUserId, LOGIN);
    const browser = browserOf(user);
    await besideDeletionOf(user, async () => {
      server.store.writes.putBrowser(browser);
      await server.store.writes.flush();
    });
    expect(await get(user)).toMatchObject({ hasCredentials: false });
    expect(await server.store.endUserRecords.deleteWhenOver(actorOf(user), user.endUserId)).toMatchObject({ browsers: [browser.id] });
  });

  it('should be a profile of one that there is anew, who is not deleted as long as there is one', async () => {
    const user = newUser();
    await credentials.set(actorOf(user), user.endUserId, LOGIN);
    const made = { endUserId: user.endUserId };
    const { id } = await besideDeletionOf(user, () => server.profiles.create(actorOf(user), made));
    expect(await get(user)).toMatchObject({ hasCredentials: false, profileCount: 1 });
    expect(await server.store.endUserRecords.deleteWhenOver(actorOf(user), user.endUserId)).toMatchObject({ profiles: 1 });
    await server.profiles.delete(actorOf(user), id);
    expect(await server.store.endUserRecords.deleteWhenOver(actorOf(user), user.endUserId)).toBeNull();
  });

  it('should be nothing where credentials of theirs are deleted, or kept by a turn', async () => {
    const user = newUser();
    await credentials.set(actorOf(user), user.endUserId, LOGIN);
    await besideDeletionOf(user, () => credentials.delete(actorOf(user), user.endUserId, { logins: ['shop.example'] }));
    await expect(get(user)).rejects.toMatchObject({ code: 'not_found' });
    const login = { kind: 'login', identity: 'shop.example', value: { domain: 'shop.example' } } as const;
    const put = () => ({ put: [login], remove: [] });
    await server.store.credentials.change(user, { audited: null, isMade: false }, put);
    await expect(get(user)).rejects.toMatchObject({ code: 'not_found' });
  });
});
