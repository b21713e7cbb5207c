import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestDatabase } from '../profiles/testing/test-database.js';
import { Deployment, done, failed } from './testing/deployment.js';

let database: TestDatabase;
let deployment: Deployment;

beforeAll(async () => {
  database = await TestDatabase.start();
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  deployment = await Deployment.create(database);
});
afterEach(() => deployment[Symbol.asyncDispose]());

const OTHER_SESSION = `s_${'0'.repeat(26)}`;

describe('A session', () => {
  it('should be made by the server, and go on for its end user only', async () => {
    const server = await deployment.open();
    const { sessionId } = await server.submit();
    expect(sessionId).toMatch(/^s_/);
    expect((await server.submit({ sessionId })).sessionId).toBe(sessionId);
    await expect(server.submit({ sessionId, endUserId: 'bob' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(server.submit({ sessionId: OTHER_SESSION })).rejects.toMatchObject({ code: 'not_found' });
    const other = await server.store.projects.create({ name: 'other' });
    await expect(server.submit({ sessionId }, other.id)).rejects.toMatchObject({ code: 'not_found' });
    // A refused turn leaves nothing.
    expect(await deployment.query('select count(*)::int as n from carrel.sessions')).toEqual([{ n: 1 }]);
    expect(await deployment.query('select id from carrel.end_users')).toEqual([{ id: 'ann' }]);
  });

  it('should give two turns that land together the same context, and the next the result of the last', async () => {
    let open: () => void = () => {};
    const landed = new Promise<void>((resolve) => {
      open = resolve;
    });
    const server = await deployment.open({}, async (turn) => {
      if (turn.request.task !== 'one') await landed; // else the first might be over before the second lands
      return done(`${turn.request.task} after ${turn.context.previousContext}`);
    });
    const { id, sessionId } = await server.submit({ task: 'one' });
    await server.ended(id);
    const both = await Promise.all([server.submit({ task: 'two', sessionId }), server.submit({ task: 'three', sessionId })]);
    open();
    for (const { context } of both) expect(context).toEqual({ previousContext: 'one after null', previousError: [] });
    for (const turn of both) await server.ended(turn.id);
    const [last] = await deployment.query('select result from carrel.tasks order by finished_at desc limit 1');
    expect((await server.submit({ sessionId })).context?.previousContext).toBe(last?.result);
  });

  it('should know the errors of all failed turns, and results that are no text as JSON', async () => {
    const server = await deployment.open({}, async ({ request: { task } }) =>
      task.startsWith('fail') ? failed('stalled', `${task} failed`) : done({ a: [1, '\0', '\ud800'] }),
    );
    const { id, sessionId } = await server.submit({ task: 'fail 1' });
    await server.ended(id);
    for (const task of ['ok', 'fail 2']) await server.ended((await server.submit({ task, sessionId })).id);
    const { context } = await server.submit({ sessionId });
    expect(context).toEqual({ previousContext: '{"a":[1,"\\u0000","\\ud800"]}', previousError: ['fail 1 failed', 'fail 2 failed'] });
  });

  it('should cut what is too long to 8,192 bytes', async () => {
    const server = await deployment.open({}, async () => done('€'.repeat(5000)));
    const { id, sessionId } = await server.submit();
    await server.ended(id);
    const { context } = await server.submit({ sessionId });
    expect(Buffer.byteLength(context?.previousContext ?? '')).toBeLessThanOrEqual(8192);
    expect(context?.previousContext).toMatch(/^€+…\[cut\]$/);
  });

  it('should stay when its end user is deleted as it is submitted', async () => {
    const server = await deployment.open();
    await deployment.query("insert into carrel.end_users (project_id, id, created_at) values ($1, 'ann', now())", [server.projectId]);
    const client = await deployment.connect();
    await client.query('begin');
    await client.query("select 1 from carrel.end_users where id = 'ann' for update");
    const submitted = server.submit();
    submitted.catch(() => {}); // it is waited for below
    const blocked = () =>
      deployment.query("select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()");
    await expect.poll(async () => (await blocked()).length).toBeGreaterThan(0);
    await client.query("delete from carrel.end_users where id = 'ann'");
    await client.query('commit');
    await client.end();
    expect((await server.get((await submitted).id)).status).toBe('pending');
  });

  it('should have its proxies with a new master key, and no more when it has ended', async () => {
    const dataDir = deployment.newDirectory();
    const before = await deployment.open({ dataDir, masterKeys: undefined });
    const proxies = [{ server: 'http://proxy.example:8080', username: 'u', password: 'secret' }];
    const { id } = await before.submit({ proxies });
    await before.store.keyRotation.rotate({ projectId: before.projectId, apiKeyId: 'key_1' });
    await before.store.close();
    const path = join(dataDir, 'master.key');
    writeFileSync(path, `${readFileSync(path, 'latin1').split('\n')[0]}\n`);
    const after = await deployment.open({ dataDir, masterKeys: undefined }, async (turn) => done(JSON.stringify(turn.proxies)));
    expect((await after.ended(id)).result).toContain('secret');
    expect(await deployment.query('select sealed_proxies from carrel.tasks where id = $1', [id])).toEqual([{ sealed_proxies: null }]);
  });

  it('should keep a result as it was, also one that looks like JSON', async () => {
    const results = ['42', 'null', '{"a":1}', '"quoted"', '', { text: '42' }, ['\0'], 42, false];
    let next = 0;
    const server = await deployment.open({ maxTasks: 1 }, async () => done(results[next++]));
    for (const result of results) expect((await server.ended((await server.submit()).id)).result).toEqual(result);
  });

  it('should refuse a turn while another is under way when that is asked for', async () => {
    const server = await deployment.open();
    const { id, sessionId } = await server.submit({ onBusy: 'reject' });
    await expect(server.submit({ sessionId, onBusy: 'reject' })).rejects.toMatchObject({ code: 'session_busy', details: { taskId: id } });
    await server.store.tasks.cancel(server.projectId, id);
    await server.submit({ sessionId, onBusy: 'reject' });
  });

  it('should run turns that wait for each other strictly in order, each knowing the one before', async () => {
    const order: string[] = [];
    let under = 0;
    const server = await deployment.open({}, async ({ request: { task }, context }) => {
      expect(++under).toBe(1);
      order.push(`${task} knows ${context.previousContext}`);
      await new Promise((resolve) => setImmediate(resolve));
      under--;
      return done(task);
    });
    const first = await server.submit({ task: '0', onBusy: 'queue' });
    const { sessionId } = first;
    let last = first;
    for (const task of ['1', '2', '3', '4']) last = await server.submit({ task, sessionId, onBusy: 'queue' });
    await server.ended(last.id);
    expect(order).toEqual(['0 knows null', '1 knows 0', '2 knows 1', '3 knows 2', '4 knows 3']);
  });

  it('should let a waiting turn land when the one before it is cancelled', async () => {
    const server = await deployment.open();
    const first = await server.submit();
    const second = await server.submit({ sessionId: first.sessionId, onBusy: 'queue' });
    const third = await server.submit({ sessionId: first.sessionId, onBusy: 'queue' });
    expect([second.context, third.context]).toEqual([null, null]);
    await server.store.tasks.cancel(server.projectId, second.id);
    expect((await server.store.tasks.get(server.projectId, third.id)).context).toBeNull();
    await server.store.tasks.cancel(server.projectId, first.id);
    expect((await server.store.tasks.get(server.projectId, third.id)).context).not.toBeNull();
  });

  it('should wait for all turns that run beside each other', async () => {
    const server = await deployment.open();
    const first = await server.submit();
    const { sessionId } = first;
    const beside = await server.submit({ sessionId });
    const waiting = await server.submit({ sessionId, onBusy: 'queue' });
    await server.store.tasks.cancel(server.projectId, beside.id);
    expect((await server.store.tasks.get(server.projectId, waiting.id)).context).toBeNull();
    await server.store.tasks.cancel(server.projectId, first.id);
    expect((await server.store.tasks.get(server.projectId, waiting.id)).context).not.toBeNull();
  });

  it('should have its turns in the order in which they landed, however fast they do', async () => {
    const server = await deployment.open();
    const { sessionId } = await server.submit({ task: '0' });
    for (let n = 1; n < 20; n++) await server.submit({ task: `${n}`, sessionId });
    const rows = await deployment.query('select request from carrel.tasks order by created_at');
    expect(rows.map(({ request }) => (request as { task: string }).task)).toEqual(Array.from({ length: 20 }, (_, n) => `${n}`));
  });
});

describe('Submitting', () => {
  it('should be refused when as many wait as may, also when many come at once', async () => {
    const server = await deployment.open({ maxQueuedTasks: 3 });
    const answers = await Promise.allSettled(Array.from({ length: 8 }, () => server.submit()));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    const refused = answers.find((answer) => answer.status === 'rejected');
    expect(refused?.reason).toMatchObject({ code: 'queue_full', details: { limit: 3, used: 3, retryAfterSeconds: expect.any(Number) } });
    // The queue of one project is not another's.
    const other = await server.store.projects.create({ name: 'other' });
    await server.submit({}, other.id);
  });

  it('should keep passwords of proxies sealed, and give them to the turn', async () => {
    const proxies = [{ server: 'http://proxy.example:8080', username: 'u', password: 'pass-canary' }];
    let seen: unknown;
    const server = await deployment.open({}, async (turn) => {
      seen = turn.proxies;
      return done();
    });
    const { id } = await server.submit({ proxies });
    await server.ended(id);
    expect(seen).toEqual(proxies);
    const [row] = await deployment.query('select tasks::text as text from carrel.tasks');
    expect(row?.text).not.toContain('canary');
  });

  it('should write the task, its first event and its job together or not at all', async () => {
    const taskEventSink = {
      add: async () => {
        throw new Error('no webhooks today');
      },
    };
    const server = await deployment.open({ taskEventSink });
    await expect(server.submit()).rejects.toMatchObject({ code: 'internal' });
    for (const table of ['carrel.tasks', 'carrel.sessions', 'carrel.end_users', 'carrel.task_events', 'carrel_queue.job']) {
      expect(await deployment.query(`select count(*)::int as n from ${table}`)).toEqual([{ n: 0 }]);
    }
  });

  it('should tell the sink each event with the row as it is then', async () => {
    const told: string[] = [];
    const taskEventSink = {
      add: async (_: unknown, row: { status: string; lastEventId: number }, event: { id: number; type: string }) => {
        told.push(`${event.id} ${event.type} ${row.status}`);
      },
    };
    const server = await deployment.open({ taskEventSink }, async () => done());
    await server.ended((await server.submit()).id);
    expect(told).toEqual(['1 task.created pending', '2 task.running running', '3 task.completed completed']);
  });
});
