import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { routes, type Task } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NameServer, startNameServer } from '../../../packages/browser/src/egress/testing/name-server.js';
import { type Receiver, startReceiver } from '../../../packages/server/src/webhooks/testing/receiver.js';
import { connectToDatabase } from '../running/database.js';
import { type DataDirectory, dataDirectory, startServerProcess } from '../running/server-process.js';
import { answering, Conversations, calling, type Steps } from './deployment.js';
import { type EchoingSite, startEchoingSite } from './echoing-site.js';

const TOTP_SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
/** What nobody is to see but the site that it is for. */
const SECRETS = {
  username: 'canary.user@mail.example',
  password: `canary-Pa$$ "<&'ü/wörd`,
  totpSecret: `otpauth://totp/site?secret=${TOTP_SECRET}&digits=8`,
  totpSecretItself: TOTP_SECRET,
  member: 'canary+member/4711',
  preset: 'canary0preset0f3c1',
  cookie: 'canary0cookie0a7b2',
  storage: 'canary0storage09d4e',
};
/** What the site has browsers keep once they have signed in. */
const TOKENS = { cookie: 'canary0session0c5d8', storage: 'canary0renewed0e6f1' };

let site: EchoingSite;
let otherPort: EchoingSite;
let names: NameServer;
let receiver: Receiver;
let data: DataDirectory;
let log: FileHandle;
let carrel: Conversations;

beforeAll(async () => {
  site = await startEchoingSite(TOKENS);
  otherPort = await startEchoingSite(TOKENS);
  names = await startNameServer((name) => (/^(site\.example|site\.example\.evil\.test)$/.test(name) ? ['127.0.0.1'] : []));
  receiver = await startReceiver();
  data = await dataDirectory();
  log = await open(join(data.path, 'log'), 'a+');
  const env = {
    CARREL_LOG_LEVEL: 'trace',
    CARREL_EGRESS_ALLOW: '127.0.0.0/8,::1',
    CARREL_EGRESS_NAME_SERVERS: names.address,
    CARREL_WEBHOOK_ALLOW: '127.0.0.0/8',
  };
  carrel = await Conversations.start(env, (all) => startServerProcess(data.path, all, { log: log.fd }));
  await carrel.api.must(routes.createWebhook, {
    body: { url: receiver.url, events: ['task.created', 'task.running', 'task.paused', 'task.resumed', 'task.completed', 'human.asked'] },
  });
  const { username, password, totpSecret, member, preset, cookie, storage } = SECRETS;
  const login = { alias: 'site', domain: 'site.example', origins: [site.url], username, password, totpSecret, fields: { member } };
  await carrel.api.must(routes.setCredentials, {
    params: { id: 'ann' },
    body: {
      twitterAuthToken: preset,
      cookies: [{ name: 'remember', value: cookie, url: site.url }],
      storageState: { cookies: [], origins: [{ origin: site.url, localStorage: [{ name: 'token', value: storage }] }] },
      logins: [login],
    },
  });
}, 60_000);
afterAll(async () => {
  for (const one of [carrel, log, data, receiver, names, otherPort, site]) await one?.[Symbol.asyncDispose]();
});

/** As they are, and as URLs, base64, JSON, HTML and dumps of bytes have them. */
function formsOf(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const base64 = Buffer.from(value).toString('base64').replace(/=+$/, '').slice(0, -1);
  const html = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const urls = [encodeURIComponent(value), encodeURI(value), String(new URLSearchParams([['', value]])).slice(1)];
  return [value, json, JSON.stringify(json).slice(1, -1), html, base64, ...urls, Buffer.from(value).toString('hex')];
}

const codes = () => site.sent.map(({ form }) => form.code).filter((code) => code !== '');

/** The secrets that a text has, in whatever form. */
function found(place: string, text: string): string[] {
  const all = { ...SECRETS, ...Object.fromEntries(Object.entries(TOKENS).map(([name, value]) => [`the new ${name}`, value])) };
  const values = [...Object.entries(all), ...codes().map((code): [string, string] => ['code', code])];
  return values.flatMap(([what, value]) => {
    const form = formsOf(value).find((one) => text.toLowerCase().includes(one.toLowerCase()));
    if (form === undefined) return [];
    const at = text.toLowerCase().indexOf(form.toLowerCase());
    return [`${what} is in ${place}: …${text.slice(Math.max(0, at - 100), at + form.length + 40)}…`];
  });
}

