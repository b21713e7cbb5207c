import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { HumanTimeout, TurnEnded, type TurnEvent } from '@carrel/agent';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestDatabase } from '../profiles/testing/test-database.js';
import type { ClaimedTurn, RunTurn } from './claimed-turn.js';
import { LeaseLost } from './claimed-turn.js';
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

/** Runs until it is ended. */
const untilEnded: RunTurn = async ({ signal }) => {
  if (!signal.aborted) await once(signal, 'abort');
  throw signal.reason;
};

/** A turn that says when it has begun, and goes on as it is told. */
function stage(run: RunTurn = untilEnded) {
  const begun: ClaimedTurn[] = [];
  const ended: { turn: ClaimedTurn; error: unknown }[] = [];
  const runTurn: RunTurn = async (turn) => {
    begun.push(turn);
    try {
      return await run(turn);
    } catch (error) {
      ended.push({ turn, error });
      throw error;
    }
  };
  return { begun, ended, runTurn };
}

const stepFinished = (n: number, url: string, screenshot: Buffer | null = null): TurnEvent => ({
  type: 'step.finished',
  data: {
    step: n,
    summary: { n, type: 'execution', msg: 'Clicked.', success: true, url, durationMs: 5, tools: ['click'] },
    screenshot,
    usage: [{ model: 'openai/x', calls: n, inputTokens: 10 * n, cachedInputTokens: n, outputTokens: n, costUsd: n / 100 }],
  },
});

