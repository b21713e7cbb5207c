/// <reference lib="dom" />
import type { RequestListener } from 'node:http';
import { findChromium } from '@carrel/browser';
import { type Profile, type ProfileVersion, routes, type StorageState } from '@carrel/protocol';
import { chromium, type Page, type Browser as PlaywrightBrowser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { mainProcess } from '../../../packages/browser/src/testing/processes.js';
import { Api, newProject } from '../running/api.js';
import { connectToDatabase } from '../running/database.js';
import { startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';

const WORKER = `addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('fetch', (event) => {
  if (event.request.url.endsWith('/offline')) event.respondWith(new Response('from the worker'));
  else if (event.request.mode === 'navigate') event.respondWith(new Response('taken over', { headers: { 'content-type': 'text/html' } }));
});`;

const hits: string[] = [];
/** Signs in whoever asks for /login, and says who somebody is by three signs: a cookie, localStorage and IndexedDB. */
const loginSite: RequestListener = (request, response) => {
  hits.push(request.url ?? '');
  response.setHeader('content-type', request.url === '/worker.js' ? 'text/javascript' : 'text/html; charset=utf-8');
  if (request.url === '/login') {
    response.setHeader('set-cookie', ['session=cookie of Ada; HttpOnly; SameSite=Lax', 'kept=1; Max-Age=86400; SameSite=Strict']);
  }
  if (request.url === '/worker.js') response.end(WORKER);
  else response.end(`<!doctype html><title>Site</title><output>${request.headers.cookie ?? 'nobody'}</output>`);
};

function signIn(): Promise<void> {
  localStorage.setItem('token', 'local of Ada');
  const request = indexedDB.open('auth', 3);
  request.onupgradeneeded = () => {
    const store = request.result.createObjectStore('users', { keyPath: 'id' });
    store.createIndex('name', 'name');
    store.add({ id: 1, name: 'database of Ada', since: new Date(0), key: new Uint8Array([1, 2, 3]) });
  };
  return new Promise((resolve, reject) => {
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      request.result.close();
      resolve();
    };
  });
}

/** Runs in a page: all that tells who somebody is. */
function whoIsIt(): Promise<string> {
  const request = indexedDB.open('auth');
  return new Promise((resolve, reject) => {
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const read = request.result.transaction('users').objectStore('users').index('name').get('database of Ada');
      read.onsuccess = () => {
        request.result.close();
        const { since, key } = read.result as { since: Date; key: Uint8Array };
        resolve([document.querySelector('output')?.textContent, localStorage.getItem('token'), since.getTime(), ...key].join(', '));
      };
    };
  });
}

/** Unix time in seconds; Chromium keeps cookies for 400 days at most. */
const LATER = Math.trunc(Date.now() / 1000) + 200 * 86_400;
const ADA = 'session=cookie of Ada; kept=1, local of Ada, 0, 1, 2, 3';
const MEBIBYTE = 1024 * 1024;

let server: TestServer;
let site: TestSite;
let api: Api;
let plain: PlaywrightBrowser;
/** What a login in plain Playwright leaves. */
let state: StorageState;

