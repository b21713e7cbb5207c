import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { routes } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Api } from '../running/api.js';
import { connectToDatabase } from '../running/database.js';
import { exchange, speak } from '../running/raw-http.js';
import { greetingPage, startSite, type TestSite } from '../running/server-and-site.js';

/** What a process of its own runs is the build. */
const CARREL = fileURLToPath(new URL('../../../packages/cli/bin/carrel.js', import.meta.url));

let dataDir: string;
let child: ChildProcess;
let site: TestSite;
let url = '';
const lines: string[] = [];

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'carrel-'));
  site = await startSite(greetingPage);
  child = spawn(process.execPath, [CARREL, 'serve'], {
    cwd: dataDir,
    env: { ...process.env, CARREL_DATA_DIR: dataDir, CARREL_PORT: '0', CARREL_LOG_LEVEL: 'trace', CARREL_EGRESS_ALLOW: '127.0.0.1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`the server ended early:\n${lines.join('\n')}`)));
  ended.catch(() => {}); // it is ended at the end: only an early end matters
  const listening = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream as NodeJS.ReadableStream }).on('line', (line) => {
        lines.push(line);
        const found = /"listening at (http[^"]+)"/.exec(line)?.[1];
        if (found !== undefined) resolve(found);
      });
    }
  });
  url = await Promise.race([listening, ended]);
});

async function stop(): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'close');
}