const fill = (field: string, label: string, alias = 'site') =>
  ((request) => calling('fill_credential', { alias, field, ref: request.ref(`textbox "${label}"`) })) satisfies Steps[number];
const click = (element: string) => ((request) => calling('click', { ref: request.ref(element) })) satisfies Steps[number];
const seen = ((request) => answering(request.page)) satisfies Steps[number];
const signsIn: Steps = [
  fill('username', 'Username'),
  fill('password', 'Password'),
  fill('totp', 'Code'),
  fill('member', 'Member'),
  click('button "Sign in"'),
];

/** All that the database has, as text. */
async function rows(): Promise<string> {
  await using database = await connectToDatabase(data.path);
  const tables = await database.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('carrel', 'carrel_queue')`,
  );
  const names = tables.rows.map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining(['carrel.credentials', 'carrel.task_events', 'carrel.webhook_deliveries', 'carrel_queue.job']),
  );
  const dumps: string[] = [];
  for (const name of names) {
    const { rows: lines } = await database.query<{ line: string }>(`select one::text as line from ${name} as one`);
    dumps.push(`${name}\n${lines.map(({ line }) => line).join('\n')}`);
  }
  return dumps.join('\n');
}

async function stream({ taskId }: Task): Promise<string> {
  const response = await fetch(carrel.api.urlOf(routes.listTaskEvents, { params: { id: taskId } }), {
    headers: { authorization: `Bearer ${carrel.server.apiKey}`, accept: 'text/event-stream' },
    signal: AbortSignal.timeout(20_000),
  });
  return await response.text();
}

/** What there is to read of the browser of a turn. */
async function browserOf({ browserId }: Task): Promise<string> {
  const params = { id: browserId ?? '' };
  const events = await carrel.api.must(routes.listEvents, { params, query: { limit: 1000 } });
  const network = await carrel.api.call(routes.getNetwork, { params, query: { limit: 1000 } });
  return JSON.stringify([events, network, await carrel.api.must(routes.getBrowser, { params })]);
}

describe('the secrets of an end user', { timeout: 90_000 }, () => {
  it('should be seen by nobody but the site that they are for, whatever that makes of them', async () => {
    const steps: Steps = [
      ...signsIn,
      click('button "Say"'),
      click('button "Alert"'),
      calling('dialog', { accept: true }),
      (request) => calling('download', { ref: request.ref('link "Save it"') }),
      calling('read_page'),
      (request) => calling('ask_human', { question: `Is this right? ${request.page.slice(0, 8_000)}` }),
      seen,
    ];
    const taskId = await carrel.submit(steps, {
      startUrl: `${site.url}/login`,
      include_html_dump: true,
      record: { uncaughtErrors: true },
    });
    const asking = await carrel.until(taskId, ({ waitingFor }) => waitingFor?.reason === 'human');
    const url = asking.waitingFor?.url ?? '';
    const page = await (await fetch(url)).text();
    const running = await browserOf(asking);
    await fetch(url, { method: 'POST', body: new URLSearchParams({ answer: 'It is.' }) });
    const task = await carrel.ended(taskId);
    expect(task).toMatchObject({ status: 'completed' });
    const { username, password, member } = SECRETS;
    expect(site.sent).toEqual([
      { host: new URL(site.url).host, form: { username, password, member, code: expect.stringMatching(/^\d{8}$/) } },
    ]);
    // It is there to see, and taken out.
    expect(task.result).toContain('Welcome [secret:site.username]');
    expect(task.result).toContain('The token was [secret], and is now [secret]');
    for (const text of [task.htmlDump, page]) expect(text).toContain('[secret:site.password]');
    expect(running).toContain('[secret:site.password]');

    await expect.poll(() => receiver.received.filter(({ body }) => body.includes('task.completed')).length, { timeout: 20_000 }).toBe(1);
    const params = { id: taskId };
    const credentials = await carrel.api.must(routes.getCredentials, { params: { id: 'ann' } });
    expect(credentials.logins).toMatchObject([{ hasUsername: true, hasPassword: true, hasTotpSecret: true, fields: ['member'] }]);
    const session = { id: task.sessionId };
    const recorded = { params: { id: task.browserId ?? '' }, query: { limit: 1000 } };
    const timeline = await carrel.api.must(routes.listRecordingLines, recorded);
    const types = timeline.data.map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['console.message', 'step.finished', 'network.requested']));
    const places: Record<string, unknown> = {
      'what the model was asked': carrel.allAsked,
      'the task': task,
      'its events': await carrel.log(taskId),
      'the stream of them': await stream(task),
      'the page that asks': page,
      'the browser while it ran': running,
      'the browser when it was closed': await browserOf(task),
      'the timeline of its recording': timeline,
      'the session': await carrel.api.must(routes.getSession, { params: session }),
      'the export of the session': await carrel.api.must(routes.exportSession, { params: session }),
      'the export of the end user': await carrel.api.must(routes.exportEndUser, { params: { id: 'ann' } }),
      'the list of tasks': await carrel.api.must(routes.listTasks),
      'the credentials': credentials,
      'what webhooks were told': receiver.received,
      'the audit log': await carrel.api.must(routes.listAuditEvents),
      'the database': await rows(),
      'the log of the server': await readFile(join(data.path, 'log'), 'utf8'),
      'the task again': await carrel.api.must(routes.getTask, { params }),
    };
    for (const text of Object.values(places)) expect(JSON.stringify(text).length).toBeGreaterThan(200);
    expect(Object.entries(places).flatMap(([place, text]) => found(place, typeof text === 'string' ? text : JSON.stringify(text)))).toEqual(
      [],
    );
    expect(places['the log of the server']).toContain('"level":20');
  });

  it('should have what sites renew come along to the next turn, and to nobody else’s', async () => {
    const look = async (endUserId: string, startUrl = `${site.url}/`) => String((await carrel.run([seen], { endUserId, startUrl })).result);
    const ann = await look('ann');
    for (const text of ['Cookie: signed in', 'Storage: signed in']) expect(ann).toContain(text);
    const ben = await look('ben');
    for (const text of ['Cookie: none', 'Storage: none']) expect(ben).toContain(text);
    // Of an origin that there is no credential of, nothing is kept.
    for (let times = 0; times < 2; times++) {
      const stranger = await look('ann', `${otherPort.stranger}/leaving`);
      for (const text of ['Cookie: none', 'Storage: null']) expect(stranger).toContain(text);
    }
    const { cookies, origins } = await carrel.api.must(routes.getCredentials, { params: { id: 'ann' } });
    expect([...new Set(cookies.map(({ domain }) => domain))].sort()).toEqual(['.twitter.com', '.x.com', '127.0.0.1']);
    expect(origins.map(({ origin }) => origin)).toEqual([site.url]);
  });

  it.each([
    ['another port', () => `${otherPort.url}/login`],
    ['another name of the machine', () => `${site.stranger}/login`],
    ['the host without TLS', () => `http://site.example:${new URL(site.url).port}/login`],
    ['a host that begins as it does', () => `http://site.example.evil.test:${new URL(site.url).port}/login`],
    ['a frame of another site', () => `${site.url}/framing?src=${encodeURIComponent(`${site.stranger}/login`)}`],
    ['a frame of another port', () => `${site.url}/framing?src=${encodeURIComponent(`${otherPort.url}/login`)}`],
  ])('should not be filled in on %s', async (_, place) => {
    const before = [site.sent.length, otherPort.sent.length] as const;
    const steps = [fill('username', 'Username'), fill('password', 'Password'), click('button "Sign in"'), answering('tried')];
    const task = await carrel.run(steps, { startUrl: place() });
    expect(task.status).toBe('completed');
    const [, second, third] = await carrel.asked(task);
    for (const request of [second, third]) expect(request?.results.join()).toContain('does not belong there');
    const sent = [...site.sent.slice(before[0]), ...otherPort.sent.slice(before[1])];
    expect(sent.map(({ form }) => form)).toEqual([{ username: '', password: '', code: '', member: '' }]);
  });

  it('should be written in the audit log when they are given, taken out and deleted, and stay unsaid there', async () => {
    await carrel.api.must(routes.deleteCredentials, { params: { id: 'ann' }, body: { logins: ['site'] } });
    const { data: events } = await carrel.api.must(routes.listAuditEvents);
    expect(events.map(({ action, subject }) => [action, subject])).toEqual([
      ['credentials.deleted', 'ann'],
      ['end_user.exported', 'ann'],
      ['credentials.set', 'ann'],
    ]);
    expect(found('the audit log', JSON.stringify(events))).toEqual([]);
  });

  it('should not be in the database or the log of the server when all that is done', async () => {
    expect(found('the database', await rows())).toEqual([]);
    expect(found('the log of the server', await readFile(join(data.path, 'log'), 'utf8'))).toEqual([]);
    expect(found('what the model was asked', carrel.allAsked)).toEqual([]);
  });
});