describe('A turn', () => {
  it('should be written down as it goes', async () => {
    const jpeg = Buffer.from('jpeg');
    const server = await deployment.open({}, async (turn) => {
      await turn.browserOpened('br_1');
      await turn.record({ type: 'step.started', data: { step: 1 } });
      await turn.firstAction();
      await turn.record(stepFinished(1, 'https://a.example/x?y', jpeg));
      await turn.record(stepFinished(2, 'https://b.example:8443/'));
      await turn.record(stepFinished(3, 'https://a.example/\0'));
      return { ...done('\0 fits'), htmlDump: '<p>\0</p>' };
    });
    const { id } = await server.submit();
    const task = await server.ended(id);
    expect(task).toMatchObject({ status: 'completed', stopReason: 'done', result: '\0 fits', htmlDump: '<p>\0</p>', browserId: 'br_1' });
    expect(task).toMatchObject({ attempt: 1, totalSteps: 3, visitedUrls: ['a.example', 'b.example:8443'], costUsd: 0.03 });
    expect(task.stepSummaries.map(({ hasScreenshot }) => hasScreenshot)).toEqual([true, false, false]);
    expect(await server.store.tasks.screenshot(server.projectId, id, 1)).toEqual(jpeg);
    await expect(server.store.tasks.screenshot(server.projectId, id, 2)).rejects.toMatchObject({ code: 'not_found' });
    const steps = ['step.started', 'step.finished', 'step.finished', 'step.finished'];
    expect(await deployment.log(id)).toEqual(['task.created', 'task.running', 'browser.opened', ...steps, 'task.completed']);
  });

  it('should fail with what its runner says, and as a defect with what it throws', async () => {
    const server = await deployment.open({}, async ({ request }) => {
      if (request.task === 'throw') throw new Error('secret text of a defect');
      return failed('stalled', 'It went round in circles.');
    });
    const [stalled, thrown] = [await server.submit(), await server.submit({ task: 'throw' })];
    expect(await server.ended(stalled.id)).toMatchObject({
      status: 'failed',
      errorCode: 'stalled',
      error: 'It went round in circles.',
      isDead: false,
    });
    const defect = await server.ended(thrown.id);
    expect(defect).toMatchObject({ status: 'failed', errorCode: 'internal', isDead: true });
    expect(defect.error).not.toContain('secret');
  });

  it('should end when its time is over, of which waiting for people is no part', async () => {
    const { runTurn } = stage(async (turn) => {
      if (turn.request.task === 'ask') await turn.askHuman('well?', turn.signal);
      return await untilEnded(turn);
    });
    const server = await deployment.open({}, runTurn);
    const { id } = await server.submit({ timeoutMs: 1000 });
    expect(await server.ended(id)).toMatchObject({ status: 'failed', stopReason: 'timeout', errorCode: 'timeout' });
    const asking = await server.submit({ task: 'ask', timeoutMs: 1000 });
    await server.until(asking.id, ({ status }) => status === 'paused');
    await deployment.query(`update carrel.tasks set updated_at = updated_at - interval '1 hour' where id = $1`, [asking.id]);
    await server.store.tasks.resume(server.projectId, asking.id, 'yes');
    const task = await server.ended(asking.id);
    expect(task).toMatchObject({ stopReason: 'timeout' });
    expect(task.durationMs).toBeLessThan(60_000);
  });

  it('should end at once when it is cancelled on another server, and write nothing more', async () => {
    const { begun, ended, runTurn } = stage();
    // Nothing but being told tells: the lease is not renewed within the test.
    const server = await deployment.open({ leaseMs: 300_000 }, runTurn);
    const other = await deployment.open();
    const { id } = await server.submit();
    await server.until(id, () => begun.length === 1);
    const [turn] = begun as [ClaimedTurn];
    const aborted = once(turn.signal, 'abort');
    expect(await other.store.tasks.cancel(other.projectId, id)).toMatchObject({ status: 'cancelled', stopReason: 'cancelled' });
    await aborted;
    expect(turn.signal.reason).toBeInstanceOf(TurnEnded);
    await expect.poll(() => ended.length).toBe(1);
    await expect(turn.record({ type: 'step.started', data: { step: 1 } })).rejects.toBeInstanceOf(LeaseLost);
    await expect(turn.firstAction()).rejects.toBeInstanceOf(LeaseLost);
    expect(await other.store.tasks.cancel(other.projectId, id)).toMatchObject({ status: 'cancelled' });
    expect(await deployment.log(id)).toEqual(['task.created', 'task.running', 'task.cancelled']);
  });

  it('should be cancelled while it waits for its turn, and while it is paused', async () => {
    const { ended, runTurn } = stage(async (turn) => done(await turn.askHuman('well?', turn.signal)));
    const server = await deployment.open({ maxTasks: 1 }, runTurn);
    const paused = await server.submit();
    await server.until(paused.id, ({ status }) => status === 'paused');
    const waiting = await server.submit();
    expect(await server.store.tasks.cancel(server.projectId, waiting.id)).toMatchObject({ status: 'cancelled', startedAt: null });
    await server.store.tasks.cancel(server.projectId, paused.id);
    expect(await server.get(paused.id)).toMatchObject({ status: 'cancelled', waitingFor: null });
    await expect.poll(() => ended.length).toBe(1);
    expect(ended[0]?.error).toBeInstanceOf(TurnEnded);
  });

  it('should pause between two steps, and go on when it is resumed on another server', async () => {
    let isToEnd = false;
    const { begun, runTurn } = stage(async (turn) => {
      while (!isToEnd) {
        await turn.whenNotPaused(turn.signal);
        await delay(5);
      }
      return done();
    });
    const server = await deployment.open({}, runTurn);
    const other = await deployment.open();
    const { id } = await server.submit();
    await server.until(id, () => begun.length === 1);
    expect((await other.store.tasks.pause(other.projectId, id)).status).toBe('running');
    const paused = await server.until(id, ({ status }) => status === 'paused');
    isToEnd = true;
    expect(paused.waitingFor).toMatchObject({ reason: 'resume', question: null, url: null, expiresAt: expect.any(String) });
    await expect(other.store.tasks.resume(other.projectId, id, 'an answer')).rejects.toMatchObject({ code: 'conflict' });
    expect((await other.store.tasks.resume(other.projectId, id, undefined)).status).toBe('running');
    expect(await server.ended(id)).toMatchObject({ status: 'completed', waitingFor: null });
    await expect(other.store.tasks.pause(other.projectId, id)).rejects.toMatchObject({ code: 'conflict' });
    await expect(other.store.tasks.resume(other.projectId, id, undefined)).rejects.toMatchObject({ code: 'conflict' });
    expect(await deployment.log(id)).toEqual(['task.created', 'task.running', 'task.paused', 'task.resumed', 'task.completed']);
  });

  it('should ask a person, and go on with the answer that another server was given', async () => {
    const server = await deployment.open({}, async (turn) => done(await turn.askHuman('What is the code?', turn.signal)));
    const other = await deployment.open();
    const { id } = await server.submit();
    const { waitingFor } = await server.until(id, ({ status }) => status === 'paused');
    expect(waitingFor).toMatchObject({ reason: 'human', question: 'What is the code?', expiresAt: expect.any(String) });
    await expect(other.store.tasks.resume(other.projectId, id, undefined)).rejects.toMatchObject({ code: 'conflict' });
    await other.store.tasks.resume(other.projectId, id, '1234\0');
    expect((await server.ended(id)).result).toBe('1234\0');
    const log = ['task.created', 'task.running', 'human.asked', 'task.paused', 'human.answered', 'task.resumed', 'task.completed'];
    expect(await deployment.log(id)).toEqual(log);
  });

  it('should wait for the answer, however often it is to pause as it asks', async () => {
    const server = await deployment.open({}, async (turn) => {
      const answers: string[] = [];
      for (let n = 0; n < 8; n++) {
        const pausing = server.store.tasks.pause(server.projectId, turn.taskId);
        await delay(n); // the request is told of as the question is written down, or a little earlier or later
        answers.push(await turn.askHuman(`question ${n}`, turn.signal));
        await pausing;
        await turn.whenNotPaused(turn.signal);
      }
      return done(answers);
    });
    const { id } = await server.submit();
    for (let n = 0; n < 8; n++) {
      const task = await server.until(id, ({ waitingFor, finishedAt }) => waitingFor?.question === `question ${n}` || finishedAt !== null);
      expect(task.status).toBe('paused');
      await server.store.tasks.resume(server.projectId, id, `answer ${n}`);
    }
    expect((await server.ended(id)).result).toEqual(Array.from({ length: 8 }, (_, n) => `answer ${n}`));
  });

  it('should be paused once, however often that is asked for', async () => {
    const pausing: Promise<unknown>[] = [];
    const server = await deployment.open({}, async (turn) => {
      for (let n = 0; n < 8; n++) {
        await server.store.tasks.pause(server.projectId, turn.taskId);
        const again = delay(n).then(() => server.store.tasks.pause(server.projectId, turn.taskId));
        pausing.push(again);
        await turn.whenNotPaused(turn.signal);
        await again;
        await expect.poll(async () => (await server.store.tasks.get(server.projectId, turn.taskId)).status).toBe('running');
      }
      return done();
    });
    const { id } = await server.submit();
    let pauses = 0;
    while ((await server.until(id, ({ status }) => status !== 'running' && status !== 'pending')).status === 'paused') {
      await Promise.all(pausing);
      pauses++;
      await server.store.tasks.resume(server.projectId, id, undefined);
    }
    expect((await deployment.log(id)).filter((type) => type === 'task.paused')).toHaveLength(pauses);
    expect((await server.get(id)).status).toBe('completed');
  });

  it('should fail when it is paused and never resumed', async () => {
    const server = await deployment.open({ resumeWithinMs: 100 }, async (turn) => {
      await server.store.tasks.pause(server.projectId, turn.taskId);
      for (;;) {
        await turn.whenNotPaused(turn.signal);
        await delay(5);
      }
    });
    const task = await server.ended((await server.submit()).id);
    expect(task).toMatchObject({ status: 'failed', stopReason: 'human_timeout', errorCode: 'human_timeout', isDead: false });
    expect(task.error).toContain('never resumed');
  });

  it('should hear that nobody answered in time', async () => {
    const server = await deployment.open({}, async (turn) => {
      const error = await turn.askHuman('Anybody?', turn.signal).catch((error: unknown) => error);
      expect(error).toBeInstanceOf(HumanTimeout);
      return { ...failed('human_timeout', String(error)), stopReason: 'human_timeout' };
    });
    const { id } = await server.submit({ humanTimeoutMs: 1000 });
    expect(await server.ended(id)).toMatchObject({ status: 'failed', stopReason: 'human_timeout', isDead: false, waitingFor: null });
  });
});

