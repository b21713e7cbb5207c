import { type LiveClientMessageInput, type LivePicker, liveClientMessage } from '@carrel/protocol';
import { expect } from 'vitest';
import type { Browser } from '../../browser.js';
import type { TestSite } from '../../page/testing/test-site.js';
import type { TestIsolation } from '../../testing/launch.js';
import { type Opened, open } from '../../testing/open-browser.js';
import type { HandMessage, Hands } from '../index.js';

export const PATIENCE = { timeout: 10_000, interval: 10 };
/** The modifier. */
export const CONTROL = 2;

/** What the person was told. */
interface Told {
  cursors: string[];
  pickers: LivePicker[];
  choosers: { id: string; multiple: boolean }[];
  clipboard: string[];
  notices: string[];
}

export interface Person extends AsyncDisposable {
  opened: Opened;
  browser: Browser;
  hands: Hands;
  told: Told;
  do(said: LiveClientMessageInput): void;
  press(x: number, y: number, clickCount?: number): void;
  type(key: string, options?: { code?: string; modifiers?: number }): void;
  ask(expression: string): Promise<unknown>;
  open(path: string): Promise<unknown>;
}

export interface Place {
  isolation: TestIsolation;
  site: TestSite;
}

/** Takes over a browser that shows a page of the site. */
export async function sitDown({ isolation, site }: Place, path = '/live.html', options: Parameters<typeof open>[1] = {}): Promise<Person> {
  const opened = open(isolation, options);
  const { browser, started } = opened;
  await started;
  const goto = (to: string) =>
    browser.use((pages) => pages.execute({ type: 'goto', url: to.startsWith('/') ? site.origin + to : to, waitUntil: 'load' }));
  await goto(path);
  const told: Told = { cursors: [], pickers: [], choosers: [], clipboard: [], notices: [] };
  const hands = await browser.takeOver({
    onCursor: (cursor) => told.cursors.push(cursor),
    onPicker: (picker) => told.pickers.push(picker),
    onFileChooser: (chooser) => told.choosers.push(chooser),
    onClipboard: (text) => told.clipboard.push(text),
    onNotice: (message) => told.notices.push(message),
  });
  const say = (said: LiveClientMessageInput) => hands.do(liveClientMessage.parse(said) as HandMessage);
  return {
    opened,
    browser,
    hands,
    told,
    do: say,
    open: goto,
    press: (x, y, clickCount = 1) => {
      say({ type: 'mouse', action: 'move', x, y });
      for (let count = 1; count <= clickCount; count++) {
        say({ type: 'mouse', action: 'down', x, y, button: 'left', buttons: 1, clickCount: count });
        say({ type: 'mouse', action: 'up', x, y, button: 'left', clickCount: count });
      }
    },
    type: (key, { code = `Key${key.toUpperCase()}`, modifiers = 0 } = {}) => {
      say({ type: 'key', action: 'down', key, code, modifiers });
      say({ type: 'key', action: 'up', key, code, modifiers });
    },
    ask: async (expression) => (await browser.use((pages) => pages.execute({ type: 'evaluate', expression }))).value,
    [Symbol.asyncDispose]: async () => {
      await hands[Symbol.asyncDispose]();
      await opened[Symbol.asyncDispose]();
    },
  };
}

export const becomes = (person: Person, expression: string): ReturnType<typeof expect.poll> =>
  expect.poll(() => person.ask(expression), PATIENCE);
