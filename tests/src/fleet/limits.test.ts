import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { routes } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type Api, newProject } from '../running/api.js';
import { type Member, TestFleet } from './fleet.js';

let fleet: TestFleet;
let members: [Member, Member, Member];
beforeAll(async () => {
  fleet = await TestFleet.start();
  const first = await fleet.add();
  members = [first, ...(await Promise.all([fleet.add(), fleet.add()]))];
}, 120_000);
afterAll(() => fleet[Symbol.asyncDispose]());

const openAt = (api: Api, body: Record<string, unknown> = {}) => api.call(routes.openBrowser, { body });
const closeAt = (api: Api, id: string) => api.must(routes.closeBrowser, { params: { id } });
const SLOW_MS = 120_000;

/** A project with a limit, as each of the servers knows it. */
async function projectOf(maxBrowsers: number) {
  const [{ api }] = members;
  const { id, key } = await newProject(api, maxBrowsers);
  const [here, there, elsewhere] = members.map((member) => member.api.as(key)) as [Api, Api, Api];
  return { id, key, here, there, elsewhere };
}

describe('The limit of browsers of a project on several servers', () => {
  it(
    'should hold over all of them, however many ask at once',
    async () => {
      const { here, there, elsewhere } = await projectOf(3);
      const asked = [here, there, elsewhere].flatMap((api) => Array.from({ length: 4 }, async () => ({ api, answer: await openAt(api) })));
      const answers = await Promise.all(asked);
      const open = answers.flatMap(({ api, answer }) => (answer.ok ? [{ api, id: answer.body.id }] : []));
      expect(open).toHaveLength(3);
      for (const { answer } of answers) {
        if (!answer.ok) expect(answer.error).toMatchObject({ code: 'quota_exceeded', details: { limit: 3 } });
      }
      for (const { api, id } of open) await closeAt(api, id);
      // What is given back can be had anywhere.
      const next = await openAt(elsewhere, { waitMs: 10_000 });
      expect(next.ok).toBe(true);
      if (next.ok) await closeAt(elsewhere, next.body.id);
    },
    SLOW_MS,
  );

  it('should let in who waits in line when one is closed on another server', async () => {
    const { here, there } = await projectOf(1);
    const { id } = await here.must(routes.openBrowser, { body: {} });
    const waiting = there.must(routes.openBrowser, { body: { waitMs: 20_000 } });
    await here.mustFail(routes.openBrowser, 'quota_exceeded', { body: {} });
    await closeAt(here, id);
    await closeAt(there, (await waiting).id);
  });

  it('should let in who waits in line when it is raised on another server', async () => {
    const { id: projectId, here, there, elsewhere } = await projectOf(1);
    const first = await here.must(routes.openBrowser, { body: {} });
    const waiting = [here, there].map((api) => api.must(routes.openBrowser, { body: { waitMs: 20_000 } }));
    await elsewhere.mustFail(routes.openBrowser, 'quota_exceeded', { body: {} });
    await members[2].api.must(routes.updateProject, { params: { id: projectId }, body: { maxBrowsers: 3 } });
    const [second, third] = await Promise.all(waiting);
    await elsewhere.mustFail(routes.openBrowser, 'quota_exceeded', { body: {} });
    for (const [api, browser] of [
      [here, first],
      [here, second],
      [there, third],
    ] as const)
      await closeAt(api, browser?.id ?? '');
  });

  it(
    'should count what a server opened while it was alone, and free what one had that has ended',
    async () => {
      await using own = await TestFleet.start();
      const first = await own.add();
      const { key, api } = await newProject(first.api, 2);
      const alone = await Promise.all([openAt(api), openAt(api)]);
      expect(alone.map(({ ok }) => ok)).toEqual([true, true]);
      expect(await own.query('select id from carrel.browser_places')).toEqual([]); // it decided by itself
      const second = await own.add();
      const there = second.api.as(key);
      await there.mustFail(routes.openBrowser, 'quota_exceeded', { body: {} });
      const waiting = there.must(routes.openBrowser, { body: { waitMs: 30_000 } });
      await first.end('SIGTERM');
      const { id } = await waiting;
      const another = await there.must(routes.openBrowser, { body: { waitMs: 10_000 } });
      await there.mustFail(routes.openBrowser, 'quota_exceeded', { body: {} });
      await closeAt(there, id);
      // Alone now, it needs no rows.
      const places = () => own.query('select id from carrel.browser_places');
      await closeAt(there, another.id);
      await expect.poll(places, { timeout: 10_000 }).toEqual([]);
      const aloneAgain = async () => {
        const last = await there.must(routes.openBrowser, { body: { waitMs: 10_000 } });
        const rows = await places();
        await closeAt(there, last.id);
        return rows;
      };
      await expect.poll(aloneAgain, { timeout: 15_000 }).toEqual([]);
    },
    SLOW_MS,
  );
});

describe('What is done on one server', () => {
  it('should be so on all at once when a key is revoked', async () => {
    const { here, there, elsewhere } = await projectOf(1);
    const { id, secret = '' } = await here.must(routes.createApiKey, { body: { name: 'revoked' } });
    for (const api of [here, there, elsewhere]) await api.as(secret).must(routes.listBrowsers);
    await here.must(routes.revokeApiKey, { params: { id } });
    for (const api of [there, elsewhere]) {
      // The others hear of it in a moment; what they know by heart they would know for a minute.
      await expect.poll(async () => (await api.as(secret).call(routes.listBrowsers)).status, { timeout: 5_000, interval: 10 }).toBe(401);
    }
  });

  it(
    'should end the browsers on all when a project is deleted, and open no more',
    async () => {
      const { id: projectId, here, there, elsewhere } = await projectOf(10);
      const browsers = await Promise.all([here, there, elsewhere].map((api) => api.must(routes.openBrowser, { body: {} })));
      const following = new WebSocket(browsers[1]?.cdpUrl ?? '');
      await once(following, 'open');
      const gone = once(following, 'close');
      await members[0].api.must(routes.deleteProject, { params: { id: projectId } });
      await gone;
      for (const api of [here, there, elsewhere]) {
        await expect.poll(async () => (await api.call(routes.openBrowser, { body: {} })).status, { timeout: 5_000 }).toBe(401);
      }
      expect(await fleet.query('select id from carrel.browsers where project_id = $1', [projectId])).toEqual([]);
      expect(await fleet.query('select id from carrel.browser_places where project_id = $1', [projectId])).toEqual([]);
    },
    SLOW_MS,
  );

  it('should be known to the others by its Idempotency-Key', async () => {
    const { here, there, elsewhere } = await projectOf(10);
    const headers = { 'idempotency-key': randomUUID() };
    const answers = await Promise.all([here, there, elsewhere].map((api) => api.call(routes.openBrowser, { body: {}, headers })));
    const opened = answers.filter(({ ok }) => ok);
    expect(opened.length).toBeGreaterThanOrEqual(1);
    for (const answer of answers) if (!answer.ok) expect(answer.error.code).toBe('idempotency_key_in_use');
    const again = await Promise.all([here, there, elsewhere].map((api) => api.must(routes.openBrowser, { body: {}, headers })));
    expect(new Set(again.map(({ id }) => id)).size).toBe(1);
    const { data } = await there.must(routes.listBrowsers);
    expect(data).toHaveLength(1);
    await there.mustFail(routes.openBrowser, 'idempotency_key_reused', { body: { metadata: { another: 'request' } }, headers });
    const which = answers.findIndex((answer) => answer.ok && answer.headers.get('idempotency-replayed') === null);
    await closeAt([here, there, elsewhere][which] as Api, again[0]?.id ?? '');
  });
});