describe('Places', () => {
  it('should be as many as a project and an end user may have, over all servers', async () => {
    const { begun, runTurn } = stage();
    const limits = { maxTasks: 3, maxTasksPerEndUser: 2, maxTurns: 10 };
    const servers = [await deployment.open(limits, runTurn), await deployment.open(limits, runTurn)] as const;
    for (const endUserId of ['ann', 'ann', 'ann', 'bob', 'bob']) await servers[0].submit({ endUserId });
    const running = () =>
      deployment.query(`select end_user_id, count(*)::int as n from carrel.tasks where status = 'running' group by 1 order by 1`);
    await expect.poll(running).toEqual([
      { end_user_id: 'ann', n: 2 },
      { end_user_id: 'bob', n: 1 },
    ]);
    // One that ends makes room for one more.
    await servers[1].store.tasks.cancel(servers[1].projectId, begun[0]?.taskId ?? '');
    await expect.poll(() => begun.length).toBe(4);
    expect((await running()).reduce((sum, { n }) => sum + (n as number), 0)).toBe(3);
  });

  it('should be taken by no turn that waits for a person, up to four times as many in all', async () => {
    const server = await deployment.open({ maxTurns: 1, leaseMs: 300_000 }, async (turn) =>
      done(turn.request.task === 'ask' ? await turn.askHuman('well?', turn.signal) : 'worked'),
    );
    const asking: string[] = [];
    for (const _ of '123') asking.push((await server.submit({ task: 'ask' })).id);
    const other = await server.submit();
    expect(await server.ended(other.id)).toMatchObject({ result: 'worked' });
    asking.push((await server.submit({ task: 'ask' })).id);
    for (const id of asking) await server.until(id, ({ status }) => status === 'paused');
    expect(server.worker?.size).toBe(4);
    const late = await server.submit();
    await server.store.tasks.resume(server.projectId, asking[0] as string, 'yes');
    expect(await server.ended(asking[0] as string)).toMatchObject({ result: 'yes' });
    expect(await server.ended(late.id)).toMatchObject({ result: 'worked' });
  });

  it('should be taken by those that come late, however many of another project or end user wait', async () => {
    const order: string[] = [];
    const server = await deployment.open({ maxTasks: 1 });
    const other = await server.store.projects.create({ name: 'other' });
    for (let n = 0; n < 20; n++) await server.submit({ task: `ann ${n}` });
    for (let n = 0; n < 2; n++) await server.submit({ endUserId: 'bob', task: `bob ${n}` });
    for (let n = 0; n < 2; n++) await server.submit({ endUserId: 'eve', task: `eve ${n}` }, other.id);
    const worker = await deployment.open({ maxTasks: 1, maxTurns: 1 }, async ({ request }) => {
      order.push(request.task);
      return done();
    });
    await expect.poll(() => order.length, { timeout: 10_000 }).toBe(24);
    expect(worker.worker?.size).toBeLessThanOrEqual(1);
    for (const late of ['bob 0', 'eve 0', 'bob 1', 'eve 1']) expect(order.indexOf(late), order.join()).toBeLessThan(9);
    expect(order.filter((task) => task.startsWith('ann'))).toEqual(Array.from({ length: 20 }, (_, n) => `ann ${n}`));
  });

  it('should be taken first by what is most urgent in a project', async () => {
    const order: string[] = [];
    const server = await deployment.open();
    for (const [task, priority] of [
      ['low', -5],
      ['first', 10],
      ['middle', 0],
      ['second', 10],
    ] as const) {
      await server.submit({ task, priority, endUserId: task });
    }
    await deployment.open({ maxTurns: 1 }, async ({ request }) => {
      order.push(request.task);
      return done();
    });
    await expect.poll(() => order).toEqual(['first', 'second', 'middle', 'low']);
  });
});