beforeAll(async () => {
  [server, site, plain] = await Promise.all([
    startTestServer({ CARREL_MAX_FILE_BYTES: String(8 * MEBIBYTE) }),
    startSite(loginSite),
    findChromium('headless-shell').then(({ executablePath }) => chromium.launch({ executablePath })),
  ]);
  api = new Api(server.url, server.apiKey);
  const context = await plain.newContext();
  const page = await context.newPage();
  await page.goto(`${site.url}/login`);
  await page.evaluate(signIn);
  state = asJson(await context.storageState({ indexedDB: true })) as StorageState;
});
afterAll(async () => {
  await plain?.close();
  await site?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

let profile: Profile;
beforeEach(async () => {
  profile = await api.must(routes.createProfile);
});

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const ofProfile = (body: unknown) => ({ params: { id: profile.id }, body });
const bring = (body: unknown) => api.must(routes.importProfile, ofProfile(body));
const take = (body: unknown = {}) => api.must(routes.exportProfile, ofProfile(body));
const versions = async () => (await api.must(routes.listProfileVersions, { params: { id: profile.id } })).data;

/** Does something in the first page of a browser of the profile. */
async function within<T>(options: { persist?: boolean }, work: (page: Page) => Promise<T>): Promise<T> {
  const { id, cdpUrl = '' } = await api.must(routes.openBrowser, { body: { profile: { id: profile.id, ...options } } });
  const browser = await chromium.connectOverCDP(cdpUrl);
  try {
    return await work(browser.contexts()[0]?.pages()[0] as Page);
  } finally {
    await browser.close();
    await api.must(routes.closeBrowser, { params: { id } });
  }
}

describe('a login made elsewhere', () => {
  it('should be there in browsers of the profile, and go back to plain Playwright, with every value the same', async () => {
    expect(await bring({ storageState: state })).toMatchObject({ version: 1, source: 'import', basedOn: null, isCurrent: true });
    const who = await within({ persist: true }, async (page) => {
      await page.goto(site.url);
      return page.evaluate(whoIsIt);
    });
    expect(who).toBe(ADA);
    const { storageState, version, warnings } = await take();
    expect([version, warnings]).toEqual([2, []]);
    const sorted = ({ cookies, origins }: StorageState) => ({ cookies: cookies.toSorted((a, b) => (a.name < b.name ? -1 : 1)), origins });
    expect(sorted(storageState as StorageState)).toEqual(sorted(state));

    const context = await plain.newContext({ storageState: storageState as never });
    const page = await context.newPage();
    await page.goto(site.url);
    expect(await page.evaluate(whoIsIt)).toBe(ADA);
    await context.close();
  });

  it('should come as cookies alone, in each form, and leave what else there is', async () => {
    await bring({ storageState: state });
    await bring({ cookies: [{ name: 'json', value: 'x', domain: 'a.example', secure: true }] });
    const last = await bring({ netscape: `a.example\tFALSE\t/\tTRUE\t0\tjson\ty\n.b.example\tTRUE\t/\tFALSE\t${LATER}\tother\tz\n` });
    expect(last).toMatchObject({ version: 3, basedOn: 2, source: 'import' });
    const { cookies = [] } = await take({ format: 'cookies' });
    const pairs = cookies.map(({ name, value, domain }) => `${name}=${value} ${domain}`).sort();
    expect(pairs).toEqual(['json=y a.example', 'kept=1 127.0.0.1', 'other=z .b.example', 'session=cookie of Ada 127.0.0.1']);
    expect((await take({ format: 'netscape' })).netscape).toContain(`\n.b.example\tTRUE\t/\tFALSE\t${LATER}\tother\tz\n`);
    expect((await take({ format: 'cookies', version: 1 })).cookies).toHaveLength(2);
    expect((await take()).storageState?.origins).toEqual(state.origins);
  });

  it('should ask nobody, and let no service worker act', async () => {
    await within({ persist: true }, async (page) => {
      await page.goto(site.url);
      await page.evaluate(async () => {
        await navigator.serviceWorker.register('/worker.js');
        await navigator.serviceWorker.ready;
      });
    });
    hits.length = 0;
    const [origin] = state.origins;
    await bring({ storageState: { ...state, origins: [{ ...origin, localStorage: [{ name: 'token', value: 'new' }] }] } });
    const { storageState } = await take();
    expect(storageState?.origins[0]?.localStorage).toEqual([{ name: 'token', value: 'new' }]);
    expect(hits).toEqual([]);
    const answers = await within({}, async (page) => {
      await page.goto(site.url);
      return page.evaluate(async () => [document.body.textContent, await (await fetch('/offline')).text()]);
    });
    expect(answers).toEqual(['taken over', 'from the worker']);
  });

  it('should take larger bodies than other calls, up to the size of a file', async () => {
    const storageState = (chars: number) => ({
      storageState: {
        cookies: [],
        origins: [{ origin: 'https://large.example', localStorage: [{ name: 'a', value: 'x'.repeat(chars) }] }],
      },
    });
    await bring(storageState(4 * MEBIBYTE));
    expect((await take()).storageState?.origins[0]?.localStorage[0]?.value).toHaveLength(4 * MEBIBYTE);
    await api.mustFail(routes.importProfile, 'payload_too_large', ofProfile(storageState(9 * MEBIBYTE)));
  });
});

describe('an import that fails', () => {
  it.each([
    ['a field that would be ignored', { storageState: { cookies: [], origins: [], credentials: [] } }, 'unknown_field'],
    ['two forms at once', { cookies: [{ name: 'a', value: 'b', domain: 'a.example' }], netscape: 'x' }, 'invalid_request'],
    ['none', {}, 'invalid_request'],
    [
      'an origin that is none',
      { storageState: { cookies: [], origins: [{ origin: 'file:///etc/passwd', localStorage: [] }] } },
      'invalid_request',
    ],
    [
      'another that is none',
      { storageState: { cookies: [], origins: [{ origin: 'https://a.example/path', localStorage: [] }] } },
      'invalid_request',
    ],
    ['a line that is none', { netscape: 'nothing' }, 'invalid_request'],
    ['a cookie that Chromium does not take', { cookies: [{ name: '__Host-a', value: 'b', domain: 'a.example' }] }, 'invalid_request'],
    [
      'a database that Chromium does not take',
      {
        storageState: {
          cookies: [
            { ...{ name: 'a', value: 'b', domain: 'a.example', path: '/' }, expires: -1, httpOnly: false, secure: false, sameSite: 'Lax' },
          ],
          origins: [{ origin: 'https://a.example', localStorage: [], indexedDB: [{ name: 'x', version: -1, stores: [] }] }],
        },
      },
      'invalid_request',
    ],
    [
      'more cookies than Chromium keeps',
      { cookies: Array.from({ length: 400 }, (_, n) => ({ name: `n${n}`, value: 'v', domain: 'a.example' })) },
      'invalid_request',
    ],
  ] as const)('should change nothing: %s', async (_, body, code) => {
    await api.mustFail(routes.importProfile, code, ofProfile(body));
    expect(await versions()).toEqual([]);
    expect((await api.must(routes.getProfile, { params: { id: profile.id } })).heldBy).toEqual([]);
  });

  it('should be refused while another saves to the profile, and say who', async () => {
    const browser = await api.must(routes.openBrowser, { body: { profile: { id: profile.id, persist: true } } });
    const { details } = await api.mustFail(routes.importProfile, 'profile_locked', ofProfile({ storageState: state }));
    expect(details).toMatchObject({ browserId: browser.id });
    await api.must(routes.closeBrowser, { params: { id: browser.id } });
    await bring({ storageState: state });
  });

  it('should change nothing when its browser dies, and give the profile back', async () => {
    const before = await bring({ storageState: state });
    const records = Array.from({ length: 6_000 }, (_, key) => ({ key, value: 'x'.repeat(1000) }));
    const stores = [{ name: 's', autoIncrement: false, indexes: [], records }];
    const origins = Array.from({ length: 1 }, (_, n) => ({
      ...{ origin: `https://${n}.example`, localStorage: [] },
      indexedDB: [{ name: 'x', version: 1, stores }],
    }));
    const failing = api.call(routes.importProfile, ofProfile({ storageState: { cookies: [], origins } }));
    const pid = await vi.waitUntil(async () => {
      const [holder] = (await api.must(routes.getProfile, { params: { id: profile.id } })).heldBy;
      return holder === undefined ? undefined : mainProcessOf(holder.browserId);
    }, 20_000);
    process.kill(pid, 'SIGKILL');
    const answer = await failing;
    expect(answer.ok ? 'ok' : answer.error.code).toMatch(/^(browser_crashed|launch_failed)$/);
    expect(await versions()).toEqual([before]);
    await bring({ storageState: state });
  });
});

const mainProcessOf = (browserId: string): number | undefined => {
  try {
    return mainProcess(`/${browserId}/profile`);
  } catch {
    return undefined; // not started yet
  }
};

describe('an import that cannot be written down', () => {
  it('should make no version', async () => {
    await using database = await connectToDatabase(server.dataDir);
    const refuse = `alter table carrel.audit_events add constraint none_of_it check (subject <> '${profile.id}') not valid`;
    await database.query(refuse);
    try {
      const answer = await api.call(routes.importProfile, ofProfile({ storageState: state }));
      expect(answer.ok).toBe(false);
    } finally {
      await database.query('alter table carrel.audit_events drop constraint none_of_it');
    }
    expect(await versions()).toEqual([]);
    await bring({ storageState: state });
    expect(await versions()).toHaveLength(1);
  });
});

describe('an export', () => {
  it('should need a scope of its own, and be written down with the import, without a value', async () => {
    const imported: ProfileVersion = await bring({ storageState: state });
    const { secret = '' } = await api.must(routes.createApiKey, { body: { name: 'reader', scopes: ['profiles:read', 'profiles:write'] } });
    await api.as(secret).mustFail(routes.exportProfile, 'insufficient_scope', ofProfile({}));
    await take();
    await take({ format: 'netscape' });
    const events = (await api.must(routes.listAuditEvents)).data.filter(({ subject }) => subject === profile.id);
    const { version, browserId } = imported;
    const counts = { cookies: 2, origins: 1 };
    expect(events.map(({ action, details }) => [action, details])).toEqual([
      ['profile.exported', { ...counts, version, format: 'netscape', origins: 0 }],
      ['profile.exported', { ...counts, version, format: 'storageState' }],
      ['profile.imported', { ...counts, browserId, basedOn: null, format: 'storageState' }],
    ]);
    expect(JSON.stringify(events)).not.toMatch(/Ada|token|session/);
  });

  it('should not be of what was never saved, nor of the profile of another project', async () => {
    await api.mustFail(routes.exportProfile, 'not_found', ofProfile({}));
    await api.mustFail(routes.exportProfile, 'not_found', ofProfile({ version: 7 }));
    await bring({ storageState: state });
    const other = await newProject(api, 1);
    await other.api.mustFail(routes.exportProfile, 'not_found', ofProfile({}));
    await other.api.mustFail(routes.importProfile, 'not_found', ofProfile({ storageState: state }));
  });
});

describe('a server that closes', () => {
  it('should refuse or finish what is under way', async () => {
    const own = await startTestServer();
    const client = new Api(own.url, own.apiKey);
    const { id } = await client.must(routes.createProfile);
    const answering = client.call(routes.importProfile, { params: { id }, body: { storageState: state } });
    await vi.waitUntil(async () => (await client.must(routes.getProfile, { params: { id } })).heldBy.length > 0, 20_000);
    await own[Symbol.asyncDispose]();
    const answer = await answering;
    expect(answer.ok ? 201 : answer.error.code).toSatisfy((outcome) => outcome === 201 || outcome === 'shutting_down');
  });
});
