import { newId } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { never, type Site, startSite, type Turn, Turns } from './testing/turns.js';

const CANARY = 'canary-of-a-stranger';
const DATABASE = `new Promise((resolve, reject) => {
  const request = indexedDB.open('mail', 1);
  request.onupgradeneeded = () => request.result.createObjectStore('tokens');
  request.onerror = () => reject(request.error);
  request.onsuccess = () => resolve(request.result);
})`;
const WRITE_TOKEN = (token: string) => `${DATABASE}.then((database) => new Promise((resolve) => {
  const transaction = database.transaction('tokens', 'readwrite');
  transaction.objectStore('tokens').put('${token}', 'refresh');
  transaction.oncomplete = () => { database.close(); resolve(null); };
}))`;
const READ_TOKEN = `${DATABASE}.then((database) => new Promise((resolve) => {
  const request = database.transaction('tokens').objectStore('tokens').get('refresh');
  request.onsuccess = () => { database.close(); resolve(String(request.result).split('').join(' ')); };
}))`;
/** With spaces in between, as it would be taken out for a secret. */
const spaced = (text: string) => text.split('').join(' ');
const shown = (what: string) => `(${what} ?? '').split('').join(' ')`;

let turns: Turns;
let site: Site;
beforeAll(async () => {
  turns = await Turns.start();
  site = await startSite((url, _, response) => {
    const cookies = url.searchParams.getAll('cookie');
    if (cookies.length > 0) response.setHeader('set-cookie', cookies);
    if (url.pathname === '/framed')
      return `<script>localStorage.setItem('framed', 'third-token-3'), document.write('It is third-token-3')</script>`;
    return '<title>Site</title><h1>Site</h1>';
  });
});
afterAll(async () => {
  await site[Symbol.asyncDispose]();
  await turns[Symbol.asyncDispose]();
});

const newUser = () => `user-${newId('event')}`;
const login = () => ({ alias: 'site', domain: 'site.example', origins: [site.origin], password: 'x' });

/** Has the site set cookies. */
async function visit(turn: Turn, origin: string, ...cookies: string[]): Promise<void> {
  const query = new URLSearchParams(cookies.map((cookie): [string, string] => ['cookie', cookie]));
  await turn.done({ type: 'goto', url: `${origin}/?${query}` });
}

async function cookiesOf(turn: Turn): Promise<Record<string, string>> {
  const cookies = await turn.browser.use((pages) => pages.readCookies());
  return Object.fromEntries(cookies.map(({ name, domain, value }) => [`${name} ${domain}`, value]));
}

