import { readdir } from 'node:fs/promises';
import { routes, type Task, type TaskEvent, taskEvent } from '@carrel/protocol';
import pLimit from 'p-limit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answering, type ChatRequest, calling } from '../../../packages/agent/src/testing/scripted-server.js';
import { scaled } from '../../../packages/browser/src/testing/scale.js';
import { processesNaming } from '../leftovers/leftovers.js';
import type { Api } from '../running/api.js';
import { startSite } from '../running/server-and-site.js';
import { Desks } from './desks.js';
import type { Member } from './fleet.js';
import { Gate, ScriptedFleet } from './scripted-fleet.js';

const TURNS = scaled(12, 200);
const KILLS = scaled(2, 20);
const SLOW_MS = 120_000;
const SOON = { timeout: 30_000, interval: 50 };
const ENDS = ['completed', 'failed', 'cancelled'];

let scripted: ScriptedFleet;
let desks: Desks;
beforeAll(async () => {
  desks = await Desks.open();
  scripted = await ScriptedFleet.start(2);
}, SLOW_MS);
afterAll(async () => {
  await scripted?.[Symbol.asyncDispose]();
  await desks?.[Symbol.asyncDispose]();
});

const get = (api: Api, id: string): Promise<Task> => api.must(routes.getTask, { params: { id } });
const logOf = async (api: Api, id: string): Promise<TaskEvent[]> =>
  (await api.must(routes.listTaskEvents, { params: { id }, query: { limit: 1000 } })).data;
const untilStatus = (api: Api, id: string, status: Task['status']) =>
  expect.poll(async () => (await get(api, id)).status, SOON).toBe(status);

describe('A person whom a turn needs', () => {
  const CAPTCHA = '<div class="cf-turnstile" data-sitekey="key" style="display: block; width: 300px; height: 65px"></div>';

  it('should come to the server that has its browser, whichever told them of it', async () => {
    await using site = await startSite((_, response) => response.setHeader('content-type', 'text/html').end(CAPTCHA));
    const { apis } = await scripted.project(1);
    const request = { startUrl: site.url, solveCaptchas: true };
    const id = await scripted.submit(apis[0], 'Sign in where there is a captcha.', () => answering('In.'), request);
    await untilStatus(apis[0], id, 'paused');
    const arrived = apis.map(async (api, index) => {
      const { url = '' } = (await get(api, id)).waitingFor ?? {};
      expect(url?.startsWith(scripted.members[index]?.url ?? 'nowhere')).toBe(true);
      const { status, url: where } = await fetch(url ?? '', { headers: { accept: 'text/html' } });
      return { status, where };
    });
    const places = await Promise.all(arrived);
    expect(places.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(places.map(({ where }) => where)).size).toBe(1);
    expect(places[0]?.where).toMatch(/\/live\/[\w-]{43}$/);
    await apis[1].must(routes.resumeTask, { params: { id }, body: {} });
    await untilStatus(apis[0], id, 'completed');
  });
});

