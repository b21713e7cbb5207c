import { routes } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, newProject } from '../running/api.js';
import { type Member, TestFleet } from './fleet.js';

let fleet: TestFleet;
let survivors: [Member, Member];
beforeAll(async () => {
  fleet = await TestFleet.start();
  survivors = [await fleet.add(), await fleet.add()];
}, 90_000);
afterAll(() => fleet[Symbol.asyncDispose]());

/** Fifteen seconds of grace, up to five to the next look, and a machine that does other things as well. */
const NOTICED = { timeout: 50_000, interval: 500 };
const SLOW_MS = 120_000;

const statusAt = async (api: Api, id: string) => (await api.must(routes.getBrowser, { params: { id } })).status;

/** Two browsers on a server, one of which holds a profile; together they are all that the project may have. */
async function busy(server: Member) {
  const { key, api } = await newProject(server.api, 2);
  const { id: profileId } = await api.must(routes.createProfile, { body: {} });
  const holder = await api.must(routes.openBrowser, { body: { profile: { id: profileId, persist: true } } });
  const other = await api.must(routes.openBrowser, { body: {} });
  const [first, second] = survivors.map((member) => member.api.as(key)) as [Api, Api];
  return { key, api, profileId, holder, other, first, second };
}

describe('A server that is killed', () => {
  it(
    'should be cleared up after by the others: its browsers have failed, its profiles and places are free',
    async () => {
      const victim = await fleet.add();
      const nodeId = await victim.nodeId();
      const { key, profileId, holder, other, first, second } = await busy(victim);
      await victim.end('SIGKILL');
      const waiting = second.must(routes.openBrowser, { body: { waitMs: 60_000 } });
      for (const { id } of [holder, other]) {
        await expect.poll(() => statusAt(first, id), NOTICED).toBe('failed');
        const seen = await Promise.all([first, second].map((api) => api.must(routes.getBrowser, { params: { id } })));
        for (const { reason, endedAt } of seen)
          expect({ code: reason?.code, endedAt }).toEqual({ code: 'server_died', endedAt: expect.any(String) });
        const { data } = await second.must(routes.listEvents, { params: { id } });
        expect(data.filter(({ type }) => type === 'browser.failed')).toHaveLength(1);
        expect(data.at(-1)?.type).toBe('browser.failed');
        await first.mustFail(routes.observe, 'browser_not_running', { params: { id }, body: {} });
      }
      expect((await first.must(routes.getBrowser, { params: { id: holder.id } })).profile?.error).toMatchObject({
        code: 'browser_crashed',
      });
      expect(await fleet.query('select id from carrel.browser_places where node_id = $1', [nodeId])).toEqual([]);
      const { id } = await waiting;
      const next = await first.must(routes.openBrowser, { body: { profile: { id: profileId, persist: true }, waitMs: 10_000 } });
      await first.must(routes.closeBrowser, { params: { id: next.id } });
      await second.must(routes.closeBrowser, { params: { id } });

      // And it may come again.
      await using again = await fleet.startOn(victim.data);
      const api = again.api.as(key);
      const opened = await api.must(routes.openBrowser, { body: { waitMs: 10_000 } });
      expect(await statusAt(first, opened.id)).toBe('running');
      await first.mustFail(routes.closeBrowser, 'browser_elsewhere', { params: { id: opened.id } });
      await api.must(routes.closeBrowser, { params: { id: opened.id } });
    },
    SLOW_MS,
  );
});

describe('A server that loses its connection to the database', () => {
  const cutOff = (nodeId: string) =>
    fleet.query(
      `select pg_terminate_backend(a.pid) from pg_stat_activity a join pg_locks l on l.pid = a.pid
       where l.locktype = 'advisory' and a.application_name like 'carrel % % %'
         and (l.classid::bigint << 32 | l.objid::bigint) = ('x' || substr(encode(sha256(convert_to('carrel node ' || $1, 'utf8')), 'hex'), 1, 16))::bit(64)::bigint`,
      [nodeId],
    );

  it(
    'should keep its browsers when it is back in a moment',
    async () => {
      const [server, other] = survivors;
      const { key, api } = await newProject(server.api, 5);
      const { id } = await api.must(routes.openBrowser, { body: {} });
      const nodeId = await server.nodeId();
      expect(await cutOff(nodeId)).toHaveLength(1);
      const there = other.api.as(key);
      const next = await api.must(routes.openBrowser, { body: {} });
      await expect.poll(() => cutOff(nodeId)).toHaveLength(1); // it has its lock again
      for (const browser of [id, next.id]) {
        expect(await statusAt(there, browser)).toBe('running');
        await api.must(routes.observe, { params: { id: browser }, body: {} });
        await api.must(routes.closeBrowser, { params: { id: browser } });
      }
    },
    SLOW_MS,
  );

  it(
    'should close what the others have said is over, when it comes back too late',
    async () => {
      const server = await fleet.add();
      const { api, holder, other, first, profileId } = await busy(server);
      const nodeId = await server.nodeId();
      process.kill(server.pid, 'SIGSTOP');
      try {
        await cutOff(nodeId);
        for (const { id } of [holder, other]) await expect.poll(() => statusAt(first, id), NOTICED).toBe('failed');
      } finally {
        process.kill(server.pid, 'SIGCONT');
      }
      for (const { id } of [holder, other]) {
        const gone = async () => (await api.call(routes.observe, { params: { id }, body: {} })).status;
        await expect.poll(gone, NOTICED).toBe(409);
      }
      // It is one of them again, and all is free.
      const places = () => fleet.query('select id from carrel.browser_places where node_id = $1', [nodeId]);
      await expect.poll(places, NOTICED).toEqual([]);
      const next = await api.must(routes.openBrowser, { body: { profile: { id: profileId, persist: true }, waitMs: 10_000 } });
      await first.mustFail(routes.listTabs, 'browser_elsewhere', { params: { id: next.id } });
      await api.must(routes.closeBrowser, { params: { id: next.id } });
      for (const { id } of [holder, other]) {
        // Nobody is told another thing than before.
        expect(await first.must(routes.getBrowser, { params: { id } })).toMatchObject({
          status: 'failed',
          reason: { code: 'server_died' },
        });
        const { data } = await first.must(routes.listEvents, { params: { id } });
        expect(data.at(-1)?.type).toBe('browser.failed');
      }
    },
    SLOW_MS,
  );
});