describe('Signed-in state', () => {
  it('should be kept of the sites with a credential for the next turn, and of others not', async () => {
    const user = newUser();
    await turns.set(user, { logins: [login()] });
    {
      await using turn = await turns.begin(user);
      await visit(turn, site.stranger, `stranger=${CANARY}; Max-Age=9999`);
      await turn.ask(`localStorage.setItem('token', '${CANARY}')`);
      await turn.ask(WRITE_TOKEN(CANARY));
      await visit(turn, site.origin, 'session=gained-session; HttpOnly', 'lasting=gained-lasting; Max-Age=9999');
      await turn.ask("localStorage.setItem('token', 'gained-token'), sessionStorage.setItem('tab', 'only'), null");
      await turn.ask(WRITE_TOKEN('gained-refresh'));
      await turn.keep();
    }
    expect(await turns.describe(user)).toMatchObject({
      cookies: [
        { name: 'lasting', domain: '127.0.0.1' },
        { name: 'session', domain: '127.0.0.1', expires: -1 },
      ],
      origins: [{ origin: site.origin }],
    });
    await using turn = await turns.begin(user);
    expect(await cookiesOf(turn)).toEqual({ 'session 127.0.0.1': 'gained-session', 'lasting 127.0.0.1': 'gained-lasting' });
    expect(await turn.browser.use(async (pages) => pages.tabs())).toMatchObject([{ url: 'about:blank', active: true }]);
    await turn.done({ type: 'goto', url: site.origin });
    expect(await turn.ask('history.length')).toBe(2);
    expect(await turn.ask(shown("localStorage.getItem('token')"))).toBe(spaced('gained-token'));
    expect(await turn.ask(READ_TOKEN)).toBe(spaced('gained-refresh'));
    expect(await turn.ask("sessionStorage.getItem('tab')")).toBeNull();
    await turn.done({ type: 'goto', url: site.stranger });
    expect(await turn.ask('localStorage.length + document.cookie.length')).toBe(0);
    const all = JSON.stringify(await turns.server.store.credentials.read({ ...turns.server.project, endUserId: user }));
    expect(all).toContain('gained-refresh');
    expect(all).not.toContain(CANARY);
  });

  it('should be given up when the site signs out', async () => {
    const user = newUser();
    await turns.set(user, {
      cookies: [{ name: 'session', value: 'given-session', domain: '127.0.0.1' }],
      storageState: { cookies: [], origins: [{ origin: site.origin, localStorage: [{ name: 'token', value: 'given-token' }] }] },
    });
    {
      await using turn = await turns.begin(user);
      await visit(turn, site.origin, 'session=; Max-Age=0');
      expect(await turn.ask(shown("localStorage.getItem('token')"))).toBe(spaced('given-token'));
      await turn.ask('localStorage.clear()');
      await turn.keep();
    }
    expect(await turns.describe(user)).toMatchObject({ cookies: [], origins: [] });
  });

  it('should be merged of turns that ran at once', async () => {
    const user = newUser();
    const given = ['a', 'b', 'both', 'ended'].map((name) => ({ name, value: 'before', domain: '127.0.0.1' }));
    await turns.set(user, { logins: [login()], cookies: given });
    {
      await using one = await turns.begin(user);
      await using other = await turns.begin(user);
      await visit(one, site.origin, 'a=by-one', 'both=by-one', 'ended=; Max-Age=0', 'new-one=by-one');
      await visit(other, site.origin, 'b=by-other', 'both=by-other', 'ended=by-other', 'new-other=by-other');
      await one.ask("localStorage.setItem('token', 'by-one')");
      await other.keep();
      await one.keep();
    }
    await using turn = await turns.begin(user);
    expect(await cookiesOf(turn)).toEqual({
      'a 127.0.0.1': 'by-one',
      'b 127.0.0.1': 'by-other',
      'both 127.0.0.1': 'by-one',
      'ended 127.0.0.1': 'by-other',
      'new-one 127.0.0.1': 'by-one',
      'new-other 127.0.0.1': 'by-other',
    });
    await turn.done({ type: 'goto', url: site.origin });
    expect(await turn.ask("localStorage.getItem('token')")).toBe('by-one');
  });

  it('should not come back when its credential was deleted meanwhile', async () => {
    const user = newUser();
    await turns.set(user, { logins: [login(), { domain: 'other.example', password: 'x' }] });
    {
      await using turn = await turns.begin(user);
      await visit(turn, site.origin, 'session=gained-session');
      await turns.credentials.delete(turns.actor, user, { logins: ['site'] });
      await turn.keep();
    }
    expect(await turns.describe(user)).toMatchObject({ cookies: [], origins: [], logins: [{ alias: 'other.example' }] });
    await turns.set(user, { logins: [login()] });
    {
      await using turn = await turns.begin(user);
      await visit(turn, site.origin, 'session=gained-session');
      await turn.keep();
      expect((await turns.describe(user)).cookies).toHaveLength(1);
      await turns.credentials.delete(turns.actor, user, {});
      await turn.keep();
    }
    expect(await turns.describe(user)).toMatchObject({ cookies: [], logins: [] });
  });

  it('should go when the credential that it was kept for is deleted', async () => {
    const user = newUser();
    await turns.set(user, { logins: [login()] });
    await using turn = await turns.begin(user);
    await visit(turn, site.origin, 'session=gained-session');
    await turn.keep();
    await turns.credentials.delete(turns.actor, user, { logins: ['site'] });
    expect(await turns.describe(user)).toMatchObject({ cookies: [], origins: [] });
  });

  it('should not keep a turn from running when Chromium takes a part of it no more', async () => {
    const user = newUser();
    await turns.set(user, {
      cookies: [
        { name: '__Host-bad', value: 'x', domain: '127.0.0.1' },
        { name: 'old', value: 'x', domain: '127.0.0.1', expires: 1 },
        { name: 'good', value: 'good', domain: '127.0.0.1' },
      ],
      storageState: {
        cookies: [],
        origins: [
          { origin: 'https://a.example', localStorage: [{ name: 'big', value: 'x'.repeat(6_000_000) }] },
          { origin: site.origin, localStorage: [{ name: 'token', value: 'small' }] },
        ],
      },
    });
    await using turn = await turns.begin(user);
    expect(await cookiesOf(turn)).toEqual({ 'good 127.0.0.1': 'good' });
    await turn.done({ type: 'goto', url: site.origin });
    expect(await turn.ask("localStorage.getItem('token')")).toBe('small');
  });

  it('should have its tokens taken out of what the agent sees', async () => {
    const user = newUser();
    await turns.set(user, {
      logins: [login()],
      storageState: {
        cookies: [],
        origins: [{ origin: site.origin, localStorage: [{ name: 'user', value: '{"jwt":"aaaa.bbbb.cccc"}' }] }],
      },
    });
    await using turn = await turns.begin(user);
    await visit(turn, site.origin, 'session=gained-session');
    expect(await turn.ask("localStorage.getItem('user') + document.cookie")).toBe('{"jwt":"[secret]"}session=[secret]');
  });

  it('should have what sites store in the middle of a turn taken out at once, of sites with a credential alone', async () => {
    const user = newUser();
    await turns.set(user, { logins: [login()] });
    await using turn = await turns.begin(user);
    const renew = (token: string) => `localStorage.setItem('auth', JSON.stringify({ token: '${token}' })),
      document.title = document.body.textContent = 'It is ${token}', console.log(document.title)`;
    await turn.done({ type: 'goto', url: site.origin });
    await turn.browser.use((pages) => pages.execute({ type: 'evaluate', expression: renew('first-token'), timeoutMs: 15_000 }, never));
    const seen = [await turn.see(), await turn.page.scrape(never), await turn.page.execute({ type: 'screenshot', format: 'png' }, never)];
    seen.push(
      await turn.page.execute({ type: 'evaluate', expression: `${renew('second-token')}, document.title`, timeoutMs: 15_000 }, never),
    );
    expect(await turn.page.observe({ screenshot: true, markdown: false }, never)).not.toHaveProperty('screenshot');
    // Within a page of a stranger, too.
    await turn.done({ type: 'goto', url: site.stranger });
    await turn.ask(`document.body.innerHTML = '<iframe src="${site.origin}/framed"></iframe>', null`);
    await turn.done({ type: 'wait', text: 'third-token-3' });
    seen.push(await turn.see());
    const all = JSON.stringify([seen, turn.credentials.redact({ result: 'third-token-3 second-token first-token' })]);
    expect(all).not.toMatch(/(first|second|third)-token/);
    expect(all).toContain('It is [secret]');
    await turn.ask(`localStorage.setItem('auth', 'a-strangers-token')`);
    expect(await turn.ask(`document.title = localStorage.getItem('auth')`)).toBe('a-strangers-token');
  });

  it('should not be waited for where a page does not say what it stores', async () => {
    const user = newUser();
    await turns.set(user, { logins: [login()] });
    await using turn = await turns.begin(user);
    await turn.done({ type: 'goto', url: site.origin });
    const opened = turn.page.execute({ type: 'evaluate', expression: `alert('busy')`, timeoutMs: 15_000 }, never);
    expect(await opened).toMatchObject({ changes: { dialog: { message: 'busy' } } });
    expect(await turn.browser.use((pages) => pages.readLocalStorage(() => true))).toEqual([]);
    await turn.done({ type: 'dialog', accept: true });
    await turn.ask("localStorage.setItem('auth', 'stored-token'), null");
    expect(await turn.browser.use((pages) => pages.readLocalStorage(() => true))).toEqual([
      { origin: site.origin, localStorage: [{ name: 'auth', value: 'stored-token' }] },
    ]);
    expect(await turn.browser.use((pages) => pages.readLocalStorage(() => false))).toEqual([]);
  });

  it('should not be read any more for who has given up', async () => {
    const user = newUser();
    await turns.set(user, { logins: [login()] });
    await using turn = await turns.begin(user);
    const reason = new Error('given up');
    await expect(turn.credentials.keep(turn.browser, AbortSignal.abort(reason))).rejects.toBe(reason);
    await expect(turn.page.scrape(AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