describe('Three servers, of which one is killed over and over', () => {
  const RETRY = ['before-first-action', 'before-first-action', 'always', 'before-first-action', 'never'] as const;
  const retryOf = (n: number) => RETRY[n % RETRY.length] ?? 'never';
  /** Where turns that are to act once are held: before they act, and when they have acted. */
  const gates = { begun: new Gate(), acted: new Gate() };
  type Phase = keyof typeof gates;
  /** The tasks that were killed in each phase, and the browsers that were open then. */
  const killed: Record<Phase | 'browsers', Set<string>> = { begun: new Set(), acted: new Set(), browsers: new Set() };

  /** Rings the bell, once. */
  const ringing = (desk: string, isHeld: boolean) => async (request: ChatRequest) => {
    if (request.page.includes('button "Rung"')) {
      if (isHeld) await gates.acted.pass(desk, request);
      return answering(`Rung at ${desk}.`);
    }
    if (!request.page.includes('button "Ring"')) return calling('wait', { timeMs: 50 });
    if (isHeld) await gates.begun.pass(desk, request);
    return calling('click', { ref: request.ref('button "Ring"') });
  };

  const openTasks = () => scripted.fleet.query('select id, status from carrel.tasks where finished_at is null');

  /** The tasks that a server holds in a phase; null: it holds none, and there are none left for it. */
  async function heldBy(nodeId: string, phase: Phase): Promise<string[] | null> {
    const rows = await scripted.fleet.query(
      `select id, request->'metadata'->>'desk' as desk, status from carrel.tasks
       where status = 'pending' or (status = 'running' and node_id = $1)`,
      [nodeId],
    );
    const held = rows.filter(({ desk, status }) => status === 'running' && gates[phase].held.has(String(desk)));
    return rows.length === 0 ? null : held.map(({ id }) => String(id));
  }

  /** Kills the last server when it holds a turn in this phase, has turns held in the next, and starts it again. */
  async function kill(phase: Phase, next: Phase | undefined): Promise<boolean> {
    const { fleet, members } = scripted;
    const victim = members[2];
    const nodeId = await victim.nodeId();
    let held: string[] | null = [];
    const isHolding = async () => {
      held = await heldBy(nodeId, phase);
      return held?.length !== 0;
    };
    await expect.poll(isHolding, { ...SOON, timeout: 60_000 }).toBe(true);
    if (held === null) return false;
    await victim.end('SIGKILL');
    for (const id of held) killed[phase].add(id);
    const browsers = await fleet.query('select id from carrel.browsers where node_id = $1 and ended_at is null', [nodeId]);
    for (const { id } of browsers) killed.browsers.add(String(id));
    if (next !== undefined) gates[next].close();
    gates[phase].open();
    members[2] = await fleet.startOn(victim.data);
    return true;
  }

  async function killOverAndOver(): Promise<void> {
    const phases = Array.from({ length: KILLS }, (_, n): Phase => (n % 2 === 0 ? 'begun' : 'acted'));
    for (const [n, phase] of phases.entries()) if (!(await kill(phase, phases[n + 1]))) break;
    for (const gate of Object.values(gates)) gate.open();
  }

  /** What came of a task must be what its policy allows. */
  function expectAllowed({ taskId, status, errorCode, error, isDead, attempt, result }: Task, n: number): void {
    const retry = retryOf(n);
    const acts = desks.rung.get(`${n}`) ?? 0;
    if (status === 'completed') expect({ result, hasActed: acts > 0 }).toEqual({ result: `Rung at ${n}.`, hasActed: true });
    else expect({ status, errorCode, isDead }).toEqual({ status: 'failed', errorCode: 'server_died', isDead: true });
    if (retry !== 'always') expect(acts, `${retry}: ${taskId} ${status}`).toBeLessThanOrEqual(1);
    if (retry === 'never') expect(attempt).toBe(1);
    if (status === 'failed' && retry === 'before-first-action') expect(error).toContain('when it had acted on a page already');
    if (status === 'failed' && retry === 'never') expect(error).toContain('not to be begun anew');
  }

  async function expectEndedOnce(api: Api, id: string, n: number): Promise<void> {
    const task = await get(api, id);
    expectAllowed(task, n);
    if (killed.acted.has(id)) expect(task).toMatchObject({ status: 'failed', errorCode: 'server_died' });
    if (killed.begun.has(id)) expect(task.attempt).toBeGreaterThanOrEqual(2);
    const types = (await logOf(api, id)).map(({ type }) => type);
    expect(types.filter((type) => ENDS.includes(type.replace('task.', '')))).toEqual([`task.${task.status}`]);
    expect(types.filter((type) => type === 'task.running')).toHaveLength(task.attempt);
  }

  async function expectNoBrowserLeft(api: Api): Promise<void> {
    expect(killed.browsers.size).toBeGreaterThan(0);
    for (const id of killed.browsers) {
      const browser = await api.must(routes.getBrowser, { params: { id } });
      expect(browser).toMatchObject({ status: 'failed', reason: { code: 'server_died' } });
    }
    const { fleet, members } = scripted;
    await expect.poll(() => fleet.query('select id from carrel.browsers where ended_at is null'), SOON).toEqual([]);
    await expect.poll(() => fleet.query('select id from carrel.browser_places'), SOON).toEqual([]);
    for (const { data } of members) {
      await expect.poll(() => readdir(data.runDirectory), SOON).toEqual([]);
      await expect.poll(() => processesNaming(data.runDirectory), SOON).toEqual([]);
    }
  }

  it(
    'should end every turn once, act once where that was asked for, and leave no browser',
    async () => {
      const { apis } = await scripted.project(10);
      gates.begun.close();
      // Servers that have more to do at once than they can refuse what they cannot write down within seconds.
      const limit = pLimit(20);
      const tasks = await Promise.all(
        Array.from({ length: TURNS }, (_, n) => {
          const request = { endUserId: `user ${n % 7}`, startUrl: desks.urlOf(`${n}`), retry: retryOf(n), metadata: { desk: `${n}` } };
          const behaviour = ringing(`${n}`, retryOf(n) === 'before-first-action');
          return limit(() => scripted.submit(apis[n % 3] as Api, `Ring at desk ${n}.`, behaviour, request));
        }),
      );
      await killOverAndOver();
      await expect.poll(openTasks, { timeout: scaled(60_000, 600_000), interval: 200 }).toEqual([]);

      for (const [n, id] of tasks.entries()) await expectEndedOnce(apis[n % 2] as Api, id, n);
      expect([killed.acted.size > 0, killed.begun.size > 0, desks.visits.size]).toEqual([true, true, TURNS]);
      expect([...desks.overlapped]).toEqual([]); // none ran twice at once
      await expectNoBrowserLeft(apis[1]);
    },
    scaled(SLOW_MS, 1_200_000),
  );
});