describe('A server', () => {
  it('should give back what has not acted when it shuts down, and let others end', async () => {
    let finish = () => {};
    const { begun, runTurn } = stage(async (turn) => {
      if (turn.request.task !== 'acts') return await untilEnded(turn);
      await turn.firstAction();
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return done();
    });
    const server = await deployment.open({ drainMs: 20_000 }, runTurn);
    const [looks, acts] = [await server.submit(), await server.submit({ task: 'acts' })];
    await expect.poll(() => begun.length).toBe(2);
    await expect.poll(async () => (await deployment.query('select id from carrel.tasks where has_acted')).length).toBe(1);
    const drained = server.worker?.drain();
    expect(await server.until(looks.id, ({ status }) => status === 'pending')).toMatchObject({ attempt: 1, browserId: null });
    finish();
    await drained;
    expect((await server.get(acts.id)).status).toBe('completed');
    // Another goes on with it.
    const other = await deployment.open({}, async () => done('elsewhere'));
    expect(await other.ended(looks.id)).toMatchObject({ result: 'elsewhere', attempt: 2 });
    expect(await deployment.log(looks.id)).toEqual(['task.created', 'task.running', 'task.retried', 'task.running', 'task.completed']);
  });

  it('should settle by its policy what has acted and does not end when it shuts down', async () => {
    const { begun, runTurn } = stage(async (turn) => {
      await turn.firstAction();
      return await untilEnded(turn);
    });
    const server = await deployment.open({ drainMs: 50 }, runTurn);
    const [once, always] = [await server.submit(), await server.submit({ retry: 'always' })];
    await expect.poll(() => begun.length).toBe(2);
    await server.worker?.drain();
    expect(await server.get(once.id)).toMatchObject({ status: 'failed', errorCode: 'server_died', isDead: true });
    expect(await server.get(always.id)).toMatchObject({ status: 'pending' });
  });

  it('should begin a turn anew whose browser failed before it acted, three times in all', async () => {
    const attempts: number[] = [];
    // Nobody but the jobs tells that it may be taken again: the lease has no server look within the test.
    const server = await deployment.open({ leaseMs: 300_000 }, async (turn) => {
      attempts.push(turn.attempt);
      return failed('browser_failed', 'It did not start.');
    });
    const { id } = await server.submit();
    expect(await server.ended(id)).toMatchObject({ status: 'failed', errorCode: 'browser_failed', isDead: true, attempt: 3 });
    expect(attempts).toEqual([1, 2, 3]);
    const never = await server.submit({ retry: 'never' });
    expect(await server.ended(never.id)).toMatchObject({ attempt: 1, isDead: true });
  });

  it('should keep no picture of an attempt that another follows', async () => {
    const server = await deployment.open({}, async (turn) => {
      if (turn.attempt > 1) return done();
      await turn.record(stepFinished(1, 'https://a.example/', Buffer.from('jpeg')));
      return failed('browser_failed', 'It crashed.');
    });
    const { id } = await server.submit();
    expect(await server.ended(id)).toMatchObject({ status: 'completed', attempt: 2, totalSteps: 0 });
    await expect(server.store.tasks.screenshot(server.projectId, id, 1)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('should begin a dead task anew when it is requeued, and no other', async () => {
    let isBroken = true;
    const server = await deployment.open({}, async (turn) =>
      isBroken ? failed('model_unavailable', 'No answer.') : done(`knows ${turn.context.previousError.length}`),
    );
    const { id } = await server.submit();
    await server.ended(id);
    expect((await server.store.tasks.listDead(server.projectId, { limit: 10 })).data.map((row) => row.id)).toEqual([id]);
    isBroken = false;
    expect(await server.store.tasks.requeue(server.projectId, id)).toMatchObject({ status: 'pending', error: null, isDead: false });
    const task = await server.ended(id);
    expect(task).toMatchObject({ status: 'completed', result: 'knows 0', attempt: 2 });
    expect(task).not.toHaveProperty('error');
    expect((await server.store.tasks.listDead(server.projectId, { limit: 10 })).data).toEqual([]);
    await expect(server.store.tasks.requeue(server.projectId, id)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('should end its turn before the lease does when the database is away', async () => {
    const { begun, ended, runTurn } = stage(async (turn) => {
      await turn.firstAction();
      return await untilEnded(turn);
    });
    const server = await deployment.open({ leaseMs: 2000 }, runTurn);
    const { id } = await server.submit();
    await expect.poll(() => begun.length).toBe(1);
    // What renews it waits for the lock: the database does not answer.
    const client = await deployment.connect();
    await client.query('begin');
    await client.query('select 1 from carrel.tasks where id = $1 for update', [id]);
    await expect.poll(() => ended.length, { timeout: 10_000 }).toBe(1);
    expect(ended[0]?.error).toBeInstanceOf(LeaseLost);
    const { rows } = await client.query('select lease_until > clock_timestamp() as is_held from carrel.tasks where id = $1', [id]);
    expect(rows).toEqual([{ is_held: true }]);
    await client.query('rollback');
    await client.end();
    expect(await server.ended(id)).toMatchObject({ status: 'failed', errorCode: 'server_died' });
  });

  it('should write no outcome of an attempt that another has followed', async () => {
    const finish: (() => void)[] = [];
    const { begun, runTurn } = stage(async (turn) => {
      await new Promise<void>((resolve) => finish.push(resolve));
      return done(`attempt ${turn.attempt}`);
    });
    const server = await deployment.open({ maxTurns: 1 }, runTurn);
    const { id } = await server.submit();
    await expect.poll(() => begun.length).toBe(1);
    await deployment.query(`update carrel.tasks set lease_until = now() - interval '1 second' where id = $1`, [id]);
    const other = await deployment.open({ leaseMs: 1500 }, runTurn);
    await expect.poll(() => begun.length, { timeout: 10_000 }).toBe(2);
    finish[0]?.();
    await expect.poll(() => server.worker?.size, { timeout: 10_000 }).toBe(0);
    expect(await other.get(id)).toMatchObject({ status: 'running', attempt: 2 });
    finish[1]?.();
    expect(await other.ended(id)).toMatchObject({ result: 'attempt 2', attempt: 2 });
  });

  it('should find a turn whose notification nobody heard', async () => {
    const server = await deployment.open({}, async () => done());
    const { id } = await server.submit();
    await server.ended(id);
    // Behind everybody's back: no notification, no job.
    await deployment.query(`update carrel.tasks set status = 'pending', finished_at = null where id = $1`, [id]);
    expect(await server.ended(id)).toMatchObject({ attempt: 2, status: 'completed' });
  });

  it('should take a turn when it is told of it, without a poll', async () => {
    const server = await deployment.open({ leaseMs: 300_000 }, async () => done());
    await server.store.taskQueue.ignoreTurns();
    expect(await server.ended((await server.submit()).id)).toMatchObject({ status: 'completed' });
    await server.store.taskQueue.onTurns(async () => {}); // as it was
  });
});