afterAll(async () => {
  await stop();
  await site?.[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

let count = 0;
const secrets = new Map<string, string>();
/** A word that nobody else says, and that no log may repeat. */
function secret(what: string): string {
  const word = `Zq${(++count).toString().padStart(2, '0')}hunter${count}x`;
  secrets.set(what, word);
  return word;
}

/** Lets a WebSocket try its luck. */
async function knock(address: string, headers: Record<string, string> = {}): Promise<void> {
  const socket = new WebSocket(address, { headers });
  socket.on('error', () => {}); // it is to be refused
  await new Promise((resolve) => socket.on('close', resolve));
}

/** Uses the key, the browser and the page with a secret in each place where there may be one. */
async function session(api: Api, key: string): Promise<void> {
  const made = await api.must(routes.createApiKey, { body: { name: 'k' }, headers: { 'idempotency-key': secret('idempotency key') } });
  secrets.set('second key', made.secret ?? '');
  const { id, cdpUrl = '' } = await api.must(routes.openBrowser, { headers: { 'idempotency-key': 'k2' } });
  secrets.set('token', new URL(cdpUrl).searchParams.get('token') ?? '');
  const params = { id };
  const execute = (body: Record<string, unknown>) => api.must(routes.execute, { params, body });
  await execute({ type: 'goto', url: `${site.url}/?session=${secret('query of a page')}#${secret('fragment of a page')}` });
  await execute({ type: 'fill', selector: 'input', value: secret('filled text') });
  await execute({ type: 'type', selector: 'input', text: secret('typed text') });
  await execute({ type: 'fill', selector: '#none', value: secret('text for an element that is not there'), timeoutMs: 50 });
  await execute({ type: 'evaluate', expression: `"${secret('script')}"` });
  await execute({ type: 'evaluate', expression: `throw new Error("${secret('error of a script')}")` });
  await execute({ type: 'evaluate', expression: '(x) => x', arg: { password: secret('argument') } });
  await execute({ type: 'evaluate', expression: `setTimeout(() => prompt("${secret('dialog')}"), 0)` });
  const promptText = secret('text in a prompt');
  await expect.poll(() => execute({ type: 'dialog', accept: true, promptText })).toMatchObject({ success: true });
  const cookie = { name: 'sid', value: secret('cookie'), url: site.url };
  await api.must(routes.setCookies, { params, body: { cookies: [cookie] } });
  await api.must(routes.getCookies, { params });
  await api.must(routes.putFile, { params: { id, name: 'a.txt' }, rawBody: secret('content of a file') });
  await api.must(routes.scrape, { params, body: { fields: { a: 'input' } } });
  await api.mustFail(routes.execute, 'invalid_request', { params, body: { type: 'fill', selector: 1, value: secret('refused text') } });
  await api.mustFail(routes.openBrowser, 'invalid_request', {
    rawBody: `{"metadata": "${secret('broken JSON')}`,
    headers: { 'content-type': 'application/json' },
  });
  await api.as(secret('wrong key')).mustFail(routes.listBrowsers, 'unauthorized');

  const socket = new WebSocket(cdpUrl);
  await once(socket, 'open');
  socket.send(JSON.stringify({ id: 1, method: 'Target.getTargets' }));
  await once(socket, 'message');
  socket.send(`{"id":2,"method":"${secret('method of CDP')}`);
  await once(socket, 'message');
  socket.close();
  await knock(cdpUrl.replace(/token=.*/, `token=${secret('wrong token')}`));
  await knock(cdpUrl, { origin: 'https://evil.test' });
  await knock(cdpUrl, { host: 'evil.test' });
  await knock(cdpUrl.replace(/\?.*/, ''), { authorization: `Bearer ${secret('wrong key of CDP')}` });
  await knock(cdpUrl.replace(/\/cdp/, '/nothing'));
  await exchange(url, { path: new URL(cdpUrl).pathname + new URL(cdpUrl).search });
  await speak(url, `GET /health HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${key}\r\nBad : header\r\n\r\n`);
  await speak(url, `GET /health HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${key}\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`);
  await exchange(url, { path: '/v1/browsers/%zz', headers: { authorization: `Bearer ${key}`, cookie: `a=${secret('header')}` } });
  await api.must(routes.closeBrowser, { params });
}

/** Breaks a statement in the middle, when the database has its values and waits for a lock. */
async function withBrokenStatement(api: Api): Promise<void> {
  const { id } = await api.must(routes.openBrowser, { headers: { 'idempotency-key': 'k3' } });
  await using database = await connectToDatabase(dataDir);
  await database.query('begin');
  await database.query('lock table carrel.browsers in access exclusive mode');
  await api.must(routes.updateBrowser, { params: { id }, body: { metadata: { note: secret('metadata in a statement') } } });
  const waiting = "from pg_stat_activity where application_name = 'carrel' and wait_event_type = 'Lock'";
  await expect.poll(async () => (await database.query(`select pg_terminate_backend(pid) ${waiting}`)).rowCount).toBe(1);
  await database.query('rollback');
  await api.must(routes.closeBrowser, { params: { id } });
}

/** Takes the database away in the middle of writes, so that what fails is logged. */
async function withoutDatabase(api: Api): Promise<void> {
  const { id } = await api.must(routes.openBrowser);
  const pid = Number.parseInt(await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10);
  process.kill(pid, 'SIGKILL');
  const body = { metadata: { note: secret('metadata') } };
  await api.call(routes.updateBrowser, { params: { id }, body });
  await api.call(routes.execute, { params: { id }, body: { type: 'goto', url: `data:text/html,${secret('page in a URL')}` } });
  await api.call(routes.createApiKey, { body: { name: secret('name of a key') }, headers: { 'idempotency-key': secret('late key') } });
  await expect.poll(async () => (await api.as(null).call(routes.ready)).status, { timeout: 20_000 }).toBe(200);
  await api.must(routes.closeBrowser, { params: { id } });
}

describe('the log at its most talkative', () => {
  it('should hold no key, no token, no cookie and no text that was typed', async () => {
    const key = (await readFile(join(dataDir, 'api-key'), 'utf8')).trim();
    secrets.set('first key', key);
    const api = new Api(url, key);
    await session(api, key);
    await withBrokenStatement(api);
    await withoutDatabase(api);
    await stop();
    const log = lines.join('\n');
    // It does say what happened, so that there was something to look through.
    expect(log).toContain('POST /v1/browsers 201');
    expect(log).toContain('"level":20');
    expect(log).toContain('changes could not be written to the database yet');
    expect(secrets.size).toBeGreaterThan(20);
    for (const [what, word] of secrets) {
      expect(word.length, what).toBeGreaterThan(8);
      // As bytes, too: that is how a Buffer is logged.
      const forms = [word, Buffer.from(word).toString('base64').slice(0, -4), [...Buffer.from(word)].join(',')];
      const leak = lines.find((line) => forms.some((form) => line.includes(form)));
      expect(leak, `${what} is in the log`).toBeUndefined();
    }
  });
});
