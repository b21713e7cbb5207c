import { join } from 'node:path';
import type { Browser, Carrel } from '@carrel/sdk';
import { browseOverCdp } from './over-cdp.js';
import { buyOverHttp, signIn } from './over-http.js';
import { takePicture } from './picture.js';
import { check, DemonstrationFailed, type Stage } from './stage.js';

export { DemonstrationFailed, type Stage } from './stage.js';
export { type VisitOptions, visit } from './visit.js';

export interface DemonstrationOptions {
  readonly client: Carrel;
  /** Where the shop of `../shop` is, as the browsers reach it. */
  readonly shopUrl: string;
  readonly stage: Stage;
  /** A directory for the screenshot; made when it is not there. */
  readonly artifactsDirectory: string;
  /** Leave the signed-in browser open at the end, so that one can go on with it. */
  readonly keepOpen: boolean;
}

export interface DemonstrationResult {
  /** The browser that was left open, signed in to the shop. */
  readonly openBrowserId: string | undefined;
  readonly screenshotPath: string;
}

/** The book that both look at. */
const BOOK = 'genji';
const CART = 'marginalia.cart';

/**
 * Opens two browsers side by side, signs in to the shop in one over HTTP, goes shopping in the other with Playwright, and shows that
 * neither knows anything of the other. Closes what it opened, whatever happens.
 *
 * @throws {DemonstrationFailed} when something was not as it must be
 */
export async function demonstrate(options: DemonstrationOptions): Promise<DemonstrationResult> {
  const { client, shopUrl, stage, keepOpen } = options;
  stage.heading('Two browsers, side by side');
  const [a, b] = await openBoth(client, stage);
  let isKept = false;
  try {
    stage.heading('A signs in', 'driven over HTTP: observe, execute');
    await signIn(a, shopUrl, stage);
    const memberPays = await buyOverHttp(a, shopUrl, BOOK, stage);

    stage.heading('B knows nothing of it', 'driven by Playwright over cdpUrl');
    const strangerPays = await browseOverCdp(b, shopUrl, BOOK, stage);
    check(memberPays !== strangerPays, `Members and strangers should see different prices, but both saw ${memberPays}.`);

    stage.heading('What each of them holds');
    await compare(a, b, stage, { memberPays, strangerPays });
    const screenshotPath = await takePicture(a, join(options.artifactsDirectory, 'demonstration.png'), stage);
    isKept = keepOpen;
    return { openBrowserId: keepOpen ? a.id : undefined, screenshotPath };
  } finally {
    if (isKept) a.release();
    const toClose = isKept ? [b] : [a, b];
    await stage.step(toClose.length === 1 ? 'Close B' : 'Close both', () => Promise.all(toClose.map((browser) => browser.close())));
  }
}

/** How long the browser that is left open stays so when nobody uses it. */
const LEFT_OPEN_SECONDS = 1800;

async function openBoth(client: Carrel, stage: Stage): Promise<[Browser, Browser]> {
  const opened = await stage.step('Open both at once', async () =>
    Promise.allSettled([
      client.browsers.open({ metadata: { demonstration: 'A' }, idleTimeoutSeconds: LEFT_OPEN_SECONDS }),
      client.browsers.open({ metadata: { demonstration: 'B' } }),
    ]),
  );
  const [a, b] = opened;
  if (a.status === 'rejected' || b.status === 'rejected') {
    await Promise.all(opened.map((one) => one.status === 'fulfilled' && one.value.close()));
    const { reason } = opened.find((one) => one.status === 'rejected') ?? {};
    throw reason instanceof Error ? reason : new DemonstrationFailed(`A browser could not be opened: ${reason}`);
  }
  for (const [name, { id, info }] of [['A', a.value] as const, ['B', b.value] as const]) {
    stage.note(name, `${id}  ${info.kind} ${info.browserVersion ?? ''}`);
  }
  return [a.value, b.value];
}

async function compare(a: Browser, b: Browser, stage: Stage, prices: { memberPays: string; strangerPays: string }): Promise<void> {
  const [ofA, ofB] = (await Promise.all([a, b].map(holdings))) as [Holdings, Holdings];
  stage.table([
    ['', 'cookies', 'cart in localStorage', 'price shown', 'signed in'],
    ['A', String(ofA.cookies.length), ofA.cart, prices.memberPays, 'yes'],
    ['B', String(ofB.cookies.length), ofB.cart, prices.strangerPays, 'no'],
  ]);
  check(ofA.cookies.length === 1 && ofB.cookies.length === 0, 'Only A should have the cookie of a member.');
  check(ofA.cart !== ofB.cart, 'Each browser should have a cart of its own.');
}

interface Holdings {
  readonly cookies: readonly unknown[];
  /** As the shop's page stored it. */
  readonly cart: string;
}

async function holdings(browser: Browser): Promise<Holdings> {
  const [cookies, stored] = await Promise.all([
    browser.cookies.get(),
    browser.execute({ type: 'evaluate', expression: `localStorage.getItem('${CART}')` }),
  ]);
  check(stored.success, `localStorage could not be read: ${stored.message}`);
  return { cookies, cart: String(stored.value) };
}
