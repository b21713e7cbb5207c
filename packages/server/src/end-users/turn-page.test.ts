import { createHmac } from 'node:crypto';
import { newId } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { never, type Site, startSite, type Turn, Turns } from './testing/turns.js';

const USERNAME = 'canary.user@mail.example';
const PASSWORD = `canary-Pa$$ "<&'ü/wörd`;
const TOTP_SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string) => text.replace(/[&<>"']/g, (char) => ESCAPES[char] ?? '');
/** What gives a value away, in whatever form it stands. */
const TRACES = /canary|Pa\$\$|wörd|Y2FuYXJ5|NhbmFye|jYW5hcn|GEZDGNBV/i;

const FORM = `<title>Sign in</title><form action="/welcome"><label>User <input name="user"></label>
  <label>Password <input name="password" type="password"></label><label>Code <input name="code"></label><button>Sign in</button></form>`;

function welcome(url: URL): string {
  const [user, password, code] = ['user', 'password', 'code'].map((name) => url.searchParams.get(name) ?? '') as [string, string, string];
  const base64 = Buffer.from(`${user}:${password}`).toString('base64');
  return `<title>${escaped(password)}</title><h1>Welcome ${escaped(user)}</h1><p>Your password is ${escaped(password)}, your code ${code}</p>
    <img alt="${escaped(password)}" src="data:,"><a href="/next?p=${encodeURIComponent(password)}">Next</a>
    <a download="${escaped(password)}.txt" href="data:text/plain,x">Save</a><code>${base64}</code><input aria-label="Shown" value="${escaped(password)}">
    <iframe srcdoc="<p>${escaped(escaped(password))}</p>"></iframe><button onclick="alert('It is ' + document.title)">Alert</button>
    <button onclick="console.log(document.title); throw new Error(document.title)">Throw</button>`;
}

let turns: Turns;
let site: Site;
let user: string;
beforeAll(async () => {
  turns = await Turns.start();
  site = await startSite((url) => {
    if (url.pathname === '/welcome') return welcome(url);
    if (url.pathname === '/framed') return `<title>Framed</title><iframe src="http://localhost:${site.port}/" height="300"></iframe>`;
    if (url.pathname === '/led') return `<script>location = 'http://localhost:${site.port}/'</script>`;
    return FORM;
  });
  user = `user-${newId('event')}`;
  const login = { alias: 'site', domain: 'site.example', username: USERNAME, password: PASSWORD, totpSecret: TOTP_SECRET };
  await turns.set(user, { logins: [{ ...login, fields: { member: 'canary-4711' }, origins: [site.origin] }] });
});
afterAll(async () => {
  await site[Symbol.asyncDispose]();
  await turns[Symbol.asyncDispose]();
});

const fill = async (turn: Turn, field: string, name: string, alias = 'site') =>
  await turn.page.fillCredential({ alias, field, ref: await turn.refOf(name) }, never);

/** RFC 4226, section 5.3. */
function codeAt(seconds: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(seconds / 30)));
  const hash = createHmac('sha1', '12345678901234567890').update(counter).digest();
  const offset = (hash[19] ?? 0) & 15;
  return String((hash.readUInt32BE(offset) & 0x7fffffff) % 1e6).padStart(6, '0');
}

