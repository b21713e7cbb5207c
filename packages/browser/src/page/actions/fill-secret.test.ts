import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Drive, element, startDrive } from '../testing/drive.js';
import { startWrittenSite, type WrittenSite } from '../testing/written-site.js';

const SECRET = 'hunter2 "<&\' ü';
const FIELD = '<label>Password <input id="field" type="password"></label>';
/** Whatever a frame gets to know, it tells here. */
const TELLING = `${FIELD}<script>field.addEventListener('input', () => top.postMessage(field.value, '*'))</script>`;
const HEARING = '<script>heard = []; onmessage = (event) => heard.push(event.data)</script>';

let drive: Drive;
let site: WrittenSite;
beforeAll(async () => {
  drive = await startDrive();
  site = await startWrittenSite();
  site.write('/field', FIELD);
  site.write('/telling', TELLING);
});
afterAll(async () => {
  await site[Symbol.asyncDispose]();
  await drive[Symbol.asyncDispose]();
});

async function fillOn(url: string, html?: string, name = 'Password', role?: string) {
  if (html !== undefined) site.write(new URL(url).pathname, html);
  await drive.open(url);
  const { ref } = element(await drive.see(), name, role);
  return await drive.browser.pages.fillSecret({ ref, value: SECRET, isAllowed: (origin) => origin === site.origin });
}

const expectNothingHeard = async () => expect(await drive.ask('globalThis.heard ?? []')).toEqual([]);

