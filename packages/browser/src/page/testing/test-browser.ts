import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserEventType, BrowserKind } from '@carrel/protocol';
import { CdpSession, Multiplexer, playwrightTransport } from '../../cdp/index.js';
import { ForwardProxy } from '../../egress/index.js';
import { describeIdentity, IdentityClient } from '../../identity/index.js';
import { canOthersEnter, chooseIsolation, makeRunDirectory } from '../../isolation/index.js';
import { TEST_LIMITS } from '../../testing/launch.js';
import { loopbackPolicy } from '../../testing/loopback-policy.js';
import type { JsonObject } from '../events.js';
import { Pages } from '../pages.js';

export interface EmittedEvent {
  type: BrowserEventType;
  data: JsonObject;
}

/** A real Chromium with a `Pages` on it, as the engine puts them together; disposing of it leaves nothing behind. */
export interface TestBrowser extends AsyncDisposable {
  pages: Pages;
  /** A second engine session, to do behind the back of `pages` what another client would do. */
  other: CdpSession;
  multiplexer: Multiplexer;
  events: EmittedEvent[];
  directories: { downloads: string; uploads: string };
  browserUid: number | undefined;
  /** Resolves once an event of this type has been emitted. */
  emitted(type: BrowserEventType): Promise<EmittedEvent>;
  kill(): Promise<void>;
}

export interface TestBrowserOptions {
  kind?: BrowserKind;
  maxFileBytes?: number;
  maxFilesBytes?: number;
}

const MEBIBYTE = 1024 * 1024;

/** Where the browsers of this process keep their files: somewhere that their uids may enter. */
async function makeTestDirectory(): Promise<string> {
  for (const parent of [tmpdir(), '/tmp', '/var/tmp']) {
    if (process.getuid?.() !== 0 || (await canOthersEnter(parent))) return mkdtemp(join(await realpath(parent), 'carrel-page-test-'));
  }
  throw new Error('no temporary directory lets other uids in');
}

export async function startTestBrowser(options: TestBrowserOptions = {}): Promise<TestBrowser> {
  const asRoot = process.getuid?.() === 0;
  const directory = await makeTestDirectory();
  const cleanup: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  const dispose = async () => {
    for (const step of cleanup.reverse()) await step();
  };
  try {
    // mkdtemp makes directories that only we may enter; browsers have uids of their own.
    const runDirectory = await makeRunDirectory(join(directory, 'data'), { othersMustEnter: asRoot });
    cleanup.push(() => rm(runDirectory, { recursive: true, force: true }));
    const isolation = await chooseIsolation({ runDirectory, executablePaths: {}, allowNoSandbox: false, limits: TEST_LIMITS });
    const proxy = new ForwardProxy({ policy: loopbackPolicy() });
    cleanup.push(async () => proxy[Symbol.dispose]());
    const kind = options.kind ?? 'headless-shell';
    const { identity, chromium } = await describeIdentity(isolation, kind, { asked: {}, kept: undefined, country: null });
    const browser = await isolation.launch({
      id: 'br_test',
      kind,
      windowSize: { width: 1280, height: 720 },
      acceptEgress: (socket) => proxy.accept(socket),
    });
    cleanup.push(async () => {
      await browser.kill();
      await browser.remove();
    });
    const { downloads, uploads } = browser.directories;
    const known: { pages?: Pages } = {};
    const multiplexer = new Multiplexer({
      readable: browser.readable,
      writable: browser.writable,
      maxMessageBytes: 256 * MEBIBYTE,
      downloadPath: downloads,
      uploadPath: uploads,
      refuseTab: () => known.pages?.refuseTab(),
    });
    await multiplexer.start();
    // The first of all clients: it is the one that lets windows go that pages open.
    await IdentityClient.start(multiplexer, identity, chromium);
    const session = await CdpSession.open(multiplexer);
    const other = await CdpSession.open(multiplexer);
    const events: EmittedEvent[] = [];
    const listeners = new Set<(event: EmittedEvent) => void>();
    const pages = await Pages.create({
      session,
      connectTransport: () => playwrightTransport(multiplexer),
      directories: { downloads, uploads },
      browserUid: browser.uid,
      lastFailure: (url) => proxy.lastFailure(url),
      emit: (type, data) => {
        events.push({ type, data });
        for (const listener of listeners) listener({ type, data });
      },
      limits: { maxFileBytes: options.maxFileBytes ?? 16 * MEBIBYTE, maxFilesBytes: options.maxFilesBytes ?? 32 * MEBIBYTE },
    });
    known.pages = pages;
    cleanup.push(() => pages[Symbol.asyncDispose]());
    return {
      pages,
      other,
      multiplexer,
      events,
      directories: { downloads, uploads },
      browserUid: browser.uid,
      emitted: (type) => {
        const past = events.find((event) => event.type === type);
        if (past !== undefined) return Promise.resolve(past);
        return new Promise((resolve) => {
          listeners.add((event) => {
            if (event.type === type) resolve(event);
          });
        });
      },
      kill: () => browser.kill(),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}
