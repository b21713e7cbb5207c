import { routes } from '@carrel/protocol';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import {
  answering,
  type ChatRequest,
  calling,
  type ScriptedAnswer,
  startScriptedServer,
} from '../../../packages/agent/src/testing/scripted-server.js';
import { Api } from '../running/api.js';
import { startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';
import { type Answered, NotteHttp } from './notte-http.js';
import { shop } from './shop.js';

const PASSWORD = 'hunter2-and-more';

let server: TestServer;
let site: TestSite;
let notte: NotteHttp;
let native: Api;
let model: Awaited<ReturnType<typeof startScriptedServer>>;
/** What the model does at its next step. */
let decide: (request: ChatRequest) => ScriptedAnswer | Promise<ScriptedAnswer> = () => answering('nothing');

beforeAll(async () => {
  model = await startScriptedServer((request) => decide(request));
  const settings = { CARREL_MODEL: 'openai-compatible/scripted', CARREL_MODEL_BASE_URL: model.baseUrl };
  [server, site] = await Promise.all([startTestServer(settings), startSite(shop)]);
  notte = new NotteHttp(server.url, server.apiKey);
  native = new Api(server.url, server.apiKey);
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await site?.[Symbol.asyncDispose]();
  await model?.[Symbol.asyncDispose]();
});

const start = async (body = {}): Promise<Answered> => notte.must('POST', '/sessions/start', { body });
const stop = (id: string) => notte.must('DELETE', `/sessions/${id}/stop`);

async function vaultFor(url: string): Promise<string> {
  const { vault_id: id } = await notte.must('POST', '/vaults/create', { body: {} });
  const credentials = { username: 'ann-of-the-shop', password: PASSWORD, mfa_secret: 'JBSWY3DPEHPK3PXP' };
  await notte.must('POST', `/vaults/${id}/credentials`, { body: { url, credentials } });
  return id;
}

const fieldsOf = (observed: Answered): Record<string, string> =>
  Object.fromEntries(observed.space.interaction_actions.map((action: Answered) => [action.text_label, action.id]));

/** All that a WebSocket says until it closes, or until there is so much. */
function heard(path: string, enough = Number.POSITIVE_INFINITY): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const said: Buffer[] = [];
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/notte${path}`);
    socket.on('message', (data: Buffer) => {
      said.push(data);
      if (said.length >= enough) socket.close();
    });
    socket.on('close', () => resolve(said));
    socket.on('error', reject);
  });
}

describe('a vault', () => {
  it('should give what it has to nobody', async () => {
    const id = await vaultFor('https://example.com');
    expect((await notte.must('GET', `/vaults/${id}`)).credentials).toEqual([{ url: 'example.com', username: null, email: null }]);
    const message = await notte.mustFail(422, 'GET', `/vaults/${id}/credentials?url=example.com`);
    expect(message).toMatch(/gives credentials to nobody/);
    expect(await notte.mustFail(501, 'GET', `/vaults/${id}/card`)).toMatch(/not kept/);
    // What is wrong is said without what was given.
    const bad = { url: 'example.com', credentials: { username: 'ann', password: `${PASSWORD}\u0000` } };
    expect(await notte.mustFail(400, 'POST', `/vaults/${id}/credentials`, { body: bad })).not.toContain('hunter2');
  });

  it('should be filled in where it belongs, in a session that shows it to nobody', async () => {
    const vault = await vaultFor(site.url);
    const { session_id: id, cdp_url: cdpUrl } = await start({ vault_id: vault });
    expect(cdpUrl).toBeNull();
    await notte.execute(id, { type: 'goto', url: `${site.url}/login` });
    const fields = fieldsOf(await notte.observe(id));
    expect(await notte.execute(id, { type: 'fill', id: fields.User, value: 'user@example.org' })).toMatchObject({ success: true });
    expect(await notte.execute(id, { type: 'fill', id: fields.Password, value: 'mycoolpassword' })).toMatchObject({ success: true });

    const seen = await notte.observe(id);
    const scraped = await notte.must('POST', `/sessions/${id}/page/scrape`, { body: {} });
    expect(JSON.stringify([seen, scraped])).not.toMatch(/hunter2|ann-of-the-shop/);
    // No way round: not by a script, cookies, CDP, pictures, files or the native API.
    expect(await notte.execute(id, { type: 'evaluate_js', code: 'document.querySelector("[type=password]").value' })).toMatchObject({
      success: false,
      data: null,
    });
    // A selector that matches or not would tell it letter by letter.
    const guess = { type: 'click', selector: 'input[value^="h"]' };
    expect(await notte.execute(id, guess)).toMatchObject({ success: false, message: expect.stringMatching(/not by selectors/) });
    expect(await notte.execute(id, { type: 'form_fill', value: { username: 'x' } })).toMatchObject({ success: false });
    for (const path of ['/cookies', '/debug', '/page/screenshot', '/network/logs', '/files', '/profile-preview']) {
      expect(await notte.mustFail(422, 'GET', `/sessions/${id}${path}`)).toMatch(/not possible in a session with a vault/);
    }
    for (const route of [routes.observe, routes.execute, routes.getCookies] as const) {
      await native.mustFail(route, 'insufficient_scope', {
        params: { id },
        ...(route === routes.execute ? { body: { type: 'evaluate', expression: '1' } } : route === routes.observe ? { body: {} } : {}),
      });
    }
    expect(await notte.execute(id, { type: 'click', id: fields['Sign in'] })).toMatchObject({ success: true });
    expect((await notte.observe(id)).metadata.title).toBe('Inside');
    await stop(id);
  });

  it('should not be filled in at a site that it does not belong to', async () => {
    const vault = await vaultFor('https://example.com');
    const { session_id: id } = await start({ vault_id: vault });
    await notte.execute(id, { type: 'goto', url: `${site.url}/login` });
    const fields = fieldsOf(await notte.observe(id));
    const filled = await notte.execute(id, { type: 'fill', id: fields.Password, value: 'mycoolpassword' });
    expect(filled).toMatchObject({ success: false, message: expect.stringMatching(/only where it belongs/) });
    // Whoever deletes the vault ends the sessions that have it.
    await notte.must('DELETE', `/vaults/${vault}`);
    await notte.mustFail(404, 'GET', `/sessions/${id}`);
  });
});

describe('an agent', () => {
  it('should work in the session of its caller, tell its steps, and give its answer', async () => {
    const { session_id: id } = await start();
    await notte.execute(id, { type: 'goto', url: site.url });
    let step = 0;
    decide = (request) => (++step === 1 ? calling('click', { ref: request.ref('link "Next"') }) : answering('It is the next page.'));
    const agent = await notte.must('POST', '/agents/start', {
      body: { task: 'Go to the next page.', session_id: id, reasoning_model: 'gemini/gemini-2.5-flash' },
    });
    const said = (await heard(`/agents/${agent.agent_id}/debug/logs?token=${server.apiKey}&session_id=${id}`)).map((data) =>
      JSON.parse(String(data)),
    );
    expect(said.slice(0, -1).map(({ action }) => action.type)).toEqual(['click', 'completion']);
    expect(said.at(-1)).toMatchObject({ status: 'agent_stop', agent: { success: true, answer: 'It is the next page.', status: 'closed' } });
    // It is the caller's browser that it was in.
    expect((await notte.observe(id)).metadata.url).toBe(`${site.url}/next`);
    expect((await notte.must('GET', '/agents/?only_active=False')).items).toContainEqual(
      expect.objectContaining({ agent_id: agent.agent_id }),
    );
    await stop(id);
  });

  it('should begin at an address as people write it, with a port and without a scheme', async () => {
    const { session_id: id } = await start();
    const { agent_id: agent } = await notte.must('POST', '/agents/start', {
      body: { task: 'Look.', session_id: id, url: `localhost:${new URL(site.url).port}/sale` },
    });
    await expect.poll(async () => (await notte.must('GET', `/agents/${agent}`)).status, { timeout: 20_000 }).toBe('closed');
    // The site of the test speaks no TLS.
    expect(await notte.must('GET', `/agents/${agent}`)).toMatchObject({
      success: false,
      answer: expect.stringMatching(/does not speak HTTPS/),
    });
    await stop(id);
  });

  it('should stop when it is told to, and when its session ends, and be one at a time', async () => {
    const { session_id: id } = await start();
    decide = () => ({ hangs: true });
    const begin = () => notte.call('POST', '/agents/start', { body: { task: 'Wait.', session_id: id } });
    const { agent_id: first } = (await begin()).body;
    expect((await begin()).status).toBe(409);
    expect(await notte.must('GET', `/agents/${first}`)).toMatchObject({ status: 'active', success: null });
    expect(await notte.must('DELETE', `/agents/${first}/stop?session_id=${id}`)).toMatchObject({
      status: 'closed',
      success: false,
      task: 'Wait.',
    });
    const { agent_id: second } = (await begin()).body;
    await stop(id);
    await expect.poll(async () => (await notte.must('GET', `/agents/${second}`)).status).toBe('closed');
    expect(await notte.must('GET', `/agents/${second}`)).toMatchObject({ success: false, answer: expect.stringMatching(/session ended/) });
  });

  it('should sign in with a vault that it never sees, and only in a session that was started with it', async () => {
    const vault = await vaultFor(site.url);
    const { session_id: open } = await start();
    const task = { task: 'Sign in.', vault_id: vault };
    expect(await notte.mustFail(422, 'POST', '/agents/start', { body: { ...task, session_id: open } })).toMatch(/started with it/);
    await stop(open);

    const { session_id: id } = await start({ vault_id: vault });
    const alias = new URL(site.url).host;
    const asked: string[] = [];
    const steps = [
      (request: ChatRequest) => calling('fill_credential', { alias, field: 'username', ref: request.ref('textbox "User"') }),
      (request: ChatRequest) => calling('fill_credential', { alias, field: 'password', ref: request.ref('textbox "Password"') }),
      (request: ChatRequest) => calling('click', { ref: request.ref('button "Sign in"') }),
      () => answering('Signed in.'),
    ];
    decide = (request) => {
      asked.push(JSON.stringify(request.body));
      return steps[asked.length - 1]?.(request) ?? answering('too many steps');
    };
    const { agent_id: agent } = await notte.must('POST', '/agents/start', { body: { ...task, session_id: id, url: `${site.url}/login` } });
    await expect.poll(async () => (await notte.must('GET', `/agents/${agent}`)).status, { timeout: 20_000 }).toBe('closed');
    const done = await notte.must('GET', `/agents/${agent}`);
    expect(done).toMatchObject({ success: true, answer: 'Signed in.' });
    expect((await notte.observe(id)).metadata.title).toBe('Inside');
    expect(`${asked}${JSON.stringify(done)}`).not.toMatch(/hunter2/);
    await stop(id);
  });
});

describe('the browser of a task', () => {
  it('should be driven by its own agent alone', async () => {
    decide = () => ({ hangs: true });
    const { taskId: id } = await native.must(routes.submitTask, { body: { endUserId: 'ann', task: 'Wait.' } });
    const browserOf = async () => (await native.must(routes.getTask, { params: { id } })).browserId;
    await expect.poll(browserOf, { timeout: 20_000 }).not.toBeNull();
    const session = await browserOf();
    for (const [method, path, body] of [
      ['POST', '/page/observe', {}],
      ['POST', '/page/execute', { type: 'evaluate_js', code: '1' }],
      ['POST', '/page/scrape', {}],
      ['GET', '/cookies'],
      ['GET', '/debug'],
      ['GET', '/files'],
    ] as const) {
      expect(await notte.mustFail(403, method, `/sessions/${session}${path}`, { body })).toMatch(/only its agent drives it/);
    }
    expect(await notte.mustFail(403, 'POST', '/agents/start', { body: { task: 'Look.', session_id: session } })).toMatch(/only its agent/);
    await native.must(routes.cancelTask, { params: { id } });
  });
});

describe('a session', () => {
  it('should be driven by Playwright at its cdp_url, shown as pictures, and tell what happens', async () => {
    const { session_id: id, cdp_url: cdpUrl, viewer_url: viewerUrl } = await start();
    const browser = await chromium.connectOverCDP(cdpUrl);
    await browser.contexts()[0]?.pages()[0]?.goto(site.url);
    await browser.close();
    expect((await fetch(viewerUrl)).status).toBeLessThan(500);
    const { ws } = await notte.must('GET', `/sessions/${id}/debug`);
    const path = (url: string) => url.slice(url.indexOf('/notte') + '/notte'.length);
    const [picture] = await heard(path(ws.recording), 1);
    expect(picture?.subarray(0, 3).toString('hex')).toBe('ffd8ff');
    let happened: string | undefined;
    void heard(path(ws.logs), 1).then(([said]) => {
      happened = JSON.parse(String(said)).type;
    });
    // Until it listens.
    await expect
      .poll(async () => {
        await notte.execute(id, { type: 'wait', time_ms: 1 });
        return happened;
      })
      .toBe('execution_result');
    await stop(id);
  });

  it('should have a film when it was recorded, once it has ended', async () => {
    const { id } = await native.must(routes.openBrowser, { body: { record: true } });
    await notte.execute(id, { type: 'goto', url: site.url });
    expect(await notte.mustFail(404, 'GET', `/sessions/${id}/replay`)).toMatch(/still active/);
    await stop(id);
    const replay = () => notte.call('GET', `/sessions/${id}/replay`);
    let answer = await replay();
    // As the SDK does: to any other error it does not ask again.
    for (; answer.status === 404; answer = await replay()) expect(answer.body.message).toMatch(/being finished/);
    expect(answer).toMatchObject({ status: 200 });
    const { mp4_url: url, video_duration_ms: durationMs } = answer.body;
    expect(durationMs).toBeGreaterThan(0);
    const film = await fetch(url);
    // A machine without ffmpeg says so.
    if (film.status === 503) expect((await film.json()) as Answered).toMatchObject({ code: 'recording_export_unavailable' });
    else
      expect(
        Buffer.from(await film.arrayBuffer())
          .subarray(4, 8)
          .toString(),
      ).toBe('ftyp');
    expect((await fetch(url.replace(/token=.{4}/, 'token=AAAA'))).status).toBe(404);
  });

  it('should refuse what it does not do, and start nothing', async () => {
    const before = (await notte.must('GET', '/sessions?only_active=True')).items.length;
    for (const [options, words] of [
      [{ browser_type: 'firefox' }, /Chromium only/],
      [{ cdp_url: 'ws://elsewhere' }, /cdp_url/],
      [{ chrome_args: ['--no-sandbox'] }, /chrome_args/],
      [{ web_bot_auth: true }, /web_bot_auth/],
      [{ demonstrate: true }, /demonstrate/],
      [{ extra_http_headers: { a: 'b' } }, /extra_http_headers/],
      [{ auth_ids: ['x'] }, /auth_ids/],
      [{ proxies: [{ type: 'tailnet', oauth_client_id: 'x' }] }, /tailnet/],
      [{ proxies: [{ type: 'notte', city: 'Paris', country: 'fr' }] }, /city/],
      [{ proxies: 'us' }, /no proxy in US/],
      [{ viewport_width: 800 }, /viewport_height/],
      [{ user_agent: 'Mozilla/5.0 (iPhone)' }, /user ?agent/i],
    ] as const) {
      expect(await notte.mustFail(422, 'POST', '/sessions/start', { body: options })).toMatch(words);
    }
    for (const path of ['/personas/create', '/functions/', '/search', '/managed-auth/connections/x/check'])
      await notte.mustFail(501, 'POST', path);
    expect((await notte.must('GET', '/sessions/?only_active=True')).items.length).toBe(before);
  });
});
