import type { ActionInput } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Drive, element, startDrive } from '../testing/drive.js';

let drive: Drive;
beforeAll(async () => {
  drive = await startDrive();
});
afterAll(() => drive[Symbol.asyncDispose]());

const logged = () => drive.ask('window.logged');

describe('widgets', () => {
  const works: [what: string, steps: ActionInput[], logs: string[]][] = [
    ['double-click', [{ type: 'doubleClick', selector: '#twice' }], ['double']],
    ['click with the right button', [{ type: 'click', selector: '#context', button: 'right' }], ['context']],
    ['click with a modifier', [{ type: 'click', selector: '#modified', modifiers: ['Shift'] }], ['shift=true']],
    ['click what moves, once it rests', [{ type: 'click', selector: '#moving' }], ['moved']],
    [
      'click what appears late',
      [
        { type: 'evaluate', expression: 'addLater(300)' },
        { type: 'click', selector: '#late' },
      ],
      ['late'],
    ],
    ['click what is far down', [{ type: 'click', selector: '#bottom' }], ['bottom']],
    ['click by text', [{ type: 'click', selector: 'text=At the bottom' }], ['bottom']],
    ['click by role', [{ type: 'click', selector: 'role=button[name="At the bottom"]' }], ['bottom']],
    ['click by XPath', [{ type: 'click', selector: '//button[@id="bottom"]' }], ['bottom']],
    ['click in an open shadow root', [{ type: 'click', selector: '#inside' }], ['shadow']],
    [
      'choose from a custom dropdown',
      [
        { type: 'click', selector: '#open-combo' },
        { type: 'click', selector: 'text=東京' },
      ],
      ['city'],
    ],
    [
      'choose from an autocomplete',
      [
        { type: 'type', selector: '#country', text: 'nor' },
        { type: 'click', selector: 'role=option[name="Norway"]' },
      ],
      ['country'],
    ],
    ['drag by HTML5 drag and drop', [{ type: 'drag', selector: '#from', toSelector: '#to' }], ['dropped cargo']],
    ['drag by the pointer', [{ type: 'drag', selector: '#pfrom', toSelector: '#pto' }], ['pointer dropped']],
  ];
  it.each(works)('should %s', async (_, steps, logs) => {
    await drive.open('/widgets.html');
    for (const step of steps) await drive.done(step);
    expect(await logged()).toEqual(logs);
  });

  it('should drag and click by ref', async () => {
    await drive.open('/widgets.html');
    const seen = await drive.see();
    await drive.done({ type: 'drag', ref: refIn(seen.snapshot, 'drag me'), toRef: refIn(seen.snapshot, 'drop here') });
    await drive.done({ type: 'click', ref: element(seen, 'In the shadow').ref });
    expect(await logged()).toEqual(['dropped cargo', 'shadow']);
  });

  it('should open a hover menu and keep it open for the next click', async () => {
    await drive.open('/widgets.html');
    await drive.done({ type: 'hover', selector: '#menu' });
    const settings = element(await drive.see(), 'Settings', 'link');
    const result = await drive.done({ type: 'click', ref: settings.ref });
    expect(result.changes.url?.to).toMatch(/#settings$/);
  });

  it('should scroll a virtual list to rows that were not there before', async () => {
    await drive.open('/widgets.html');
    const first = await drive.done({ type: 'scroll', selector: '#virtual', direction: 'down', amountPx: 10_000 });
    expect(first.message).toMatch(/by 10000 px; 9880 px are left/);
    await drive.until(`document.body.innerText.includes('Row 500')`);
    expect((await drive.see()).snapshot).toContain('Row 500');
    expect((await drive.done({ type: 'scroll', selector: '#virtual', direction: 'down', amountPx: 1_000_000 })).message).toMatch(/its end/);
    expect((await drive.done({ type: 'scroll', selector: '#virtual', direction: 'down' })).message).toMatch(/already at its end/);
  });

  it('should scroll the page by most of a screenful, and bring an element into view', async () => {
    await drive.open('/widgets.html');
    await drive.done({ type: 'scroll', direction: 'down' });
    expect((await drive.see()).metadata.scroll.y).toBe(612);
    await drive.done({ type: 'scroll', direction: 'up', amountPx: 100 });
    expect((await drive.see()).metadata.scroll.y).toBe(512);
    await drive.done({ type: 'scroll', selector: '#bottom' });
    expect((await drive.see()).metadata.scroll.y).toBeGreaterThan(2_000);
    await drive.open('/form.html');
    expect((await drive.done({ type: 'scroll', direction: 'right' })).message).toMatch(/nothing to scroll/);
  });

  it('should turn the wheel over what listens to it', async () => {
    await drive.open('data:text/html,<div id=map style="width:300px;height:300px" onwheel="window.wheel = event.deltaY">map</div>');
    await drive.done({ type: 'scroll', selector: '#map', direction: 'down', amountPx: 50 });
    await drive.until('window.wheel');
    expect(await drive.ask('window.wheel')).toBe(50);
  });

  const fails: [what: string, input: ActionInput, failure: string, says: RegExp][] = [
    [
      'what is covered',
      { type: 'click', selector: '#covered', timeoutMs: 1_500 },
      'not_actionable',
      /"#covered" is covered by <div id="overlay">/,
    ],
    ['what is invisible', { type: 'click', selector: '#invisible', timeoutMs: 1_500 }, 'not_actionable', /not visible/],
    ['what is disabled', { type: 'click', selector: '#off', timeoutMs: 1_500 }, 'not_actionable', /disabled/],
    ['what is not there', { type: 'click', selector: '#nowhere', timeoutMs: 300 }, 'not_found', /Nothing on the page matches "#nowhere"/],
    ['what is there twice', { type: 'click', selector: '.same' }, 'ambiguous', /matches 2 elements: <button.*ref/],
    ['by a selector that is none', { type: 'click', selector: '##' }, 'not_found', /cannot be understood/],
    ['by a ref that never was', { type: 'click', ref: 'e99999' }, 'unknown_ref', /observe/],
    ['within no time', { type: 'click', selector: '#bottom', timeoutMs: 0 }, 'timeout', /./],
  ];
  it.each(fails)('should fail to click %s, and say why', async (_, input, failure, says) => {
    await drive.open('/widgets.html');
    const result = await drive.act(input);
    expect(result).toMatchObject({ success: false, failure });
    expect(result.message).toMatch(says);
    expect(result.message).not.toMatch(/Call log|locator\.|\n/);
  });

  it('should tell a ref of an element that has gone at once, and one of another page', async () => {
    await drive.open('/widgets.html');
    const vanish = element(await drive.see(), 'Vanish').ref;
    await drive.done({ type: 'click', ref: vanish });
    const gone = await drive.act({ type: 'click', ref: vanish, timeoutMs: 20_000 });
    expect(gone).toMatchObject({ success: false, failure: 'stale_ref' });
    expect(gone.message).toContain('button "Vanish"');
    const bottom = element(await drive.see(), 'At the bottom').ref;
    await drive.open('/form.html');
    expect(await drive.act({ type: 'click', ref: bottom, timeoutMs: 20_000 })).toMatchObject({ success: false, failure: 'stale_ref' });
  });

  it('should wait for time, selectors, text and load states', async () => {
    await drive.open('/widgets.html');
    await drive.ask('addLater(200)');
    await drive.done({ type: 'wait', text: 'Late' });
    await drive.done({ type: 'wait', selector: '#late' });
    await drive.done({ type: 'wait', selector: '#invisible', state: 'hidden' });
    await drive.done({ type: 'wait', selector: '#invisible', state: 'attached' });
    await drive.done({ type: 'wait', selector: '#nowhere', state: 'detached' });
    await drive.done({ type: 'wait', loadState: 'load' });
    await drive.done({ type: 'wait', timeMs: 20 });
    for (const input of [
      { text: 'never' },
      { selector: '#nowhere' },
      { selector: '#bottom', state: 'hidden' as const },
      { timeMs: 5_000 },
    ]) {
      expect(await drive.act({ type: 'wait', timeoutMs: 200, ...input })).toMatchObject({ success: false, failure: 'timeout' });
    }
  });

  it('should look in frames that come later', async () => {
    for (const input of [
      { type: 'wait', text: 'Much later' },
      { type: 'wait', selector: '#later', state: 'attached' },
      { type: 'click', selector: '#later' },
    ] as const) {
      await drive.open('/widgets.html');
      await drive.ask(`void setTimeout(() => document.body.append(Object.assign(document.createElement('iframe'), {
        srcdoc: '<button id="later" onclick="parent.clicked = true">Much later</button>' })), 300)`);
      await drive.done(input);
      if (input.type === 'click') expect(await drive.ask('clicked')).toBe(true);
    }
  });
});

/** The ref in the line of a snapshot that has this text. */
function refIn(snapshot: string, text: string): string {
  const ref = new RegExp(`\\[ref=(\\w+)\\][^\\n]*: "?${text}`).exec(snapshot)?.[1];
  if (ref === undefined) throw new Error(`no ref for ${text} in\n${snapshot}`);
  return ref;
}