describe('A secret', () => {
  it('should be filled into a field of its own origin, as if somebody typed it', async () => {
    const html = `${FIELD}<script>
      events = [];
      for (const type of ['focus', 'input', 'change']) {
        field.addEventListener(type, ({ isTrusted }) => events.push(type + (isTrusted ? '' : ' by a script')));
      }
      Object.defineProperty(field, 'value', { get: () => 'mine', set: () => events.push('intercepted') });
    </script>`;
    const result = await fillOn(`${site.origin}/typed`, html);
    expect(result).toMatchObject({ success: true, type: 'fill', message: expect.stringMatching(/^Filled textbox "Password"/) });
    const own = "Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').get.call(field)";
    expect(await drive.ask(own)).toBe(SECRET);
    expect(await drive.ask('events')).toEqual(['focus', 'input', 'change by a script']);
  });

  it('should replace what is there, in fields of every kind that takes text', async () => {
    const html = `<label>Password <textarea id="field">old</textarea></label>`;
    expect(await fillOn(`${site.origin}/area`, html)).toMatchObject({ success: true });
    expect(await drive.ask('field.value')).toBe(SECRET);
    const shadow = `<div id="host"></div><script>
      host.attachShadow({ mode: 'open' }).innerHTML = '<label>Password <input value="old"></label>';
    </script>`;
    expect(await fillOn(`${site.origin}/shadow`, shadow)).toMatchObject({ success: true });
    expect(await drive.ask("host.shadowRoot.querySelector('input').value")).toBe(SECRET);
  });

  it('should be dots in every picture, also when the page shows what is in the field, and not be copied out of it', async () => {
    const shown = () => drive.ask('[field.type, getComputedStyle(field).webkitTextSecurity]');
    await drive.open(`${site.origin}/field`);
    const { ref } = element(await drive.see(), 'Password');
    const filled = await drive.browser.pages.fillSecret({ ref, value: SECRET, isAllowed: () => true, isPassword: true });
    expect(filled.success).toBe(true);
    expect(await shown()).toEqual(['password', 'disc']);
    await drive.ask("field.type = 'text', 0");
    expect(await shown()).toEqual(['text', 'disc']);
    await drive.ask("field.style = '', 0");
    expect(await shown()).toEqual(['text', 'disc']);
    await fillOn(`${site.origin}/text`, '<label>Password <input id="field"></label><label>Other <input id="other"></label>');
    expect(await shown()).toEqual(['text', 'disc']);
    await drive.done({ type: 'press', selector: '#field', key: 'Control+A' });
    await drive.done({ type: 'press', selector: '#field', key: 'Control+C' });
    await drive.done({ type: 'press', selector: '#other', key: 'Control+V' });
    expect(await drive.ask('other.value')).toBe('');
  });

  it('should be in no message and in no event of the log', async () => {
    await fillOn(`${site.origin}/field`);
    const refused = await fillOn(`${site.otherOrigin}/field`);
    expect(JSON.stringify([refused, drive.browser.events])).not.toContain('hunter2');
    expect(drive.browser.events).toContainEqual({ type: 'action.executed', data: { type: 'fill', success: true } });
  });

  it('should be refused on another origin, also where the address was led there', async () => {
    const refusal = { success: false, failure: 'not_actionable', message: expect.stringContaining('does not belong there') };
    expect(await fillOn(`${site.otherOrigin}/field`)).toMatchObject(refusal);
    expect(await drive.ask('field.value')).toBe('');
    site.write('/led', '<script>location = "{other}/field"</script>');
    await drive.open(`${site.origin}/led`);
    await drive.until('document.querySelector("#field") !== null');
    const { ref } = element(await drive.see(), 'Password');
    const result = await drive.browser.pages.fillSecret({ ref, value: SECRET, isAllowed: (origin) => origin === site.origin });
    expect(result).toMatchObject(refusal);
    expect(await drive.ask('field.value')).toBe('');
  });

  it('should be refused in a frame of another origin within its own page', async () => {
    const result = await fillOn(`${site.origin}/outer-own`, `${HEARING}<iframe src="{other}/telling" height="100"></iframe>`);
    expect(result).toMatchObject({ success: false, failure: 'not_actionable', message: expect.stringContaining(site.otherOrigin) });
    await expectNothingHeard();
  });

  it('should be refused in a frame of its own origin within a page of another', async () => {
    const result = await fillOn(`${site.otherOrigin}/outer-other`, `${HEARING}<iframe src="{origin}/telling" height="100"></iframe>`);
    expect(result).toMatchObject({ success: false, failure: 'not_actionable', message: expect.stringContaining(site.otherOrigin) });
    await expectNothingHeard();
  });

  it('should be filled into a frame of its own page that is allowed too', async () => {
    site.write('/outer-both', '<iframe src="{other}/telling" height="100"></iframe>');
    await drive.open(`${site.origin}/outer-both`);
    const { ref } = element(await drive.see(), 'Password');
    await drive.ask('void (globalThis.heard = new Promise((resolve) => { onmessage = (event) => resolve(event.data); }))');
    const both = [site.origin, site.otherOrigin];
    const result = await drive.browser.pages.fillSecret({ ref, value: SECRET, isAllowed: (origin) => both.includes(origin) });
    expect(result).toMatchObject({ success: true });
    expect(await drive.ask('heard')).toBe(SECRET);
  });

  it.each([
    ['sandboxed', () => '<iframe sandbox="allow-scripts" src="{origin}/telling" height="100"></iframe>'],
    ['of a data: URL', () => `<iframe src="data:text/html,${encodeURIComponent(TELLING)}" height="100"></iframe>`],
  ])('should be refused in a frame that is %s', async (_, frame) => {
    const result = await fillOn(`${site.origin}/opaque`, `${HEARING}${frame()}`);
    expect(result).toMatchObject({ success: false, message: expect.stringContaining('without an origin') });
    await expectNothingHeard();
  });

  it('should be refused in a page whose own headers take its origin away, whatever its scripts say of it', async () => {
    const lies = '<script>Object.defineProperty(self, "origin", { value: "{origin}" })</script>';
    site.write('/user-content', FIELD + lies, { 'content-security-policy': 'sandbox allow-scripts' });
    const result = await fillOn(`${site.origin}/user-content`);
    expect(result).toMatchObject({ success: false, message: expect.stringContaining('without an origin') });
    expect(await drive.ask('field.value')).toBe('');
  });

  it('should go by the origin that a frame without an address inherits', async () => {
    const srcdoc = `<iframe srcdoc="${FIELD.replaceAll('"', '&quot;')}" height="100"></iframe>`;
    expect(await fillOn(`${site.origin}/srcdoc`, srcdoc)).toMatchObject({ success: true });
    expect(await fillOn(`${site.otherOrigin}/srcdoc`)).toMatchObject({ success: false });
    expect(await drive.ask('document.querySelector("iframe").contentDocument.getElementById("field").value')).toBe('');
  });

  it('should not follow the focus elsewhere', async () => {
    const greedy = `${FIELD}<script>
      const take = () => { focus(); field.focus(); };
      setInterval(take, 0);
      field.addEventListener('input', () => top.postMessage(field.value, '*'));
    </script>`;
    site.write('/greedy', greedy.replace('Password', 'Decoy'));
    const html = `${HEARING}${FIELD}<iframe src="{other}/greedy" height="100"></iframe>`;
    for (let round = 0; round < 5; round++) {
      expect(await fillOn(`${site.origin}/thief`, html)).toMatchObject({ success: true });
      expect(await drive.ask('field.value')).toBe(SECRET);
      await expectNothingHeard();
    }
    await drive.open('about:blank');
  });

  it('should not reach a page that comes in place of the one that was checked', async () => {
    site.write('/goes', `${FIELD}<script>field.addEventListener('focus', () => { location = '{other}/telling'; })</script>`);
    for (let round = 0; round < 3; round++) {
      await drive.open(`${site.origin}/goes`);
      const { ref } = element(await drive.see(), 'Password');
      // Going elsewhere begins before the origins are asked, in the middle, and at the end.
      const asked: string[] = [];
      const isAllowed = (origin: string) => {
        asked.push(origin);
        return origin === site.origin;
      };
      if (round > 0) await drive.ask(`void setTimeout(() => { location = '${site.otherOrigin}/telling'; }, ${round - 1})`);
      const result = await drive.browser.pages.fillSecret({ ref, value: SECRET, isAllowed });
      if (result.success) expect(new Set(asked)).toEqual(new Set([site.origin]));
      await drive.until('location.pathname === "/telling" && document.readyState === "complete"');
      expect(await drive.ask('field.value')).toBe('');
    }
  });

  it('should be refused by what takes no text, and by refs that name nothing', async () => {
    const box = '<label>Password <input type="checkbox"></label>';
    const result = await fillOn(`${site.origin}/box`, box);
    expect(result).toMatchObject({ success: false, failure: 'not_actionable' });
    const isAllowed = () => true;
    const unknown = await drive.browser.pages.fillSecret({ ref: 'e999', value: SECRET, isAllowed });
    expect(unknown).toMatchObject({ success: false, failure: 'unknown_ref' });
  });
});

describe('The text that is painted', () => {
  it('should have all that a picture shows, and no password', async () => {
    const html = `<title>not painted</title><p>plain <b>spl</b>it</p><p aria-hidden="true">told nobody</p><p hidden>hidden</p>
      <input value="in a field"><input type="password" value="hunter2"><input placeholder="hint"><div id="host"></div>
      <style>q::before { content: "generated" }</style><q></q>
      <iframe src="{other}/inner"></iframe><script>host.attachShadow({ mode: 'closed' }).innerHTML = 'closed';</script>`;
    site.write('/painted', html);
    site.write('/inner', 'of another process');
    await drive.open(`${site.origin}/painted`);
    const text = await drive.browser.pages.paintedText();
    for (const part of ['plain split', 'told nobody', 'in a field', 'hint', 'generated', 'closed', 'of another process']) {
      expect(text).toContain(part);
    }
    for (const part of ['hidden', 'hunter2', 'not painted']) expect(text).not.toContain(part);
  });
});