describe('The pages of a turn', () => {
  it('should have no value of a credential in anything that comes out of them', async () => {
    await using turn = await turns.begin(user);
    await turn.done({ type: 'goto', url: `${site.origin}/` });
    const seen: unknown[] = [turn.credentials.aliases];
    seen.push(await fill(turn, 'username', 'User'), await fill(turn, 'password', 'Password'));
    const before = codeAt(Date.now() / 1000);
    seen.push(await fill(turn, 'totp', 'Code'));
    const after = codeAt(Date.now() / 1000);
    seen.push(await turn.see());
    seen.push(await turn.done({ type: 'click', ref: await turn.refOf('Sign in') }));
    const code = String((await turn.browser.use(async (pages) => pages.tabs()))[0]?.url).match(/code=(\d{6})/)?.[1];
    expect([before, after]).toContain(code);
    const welcomed = await turn.see();
    seen.push(welcomed, await turn.page.scrape(never));
    for (const expression of ['document.body.innerHTML', 'location.href', 'document.body.innerText', 'Promise.reject(document.title)']) {
      seen.push(await turn.page.execute({ type: 'evaluate', expression }, never));
    }
    seen.push(await turn.page.execute({ type: 'download', ref: await turn.refOf('Save') }, never));
    seen.push(await turn.page.execute({ type: 'click', ref: await turn.refOf('Throw') }, never));
    seen.push(await turn.page.execute({ type: 'click', ref: await turn.refOf('Alert') }, never));
    seen.push(await turn.see(), await turn.page.execute({ type: 'goto', url: site.origin, waitUntil: 'load' }, never));
    seen.push(await turn.done({ type: 'dialog', accept: true }));
    const all = JSON.stringify(seen);
    expect(all).not.toMatch(TRACES);
    expect(all).not.toMatch(new RegExp(`\\b${code}\\b`));
    expect(welcomed.snapshot).toContain('Welcome [secret:site.username]');
    expect(welcomed.metadata.title).toBe('[secret:site.password]');
    expect(welcomed.snapshot).toContain('[secret:site.totp]');
    const told = turn.credentials.redact({ error: `no ${PASSWORD}`, url: `https://a.example/?${new URLSearchParams({ p: PASSWORD })}` });
    expect(JSON.stringify(told)).not.toMatch(TRACES);
  });

  it('should give no picture while one shows a secret', async () => {
    await using turn = await turns.begin(user);
    await turn.done({ type: 'goto', url: `${site.origin}/` });
    const look = async () => (await turn.page.observe({ screenshot: true, markdown: false }, never)).screenshot;
    expect(await look()).toBeDefined();
    await fill(turn, 'password', 'Password');
    expect(await look()).toBeDefined(); // dots
    await fill(turn, 'username', 'User');
    expect(await look()).toBeUndefined();
    expect(await turn.page.execute({ type: 'screenshot', format: 'png' }, never)).toMatchObject({
      success: false,
      failure: 'not_actionable',
    });
    await turn.ask("document.querySelector('[name=user]').value = ''");
    expect(await look()).toBeDefined();
    expect((await turn.done({ type: 'screenshot' })).screenshot?.base64).toBeTruthy();
    await turn.ask("document.querySelector('[name=password]').type = 'text', null");
    expect(await look()).toBeUndefined();
    await turn.done({ type: 'goto', url: site.origin });
    const hidden = `document.body.insertAdjacentHTML('beforeend', '<p aria-hidden="true">canary.<b>user</b>@mail.example</p>'), null`;
    await turn.ask(hidden);
    expect(await look()).toBeUndefined();
  });

  it('should have credentials filled in on their own origins alone', async () => {
    await using turn = await turns.begin(user);
    const refusal = {
      success: false,
      failure: 'not_actionable',
      message: expect.stringContaining(`filled in at https://site.example, ${site.origin}`),
    };
    for (const url of [`${site.stranger}/`, `${site.origin}/framed`, `${site.origin}/led`]) {
      await turn.done({ type: 'goto', url });
      await turn.done({ type: 'wait', ...(url.endsWith('framed') ? { selector: 'iframe' } : { text: 'Password' }) });
      expect(await fill(turn, 'password', 'Password')).toMatchObject(refusal);
    }
    await turn.done({ type: 'goto', url: site.origin });
    await turn.ask(`window.open('${site.stranger}'), null`);
    const [, popup] = await turn.browser.use(async (pages) => pages.tabs());
    await turn.done({ type: 'switchTab', tabId: popup?.id ?? '' });
    await turn.done({ type: 'wait', text: 'Password' });
    expect(await fill(turn, 'password', 'Password')).toMatchObject(refusal);
    expect(await turn.ask("document.querySelector('[name=password]').value")).toBe('');
  });

  it('should say what there is when a credential or a field is named that is not', async () => {
    await using turn = await turns.begin(user);
    await turn.done({ type: 'goto', url: site.origin });
    expect(turn.credentials.aliases).toEqual([
      {
        alias: 'site',
        domain: 'site.example',
        origins: ['https://site.example', site.origin],
        includeSubdomains: false,
        fields: ['username', 'password', 'totp', 'member'],
      },
    ]);
    const unknown = await fill(turn, 'password', 'Password', 'bank');
    expect(unknown).toMatchObject({ success: false, message: 'There is no credential bank: there are site.', url: `${site.origin}/` });
    expect(await fill(turn, 'constructor', 'Password')).toMatchObject({
      success: false,
      message: 'site has no constructor: it has username, password, totp, member.',
    });
    expect(await fill(turn, 'member', 'User')).toMatchObject({ success: true });
  });

  it('should carry nothing that was filled in to another origin by the clipboard', async () => {
    await using turn = await turns.begin(user);
    await turn.done({ type: 'goto', url: site.origin });
    expect(await fill(turn, 'password', 'User')).toMatchObject({
      success: false,
      failure: 'not_actionable',
      message: expect.stringContaining('only into an input of type=password'),
    });
    expect(await turn.ask("document.querySelector('[name=user]').value")).toBe('');
    expect(await fill(turn, 'username', 'User')).toMatchObject({ success: true });
    const press = (key: string) => turn.page.execute({ type: 'press', key }, never);
    await press('Control+A');
    const chords = ['Control+C', 'ControlOrMeta+KeyC', 'Control+x', 'Control+Insert', 'Shift+Delete', 'Meta+C'];
    for (const key of chords) expect(await press(key)).toMatchObject({ success: false, failure: 'not_actionable', type: 'press' });
    await turn.done({ type: 'goto', url: site.stranger });
    await turn.done({ type: 'click', ref: await turn.refOf('User') });
    for (const key of ['Control+V', 'ControlLeft+Shift+KeyV', 'Shift+Insert', 'ShiftRight+Numpad0', 'MetaRight+v']) {
      expect(await press(key)).toMatchObject({ success: false, message: expect.stringContaining('Nothing was pressed') });
    }
    expect(await turn.ask("document.querySelector('[name=user]').value.length")).toBe(0);
    for (const key of ['v', 'Shift+V', 'Delete', 'Control+A']) expect(await press(key)).toMatchObject({ success: true });
  });
});
