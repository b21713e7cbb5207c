import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestSite } from '../page/testing/test-site.js';
import { testSandbox } from '../testing/launch.js';
import { connect } from '../testing/open-browser.js';
import { becomes, CONTROL, PATIENCE, type Place, sitDown } from './testing/person.js';

let place: Place;
beforeAll(async () => {
  const [isolation, site] = await Promise.all([testSandbox(), startTestSite()]);
  place = { isolation, site };
});
afterAll(async () => {
  await place.site[Symbol.asyncDispose]();
  await place.isolation[Symbol.asyncDispose]();
});

describe('The hands of a person', () => {
  it('should press, press twice, and scroll, by events that pages trust', async () => {
    await using person = await sitDown(place);
    person.press(60, 155);
    await becomes(
      person,
      "said.filter(({ type }) => /click|mouse/.test(type)).map(({ type, on, isTrusted }) => [type, on, isTrusted].join(' '))",
    ).toEqual(['mousedown button true', 'mouseup button true', 'click button true']);
    person.press(60, 155, 2);
    await becomes(person, "said.some(({ type, detail }) => type === 'dblclick' && detail === 2)").toBe(true);
    person.do({ type: 'mouse', action: 'down', x: 60, y: 155, button: 'right', buttons: 2, clickCount: 1 });
    person.do({ type: 'mouse', action: 'up', x: 60, y: 155, button: 'right', clickCount: 1 });
    await becomes(person, "said.some(({ type, button }) => type === 'contextmenu' && button === 2)").toBe(true);
    person.do({ type: 'wheel', x: 300, y: 300, deltaX: 0, deltaY: 400 });
    await becomes(person, 'scrollY').toBe(400);
    expect(person.told.notices).toEqual([]);
  });

  it.each(['headless-shell', 'chromium'] as const)('should select text, and drag and drop, in %s', async (kind) => {
    await using person = await sitDown(place, '/live.html', { kind });
    await person.ask(`touch.textContent = 'Words to be selected'; list.outerHTML = '<div id="list" draggable="true">Drag me</div>';
      for (const type of ['dragstart', 'dragenter', 'dragover', 'drop', 'dragend', 'mousemove']) addEventListener(type, (event) => {
        said.push({ type, on: event.target.id, buttons: event.buttons });
        if (type === 'dragstart') event.dataTransfer.setData('text/plain', 'dragged');
        else if (type === 'drop') said.push({ type: event.dataTransfer.getData('text/plain') });
        if (type === 'dragover' || type === 'drop') event.preventDefault();
      }), 0`);
    const at = (x: number, y: number) => ({ x, y });
    const hold = (point: { x: number; y: number }) => person.do({ type: 'mouse', action: 'move', ...point, buttons: 1 });
    const press = (action: 'down' | 'up', point: { x: number; y: number }) =>
      person.do({ type: 'mouse', action, ...point, button: 'left', buttons: action === 'down' ? 1 : 0, clickCount: 1 });
    press('down', at(21, 460));
    hold(at(100, 460));
    hold(at(215, 460));
    press('up', at(215, 460));
    await becomes(person, 'String(getSelection())').toBe('Words to be selected');
    press('down', at(40, 350));
    const has = (type: string, on: string) =>
      becomes(person, `said.some((event) => event.type === '${type}' && event.on === '${on}')`).toBe(true);
    for (const y of [370, 390, 410]) hold(at(50, y));
    await has('dragstart', 'list');
    hold(at(90, 470));
    await has('dragenter', 'touch');
    hold(at(100, 480));
    press('up', at(100, 480));
    await becomes(person, 'said.map(({ type }) => type).filter((type) => /drag(start|end|ged)|drop/.test(type))').toEqual([
      'dragstart',
      'drop',
      'dragged',
      'dragend',
    ]);
    // Nothing is held any more: the page is only moved over.
    person.do({ type: 'mouse', action: 'move', x: 60, y: 155 });
    await becomes(person, "said.findLast(({ type }) => type === 'mousemove')").toMatchObject({ on: 'button', buttons: 0 });
  });

  it('should type with every layout, edit by shortcuts, and compose', async () => {
    await using person = await sitDown(place);
    person.press(100, 32);
    person.type('h');
    person.type('é', { code: 'Digit2' });
    person.type('я', { code: 'KeyZ' });
    person.type('€', { code: 'KeyE' });
    await becomes(person, 'text.value').toBe('héя€');
    expect(await person.ask("said.filter(({ type }) => type === 'keydown').map(({ key, code, keyCode }) => [key, code, keyCode])")).toEqual(
      [
        ['h', 'KeyH', 72],
        ['é', 'Digit2', 50],
        ['я', 'KeyZ', 90],
        ['€', 'KeyE', 69],
      ],
    );
    person.type('a', { modifiers: CONTROL });
    person.type('Delete', { code: 'Delete' });
    await becomes(person, 'text.value').toBe('');
    person.do({ type: 'composition', text: 'に', selectionStart: 1, selectionEnd: 1 });
    await becomes(person, 'text.value').toBe('に');
    person.do({ type: 'text', text: '日本' });
    await becomes(person, 'text.value').toBe('日本');
    person.press(100, 90);
    person.do({ type: 'text', text: 'pasted\nlines' });
    person.type('Enter', { code: 'Enter' });
    await becomes(person, 'area.value').toBe('pasted\nlines\n');
  });

  it('should carry text into the clipboard of the browser, and out of what is selected, but no password', async () => {
    await using person = await sitDown(place);
    person.press(100, 32);
    person.do({ type: 'clipboard.write', text: 'from outside' });
    person.type('v', { modifiers: CONTROL });
    await becomes(person, "[text.value, said.some(({ type, isTrusted }) => type === 'paste' && isTrusted)]").toEqual([
      'from outside',
      true,
    ]);
    person.type('a', { modifiers: CONTROL });
    person.do({ type: 'clipboard.read' });
    await expect.poll(() => person.told.clipboard, PATIENCE).toEqual(['from outside']);
    await person.ask("text.type = 'password'");
    person.type('a', { modifiers: CONTROL });
    person.do({ type: 'clipboard.read' });
    await expect.poll(() => person.told.clipboard, PATIENCE).toEqual(['from outside', '']);
    expect(person.told.notices).toEqual([]);
  });

  it('should touch', async () => {
    await using person = await sitDown(place);
    person.do({ type: 'touch', action: 'start', points: [{ x: 100, y: 480, id: 0 }] });
    person.do({ type: 'touch', action: 'end', points: [] });
    await becomes(person, "said.filter(({ type }) => type.startsWith('touch')).map(({ type, on }) => type + ' ' + on)").toEqual([
      'touchstart touch',
      'touchend touch',
    ]);
    const [one, two] = [
      { x: 60, y: 480, id: 0 },
      { x: 100, y: 480, id: 1 },
    ] as const;
    await person.ask(
      "fingers = []; for (const type of ['touchstart', 'touchmove', 'touchend']) addEventListener(type, ({ touches }) => fingers.push(type + ' ' + touches.length)), 0",
    );
    person.do({ type: 'touch', action: 'start', points: [one] });
    person.do({ type: 'touch', action: 'start', points: [one, two] });
    person.do({ type: 'touch', action: 'end', points: [one] });
    person.do({ type: 'touch', action: 'end', points: [] });
    await becomes(person, 'fingers').toEqual(['touchstart 1', 'touchstart 2', 'touchend 1', 'touchend 0']);
  });

  it('should go to URLs, back and forward, and to no page of the browser itself', async () => {
    await using person = await sitDown(place);
    person.do({ type: 'navigate', url: `${place.site.origin}/form.html` });
    await becomes(person, 'location.pathname').toBe('/form.html');
    person.do({ type: 'back' });
    await becomes(person, 'location.pathname').toBe('/live.html');
    person.do({ type: 'forward' });
    await becomes(person, 'location.pathname').toBe('/form.html');
    await person.ask('window.mark = 1');
    person.do({ type: 'reload' });
    await becomes(person, 'window.mark').toBeNull();
    for (const url of ['file:///etc/passwd', 'chrome://version', 'javascript:alert(1)', 'view-source:http://x', 'devtools://x', 'nonsense'])
      person.do({ type: 'navigate', url });
    await expect.poll(() => person.told.notices.length, PATIENCE).toBe(6);
    expect(person.told.notices[0]).toMatch(/Only http:/);
    expect(await person.ask('location.pathname')).toBe('/form.html');
  });

  it('should open, show and close tabs, and work in the one that is shown', async () => {
    await using person = await sitDown(place);
    const tabs = () => person.browser.use(async (pages) => pages.tabs());
    const [first] = await tabs();
    person.do({ type: 'tab.open' });
    await expect.poll(async () => (await tabs()).length, PATIENCE).toBe(2);
    person.do({ type: 'navigate', url: `${place.site.otherOrigin}/live.html` });
    await becomes(person, 'location.hostname').toBe('localhost');
    person.press(60, 155);
    await becomes(person, "said.filter(({ type }) => type === 'click').length").toBe(1);
    person.do({ type: 'tab.show', tabId: first?.id ?? '' });
    await becomes(person, 'location.hostname').toBe('127.0.0.1');
    expect(await person.ask('said')).toEqual([]);
    person.do({ type: 'tab.close', tabId: first?.id ?? '' });
    await expect.poll(async () => (await tabs()).length, PATIENCE).toBe(1);
    person.press(60, 155);
    await becomes(person, "said.filter(({ type }) => type === 'click').length").toBe(2);
  });

  it('should be shown what they open, and be back where they were when that closes', async () => {
    await using person = await sitDown(place);
    await person.ask("button.onclick = () => (opened = open('/form.html')), 0");
    person.press(60, 155);
    await becomes(person, 'location.pathname').toBe('/form.html');
    await person.ask('setTimeout(() => close()), 0');
    await becomes(person, 'location.pathname').toBe('/live.html');
  });

  it('should be able to leave a page that hangs, which takes no input', async () => {
    await using person = await sitDown(place);
    const hung = await person.browser.use(async (pages) => pages.tabs()[0]?.id);
    const hang = 'setTimeout(() => { for (;;); }), 0';
    await person.browser.use((pages) => pages.execute({ type: 'evaluate', expression: hang, timeoutMs: 500 }));
    for (let count = 0; count < 300; count++) person.press(60, 155);
    await expect.poll(() => person.told.notices, PATIENCE).toEqual([expect.stringContaining('takes no input at the moment')]);
    person.do({ type: 'tab.open' });
    await becomes(person, 'location.href').toBe('about:blank');
    person.do({ type: 'tab.close', tabId: hung ?? '' });
    await expect.poll(() => person.browser.use(async (pages) => pages.tabs().map(({ id }) => id)), PATIENCE).not.toContain(hung);
  });

  it('should change the size of the viewport and the zoom, until they leave', async () => {
    await using person = await sitDown(place);
    const before = await person.ask('[innerWidth, innerHeight, devicePixelRatio]');
    person.do({ type: 'viewport', width: 800, height: 600 });
    await becomes(person, '[innerWidth, innerHeight]').toEqual([800, 600]);
    person.do({ type: 'zoom', factor: 2 });
    await becomes(person, '[innerWidth, innerHeight, devicePixelRatio]').toEqual([400, 300, 2]);
    person.do({ type: 'zoom', factor: 1 });
    await becomes(person, 'innerWidth').toBe(800);
    await person.hands[Symbol.asyncDispose]();
    await becomes(person, '[innerWidth, innerHeight, devicePixelRatio]').toEqual(before);
  });

  it('should answer dialogs, and give no input to a page that stands still for one', async () => {
    await using person = await sitDown(place);
    await person.ask("button.onclick = () => (answer = prompt('Name?', 'nobody')), 0");
    person.press(60, 155);
    const dialog = () => person.browser.use(async (pages) => pages.tabList.active()?.dialog);
    await expect.poll(dialog, PATIENCE).toMatchObject({ type: 'prompt', message: 'Name?' });
    person.press(60, 155);
    person.do({ type: 'dialog', accept: true, text: 'somebody' });
    await becomes(person, "[answer, said.filter(({ type }) => type === 'click').length]").toEqual(['somebody', 1]);
    person.do({ type: 'dialog', accept: true });
    await expect.poll(() => person.told.notices, PATIENCE).toEqual(['No dialog is open any more.']);
  });

  it('should tell what the pointer is to look like', async () => {
    await using person = await sitDown(place);
    person.do({ type: 'mouse', action: 'move', x: 30, y: 190 });
    await expect.poll(() => person.told.cursors.at(-1), PATIENCE).toBe('pointer');
    person.do({ type: 'mouse', action: 'move', x: 60, y: 32 });
    await expect.poll(() => person.told.cursors.at(-1), PATIENCE).toBe('text');
  });

  it('should give back what they hold when they leave', async () => {
    await using person = await sitDown(place);
    person.do({ type: 'mouse', action: 'down', x: 60, y: 155, button: 'left', buttons: 1, clickCount: 1 });
    person.do({ type: 'key', action: 'down', key: 'Shift', code: 'ShiftLeft', location: 1 });
    await becomes(person, "said.some(({ type }) => type === 'keydown')").toBe(true);
    await person.hands[Symbol.asyncDispose]();
    await becomes(person, 'said.filter(({ type }) => /up$/.test(type)).map(({ type, key }) => key ?? type)').toEqual(['mouseup', 'Shift']);
  });

  it('should be activity for as long as they are there, and none when they have left', async () => {
    await using person = await sitDown(place, '/live.html', { idleTimeoutMs: 1_500 });
    const { browser, hands } = person;
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(browser.status).toBe('running');
    await hands[Symbol.asyncDispose]();
    await browser.ended;
    expect(browser.status).toBe('timed_out');
  });

  it('should be seen by others, as those of an agent are', async () => {
    await using person = await sitDown(place);
    const { browser } = person;
    const pointed: unknown[] = [];
    const stop = browser.followPointer(({ tabId: _, ...rest }) => pointed.push(rest));
    await browser.use((pages) => pages.execute({ type: 'click', selector: '#button' }));
    expect(pointed).toEqual([{ x: 70, y: 155, kind: 'click', by: 'agent' }]);
    person.press(60, 150);
    await expect
      .poll(() => pointed.slice(1), PATIENCE)
      .toEqual([
        { x: 60, y: 150, kind: 'move', by: 'person' },
        { x: 60, y: 150, kind: 'click', by: 'person' },
      ]);
    stop();
    await browser.use((pages) => pages.execute({ type: 'hover', selector: '#link' }));
    expect(pointed).toHaveLength(3);
  });

  it('should have what CDP clients do with mouse and keyboard wait, and nothing else of theirs', async () => {
    await using person = await sitDown(place);
    const client = await connect(person.browser);
    const session = await client.attachToPage();
    const pressed = { type: 'keyDown', key: 'x', text: 'x' };
    await person.ask('text.focus()');
    const answered = client.call('Input.dispatchKeyEvent', pressed, session);
    expect((await client.call('Runtime.evaluate', { expression: 'text.value' }, session)).result).toMatchObject({ result: { value: '' } });
    await person.hands[Symbol.asyncDispose]();
    expect(await answered).toMatchObject({ result: {} });
    expect(await person.ask('text.value')).toBe('x');
    client.leave();
  });
});
