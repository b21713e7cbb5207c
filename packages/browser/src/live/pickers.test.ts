import { observeRequest } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestSite } from '../page/testing/test-site.js';
import { testSandbox } from '../testing/launch.js';
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

describe.each(['headless-shell', 'chromium'] as const)('What %s opens a window of its own for', (kind) => {
  it('should be told instead: the options of a select, whatever frame or shadow it is in', async () => {
    await using person = await sitDown(place, '/live.html', { kind });
    person.press(60, 233);
    await expect.poll(() => person.told.pickers.length, PATIENCE).toBe(1);
    expect(person.told.pickers[0]).toMatchObject({
      kind: 'select',
      rect: { x: 20, y: 220, width: 150, height: 26 },
      options: [
        { label: 'Apple', group: 'Fruit', disabled: false, selected: true },
        { label: 'Pear', group: 'Fruit', disabled: false, selected: false },
        { label: 'Carrot', group: null, disabled: true, selected: false },
      ],
    });
    expect(await person.ask("said.filter(({ type }) => type === 'mousedown')")).toEqual([]);
    person.do({ type: 'picker', id: person.told.pickers[0]?.id ?? '', values: ['1'] });
    await becomes(
      person,
      "[select.value, said.filter(({ on }) => on === 'select').map(({ type }) => type).filter((type) => /input|change/.test(type))]",
    ).toEqual(['p', ['input', 'change']]);
    person.press(60, 545);
    await expect.poll(() => person.told.pickers.at(-1)?.options.map(({ label }) => label), PATIENCE).toEqual(['dark', 'light']);
    person.do({ type: 'picker', id: person.told.pickers.at(-1)?.id ?? '', values: ['1'] });
    await becomes(person, 'host.shadowRoot.querySelector("select").value').toBe('light');
    person.type(' ', { code: 'Space' });
    await expect.poll(() => person.told.pickers.length, PATIENCE).toBe(3);
    expect(person.told.pickers[2]?.options.map(({ selected }) => selected)).toEqual([false, true]);
    person.press(40, 370);
    await becomes(person, 'list.selectedIndex >= 0').toBe(true);
    expect(person.told.pickers.length).toBe(3);
  });

  it.each(['same-site', 'cross-site'] as const)('should be told of a %s frame', async (where) => {
    const origin = where === 'same-site' ? place.site.origin : place.site.otherOrigin;
    await using person = await sitDown(place, `/live.html?frame=${encodeURIComponent(`${origin}/live.html`)}`, { kind });
    const inFrame = (x: number, y: number) => [400 + 5 + 7 + x, 100 + 5 + 7 + y] as const;
    person.press(...inFrame(60, 233));
    await expect.poll(() => person.told.pickers.length, PATIENCE).toBe(1);
    expect(person.told.pickers[0]?.rect).toMatchObject({ x: 432, y: 332 });
    person.do({ type: 'picker', id: person.told.pickers[0]?.id ?? '', values: ['1'] });
    person.press(...inFrame(60, 32));
    person.type('q');
    person.type('a', { modifiers: CONTROL });
    person.do({ type: 'clipboard.read' });
    await expect.poll(() => person.told.clipboard.at(-1), PATIENCE).toBe('q');
    const { snapshot } = await person.browser.use((pages) => pages.observe(observeRequest.parse({})));
    expect(snapshot).toMatch(/option "Pear"[^\n]*selected/);
  });

  it('should be told: dates, and files, which come from those of the browser', async () => {
    await using person = await sitDown(place, '/live.html', { kind });
    person.press(60, 273);
    await expect.poll(() => person.told.pickers.at(-1), PATIENCE).toMatchObject({ kind: 'date', value: '', min: '2020-01-01' });
    person.do({ type: 'picker', id: person.told.pickers.at(-1)?.id ?? '', value: '2026-02-03' });
    await becomes(person, 'date.value').toBe('2026-02-03');
    person.do({ type: 'picker', id: 'gone', value: '2026-02-03' });
    await expect.poll(() => person.told.notices.length, PATIENCE).toBe(1);
    await person.browser.use((pages) =>
      pages.files.put(
        'notes.txt',
        (async function* () {
          yield Buffer.from('hello');
        })(),
      ),
    );
    person.press(60, 312);
    await expect.poll(() => person.told.choosers.at(-1), PATIENCE).toMatchObject({ multiple: true });
    person.do({ type: 'fileChooser', id: person.told.choosers.at(-1)?.id ?? '', fileNames: ['notes.txt'] });
    await becomes(person, 'file.files[0]?.text().then((text) => [file.files[0].name, text])').toEqual(['notes.txt', 'hello']);
    person.press(60, 312);
    await expect.poll(() => person.told.choosers.length, PATIENCE).toBe(2);
    person.do({ type: 'fileChooser', id: person.told.choosers.at(-1)?.id ?? '', fileNames: ['../../etc/passwd'] });
    await expect.poll(() => person.told.notices.at(-1), PATIENCE).toMatch(/has no file called/);
  });
});
