import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { newId } from '@carrel/protocol';
import { expect } from 'vitest';
import { Browser } from '../browser.js';
import type { BrowserEvent, BrowserOptions } from '../browser-options.js';
import { findProcesses } from '../chromium/index.js';
import type { IsolatedBrowser } from '../isolation/index.js';
import { type TestIsolation, wallsWith } from './launch.js';
import { loopbackPolicy } from './loopback-policy.js';
import { untilGone } from './processes.js';
import { RawClient } from './raw-client.js';

const MEBIBYTE = 1024 * 1024;

/** A browser, what happened to it, and a look behind its walls. */
export interface Opened extends AsyncDisposable {
  browser: Browser;
  started: Promise<void>;
  events: BrowserEvent[];
  /** What the isolation launched; undefined while and where it did not. */
  isolated(): IsolatedBrowser;
  launches(): number;
}

export function open({ isolation }: TestIsolation, options: Partial<BrowserOptions> = {}): Opened {
  const events: BrowserEvent[] = [];
  const launched: IsolatedBrowser[] = [];
  const watched = wallsWith(isolation, {
    launch: async (request) => {
      const isolated = await isolation.launch(request);
      launched.push(isolated);
      return isolated;
    },
  });
  const { browser, started } = Browser.open(watched, {
    id: newId('browser'),
    kind: 'headless-shell',
    idleTimeoutMs: 3_600_000,
    maxDurationMs: 3_600_000,
    limits: { maxCdpMessageBytes: 16 * MEBIBYTE, maxFileBytes: MEBIBYTE, maxFilesBytes: MEBIBYTE },
    egress: { policy: loopbackPolicy() },
    onEvent: (event) => events.push(event),
    ...options,
  });
  return {
    browser,
    started,
    events,
    isolated: () => {
      const [isolated] = launched;
      if (isolated === undefined) throw new Error('nothing was launched');
      return isolated;
    },
    launches: () => launched.length,
    [Symbol.asyncDispose]: async () => {
      await started.catch(() => {}); // the test has said what it expects of it
      await browser[Symbol.asyncDispose]();
    },
  };
}

/** The types of the events that tell of its state. */
export const typesOf = (events: BrowserEvent[]) => events.map(({ type }) => type).filter((type) => type.startsWith('browser.'));
export const connect = (browser: Browser) => RawClient.connect({ attach: (endpoint) => browser.attachClient(endpoint) });

/** Nothing of a browser is on the machine: its directory, and whatever runs under its uid or belonged to its tree. */
export async function expectNothingLeft(isolated: IsolatedBrowser, tree: readonly number[] = []): Promise<void> {
  const { uid } = isolated;
  expect(existsSync(join(isolated.directories.profile, '..'))).toBe(false);
  if (uid !== undefined) expect(findProcesses((entry) => entry.uid === uid)).toEqual([]);
  await untilGone(tree);
}
