import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';
import { type Answered, NotteHttp } from './notte-http.js';
import { shop } from './shop.js';

let server: TestServer;
let site: TestSite;
let notte: NotteHttp;

beforeAll(async () => {
  const limits = { CARREL_IDLE_TIMEOUT_CAP_SECONDS: '600' };
  [server, site] = await Promise.all([startTestServer(limits), startSite(shop)]);
  notte = new NotteHttp(server.url, server.apiKey);
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await site?.[Symbol.asyncDispose]();
});

const start = async (body = {}): Promise<Answered> => notte.must('POST', '/sessions/start', { body });
const stop = (id: string) => notte.must('DELETE', `/sessions/${id}/stop`);

describe('what a session has sent and got', () => {
  it('should be told while it runs, as it stops, afterwards, and in lists', async () => {
    const { session_id: id } = await start();
    await notte.execute(id, { type: 'goto', url: site.url });
    const bytesOf = ({ network_request_bytes: sent, network_response_bytes: got }: Answered) => ({ sent, got });
    const more = { sent: expect.toSatisfy((n) => n > 100), got: expect.toSatisfy((n) => n > 500) };
    const listed = async (query: string) =>
      (await notte.must('GET', `/sessions?${query}`)).items.find(({ session_id }: Answered) => session_id === id);
    expect(bytesOf(await notte.must('GET', `/sessions/${id}`))).toMatchObject(more);
    expect(bytesOf(await listed('only_active=True'))).toMatchObject(more);
    expect(bytesOf(await stop(id))).toMatchObject(more);
    await expect.poll(async () => (await notte.must('GET', `/sessions/${id}`)).closed_at).not.toBeNull();
    expect(bytesOf(await notte.must('GET', `/sessions/${id}`))).toMatchObject(more);
    expect(bytesOf(await listed('only_active=False'))).toMatchObject(more);
  });
});

describe('cookies', () => {
  it('should keep the partition that they are in, in a session and in a profile', async () => {
    const cookie = { name: 'chip', value: '1', domain: 'embed.example', path: '/', secure: true, httpOnly: false, sameSite: 'None' };
    const partitioned = { ...cookie, expires: Math.floor(Date.now() / 1000) + 10_000, partitionKey: 'https://shop.example' };
    const { session_id: id } = await start();
    await notte.must('POST', `/sessions/${id}/cookies`, { body: { cookies: [partitioned] } });
    expect((await notte.must('GET', `/sessions/${id}/cookies`)).cookies).toMatchObject([partitioned]);
    await stop(id);

    for (const path of ['cookies', 'state']) {
      const { profile_id: profile } = await notte.must('POST', '/profiles/create', { body: {} });
      await notte.must('POST', `/profiles/${profile}/${path}`, { body: { cookies: [partitioned] } });
      const { session_id: restored } = await start({ profile: { id: profile } });
      expect((await notte.must('GET', `/sessions/${restored}/cookies`)).cookies).toMatchObject([partitioned]);
      await stop(restored);
    }
  });

  it('should be refused when their sameSite or partition is none', async () => {
    const { session_id: id } = await start();
    const set = (more: object) => ({ body: { cookies: [{ name: 'a', value: 'b', domain: 'a.test', ...more }] } });
    expect(await notte.mustFail(400, 'POST', `/sessions/${id}/cookies`, set({ sameSite: 'Bogus' }))).toMatch(
      /"cookies.0.sameSite".*Strict/,
    );
    expect(await notte.mustFail(400, 'POST', `/sessions/${id}/cookies`, set({ partitionKey: 'shop' }))).toMatch(
      /"cookies.0.partitionKey".*site/,
    );
    // What Chrome's extensions write.
    await notte.must('POST', `/sessions/${id}/cookies`, set({ sameSite: 'unspecified' }));
    await stop(id);
  });
});

describe('what cannot be started', () => {
  it('should be said in the words of the request', async () => {
    const { profile_id: profile } = await notte.must('POST', '/profiles/create', { body: {} });
    const { session_id: holder } = await start({ profile: { id: profile, persist: true } });
    for (const [status, body, words] of [
      [400, { viewport_width: 200, viewport_height: 700 }, /^"viewport_width" is not valid: must be at least \d+\.$/],
      [400, { viewport_width: 700, viewport_height: 1_000_000 }, /^"viewport_height" is not valid: must be at most \d+\.$/],
      [400, { user_agent: 'x'.repeat(10_000) }, /^"user_agent" is not valid/],
      [400, { proxies: [{ type: 'external' }] }, /^"proxies\.0\.server" is not valid: must be given\.$/],
      [400, { proxies: [{ type: 'other' }] }, /^"proxies\.0\.type" is not valid: must be one of "notte", "external", "tailnet"/],
      [422, { idle_timeout_minutes: 20 }, /^idle_timeout_minutes may be at most 10 on this server/],
      [409, { profile: { id: profile, persist: true } }, new RegExp(`^Session ${holder} may save to this profile: stop it`)],
    ] as const) {
      const message = await notte.mustFail(status, 'POST', '/sessions/start', { body });
      expect(message).toMatch(words);
      expect(message).not.toMatch(/waitMs|onConflict|identity\.|Seconds|Too small/);
    }
    await stop(holder);
  });
});
