import type { BrowserKind } from '@carrel/protocol';
import { Carrel } from '@carrel/sdk';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scaled } from '../../../packages/browser/src/testing/scale.js';
import { startTestServer, type TestServer } from '../running/server-and-site.js';
import { CANARIES, type HeldBrowser } from './canaries.js';
import { type CanarySite, startCanarySite } from './canary-site.js';

const KINDS = scaled<BrowserKind[]>(['headless-shell'], ['headless-shell', 'chromium']);
/** Long enough for an answer, and no longer than needed where none is to come. */
const PATIENCE_MS = { forAnswer: 10_000, forSilence: 300 };
const SURVEY_DEADLINE_MS = 90_000;

/** What each browser saw of a canary that the first one left: text, nothing, or an error. */
interface Seen {
  written?: string;
  byWriter?: string | null;
  byOther?: string | null;
  byLater?: string | null;
  error?: unknown;
}

describe.each(KINDS)('Two browsers of kind %s', (kind) => {
  let site: CanarySite;
  let server: TestServer;
  const seen = new Map<string, Seen>();

  const open = async (patienceMs: number): Promise<HeldBrowser & AsyncDisposable> => {
    const resource = await new Carrel({ url: server.url, apiKey: server.apiKey }).browsers.open({ kind });
    const playwright = await chromium.connectOverCDP(resource.cdpUrl);
    const [context] = playwright.contexts();
    const [tab] = context?.pages() ?? [];
    if (context === undefined || tab === undefined) throw new Error('a browser has a context and a tab from the start');
    const close = async () => {
      await playwright.close();
      await resource.close();
      // Until it is gone: the next one shall find it gone.
      for await (const event of resource.events({ follow: true })) expect(event.type).not.toBe('browser.failed');
    };
    return { resource, context, tab, siteUrl: site.url, securePort: site.securePort, patienceMs, [Symbol.asyncDispose]: close };
  };

  /** Lets each canary be looked at by a browser, and keeps what went wrong for the test that is about it. */
  const each = async (work: (canary: (typeof CANARIES)[number], row: Seen) => Promise<void>) => {
    for (const canary of CANARIES) {
      const row = seen.get(canary.what) ?? {};
      seen.set(canary.what, row);
      await work(canary, row).catch((error: unknown) => {
        row.error ??= error;
      });
    }
  };

  beforeAll(async () => {
    site = await startCanarySite(kind);
    server = await startTestServer(site.environment);
    {
      await using other = await open(PATIENCE_MS.forSilence);
      {
        await using writer = await open(PATIENCE_MS.forAnswer);
        await each(async (canary, row) => {
          row.written = await canary.write(writer);
        });
        await each(async (canary, row) => {
          row.byWriter = await canary.read(writer, row.written ?? '');
        });
        await each(async (canary, row) => {
          row.byOther = await canary.read(other, row.written ?? '');
        });
      }
      await using later = await open(PATIENCE_MS.forSilence);
      await each(async (canary, row) => {
        row.byLater = await canary.read(later, row.written ?? '');
      });
    }
  }, SURVEY_DEADLINE_MS);
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await site?.[Symbol.asyncDispose]();
  });

  it.each(CANARIES)('should not share $what', ({ what }) => {
    const { error, written, byWriter, byOther, byLater } = seen.get(what) ?? {};
    expect(error).toBeUndefined();
    // Otherwise nothing would be proved: whoever left it behind must find it.
    expect(byWriter).toBe(written);
    expect(byOther).not.toBe(written);
    expect(byLater).not.toBe(written);
    expect([typeof byOther, typeof byLater]).not.toContain('undefined');
  });
});