describe('A task that runs on another server', () => {
  /** The server that runs a task, and one that does not. */
  async function around(taskId: string, key: string): Promise<{ here: Member; there: Member; apiThere: Api }> {
    const [{ node_id: runsIt } = {}] = await scripted.fleet.query('select node_id from carrel.tasks where id = $1', [taskId]);
    const nodeIds = await Promise.all(scripted.members.map((member) => member.nodeId()));
    const at = nodeIds.indexOf(String(runsIt));
    const [here, there] = [scripted.members[at], scripted.members[(at + 1) % 3]] as [Member, Member];
    return { here, there, apiThere: there.api.as(key) };
  }

  it('should be cancelled within moments', async () => {
    const { key, apis } = await scripted.project(10);
    let request: ChatRequest | undefined;
    let isGone = false;
    const thinking = (asked: ChatRequest) => {
      request = asked;
      asked.gone.then(() => {
        isGone = true;
      });
      return { hangs: true } as const;
    };
    const taskId = await scripted.submit(apis[0], 'Be cancelled.', thinking);
    await expect.poll(() => request, SOON).toBeDefined();
    const { here, apiThere } = await around(taskId, key);
    expect(isGone).toBe(false);
    await apiThere.must(routes.cancelTask, { params: { id: taskId } });
    await expect.poll(() => isGone, { timeout: 5_000, interval: 10 }).toBe(true);
    expect(await get(here.api.as(key), taskId)).toMatchObject({ status: 'cancelled', stopReason: 'cancelled', result: null });
    const running = async () => (await apiThere.must(routes.listBrowsers, { query: { status: 'running' } })).data;
    await expect.poll(running, SOON).toEqual([]);
  });

  it('should be told what a person answers there', async () => {
    const { key, apis } = await scripted.project(10);
    const asking = ({ results }: ChatRequest) =>
      results.length === 0 ? calling('ask_human', { question: 'Which code?' }) : answering(`Told: ${results.join()}`);
    const taskId = await scripted.submit(apis[1], 'Ask for the code.', asking);
    await untilStatus(apis[0], taskId, 'paused');
    const { here, there, apiThere } = await around(taskId, key);
    const { waitingFor } = await get(apiThere, taskId);
    expect(waitingFor).toMatchObject({ reason: 'human', question: 'Which code?' });
    expect(waitingFor?.url?.startsWith(`${there.url}/answer/`)).toBe(true);
    const sent = await fetch(waitingFor?.url ?? '', { method: 'POST', body: new URLSearchParams({ answer: '4711' }) });
    expect([sent.status, (await sent.text()).includes('Your answer was sent')]).toEqual([200, true]);
    await untilStatus(here.api.as(key), taskId, 'completed');
    expect((await get(apiThere, taskId)).result).toContain('4711');
    expect((await fetch(waitingFor?.url ?? '')).status).toBe(404);
  });

  it('should be followed live', async () => {
    const { key, apis } = await scripted.project(10);
    const gate = new Gate();
    gate.close();
    const watched = async (request: ChatRequest) => {
      await gate.pass('watched', request);
      return answering('Seen.');
    };
    const taskId = await scripted.submit(apis[2], 'Be watched.', watched);
    await expect.poll(() => gate.held.size, SOON).toBe(1);
    const { here, apiThere } = await around(taskId, key);
    const response = await fetch(apiThere.urlOf(routes.listTaskEvents, { params: { id: taskId } }), {
      headers: { authorization: `Bearer ${key}`, accept: 'text/event-stream' },
      signal: AbortSignal.timeout(SOON.timeout),
    });
    const seen: TaskEvent[] = [];
    let text = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const [, data] = /^data: (.*)$/m.exec(block) ?? [];
        if (data !== undefined) seen.push(taskEvent.parse(JSON.parse(data)));
      }
      // What follows is written while it is followed.
      if (seen.some(({ type }) => type === 'step.started')) gate.open();
    }
    expect(seen.at(-1)?.type).toBe('task.completed');
    expect(seen).toEqual(await logOf(here.api.as(key), taskId));
  });
});

describe('The limit of tasks of a project on several servers', () => {
  it(
    'should hold over all of them, however many are submitted at once',
    async () => {
      const { id, apis } = await scripted.project(3);
      const underWay: number[] = [];
      const nodes = new Set<unknown>();
      const looking = async () => {
        const rows = await scripted.fleet.query(
          `select node_id from carrel.tasks where project_id = $1 and status in ('running', 'paused')`,
          [id],
        );
        underWay.push(rows.length);
        for (const { node_id } of rows) nodes.add(node_id);
        return answering('Done.');
      };
      const submitted = Array.from({ length: 6 }, (_, n) =>
        scripted.submit(apis[n % 3] as Api, `Be one of many, number ${n}.`, looking, { endUserId: `user ${n}` }),
      );
      for (const taskId of await Promise.all(submitted)) await untilStatus(apis[0], taskId, 'completed');
      expect([underWay.length, Math.max(...underWay)]).toEqual([6, 3]);
      expect(nodes.size).toBeGreaterThan(1); // which run two each at most
    },
    SLOW_MS,
  );
});
