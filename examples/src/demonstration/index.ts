import { join } from 'node:path';
import type { Browser, Carrel } from '@carrel/sdk';
import { comeBack } from './come-back.js';
import { browseOverCdp } from './over-cdp.js';
import { buyOverHttp, signIn } from './over-http.js';
import { takePicture } from './picture.js';
import { check, type Stage } from './stage.js';

export { type ConversationOptions, converse, VISITOR } from './conversation.js';
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
 * neither knows anything of the other; then closes the first and comes back with its profile. Closes what it opened, whatever happens.
 *
 * @throws {DemonstrationFailed} when something was not as it must be
 */
export async function demonstrate(options: DemonstrationOptions): Promise<DemonstrationResult> {
  const { client } = options;
  const { id } = await client.profiles.create({ metadata: { demonstration: 'A' } });
  try {
    return await withProfile(id, options);
  } finally {
    await client.profiles.delete(id);
  }
}

async function withProfile(profileId: string, options: DemonstrationOptions): Promise<DemonstrationResult> {
  const { client, shopUrl, stage, keepOpen } = options;
  stage.heading('Two browsers, side by side');
  const [first, b] = await openBoth(client, profileId, stage);
  let a = first;
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

    stage.heading('A closes, and comes back', 'its profile keeps what it held');
    a = await comeBack(client, a, shopUrl, stage, LEFT_OPEN_SECONDS);
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

async function openBoth(client: Carrel, profileId: string, stage: Stage): Promise<[Browser, Browser]> {
  const [a, b] = await stage.step('Open both at once', async () => {
    const [first, second] = await Promise.allSettled([
      client.browsers.open({ metadata: { demonstration: 'A' }, profile: { id: profileId, persist: true } }),
      client.browsers.open({ metadata: { demonstration: 'B' } }),
    ]);
    if (first.status === 'fulfilled' && second.status === 'fulfilled') return [first.value, second.value] as const;
    // One alone is of no use: close it before saying why there is no other.
    await Promise.all([first, second].map((one) => one.status === 'fulfilled' && one.value.close()));
    throw [first, second].find((one) => one.status === 'rejected')?.reason;
  });
  for (const [name, { id, info }] of [['A', a] as const, ['B', b] as const]) {
    stage.note(name, `${id}  ${info.kind} ${info.browserVersion ?? ''}, isolation: ${info.isolation.level}`);
  }
  return [a, b];
}

async function compare(a: Browser, b: Browser, stage: Stage, prices: { memberPays: string; strangerPays: string }): Promise<void> {
  const [ofA, ofB] = await Promise.all([holdings(a), holdings(b)]);
  stage.table([
    ['', 'cookies', 'cart in localStorage', 'price shown', 'signed in'],
    ['A', ofA.cookies, ofA.cart, prices.memberPays, ofA.member],
    ['B', ofB.cookies, ofB.cart, prices.strangerPays, ofB.member],
  ]);
  check(ofA.cookies === '1' && ofB.cookies === '0', 'Only A should have the cookie of a member.');
  check(ofA.cart !== ofB.cart, 'Each browser should have a cart of its own.');
}

interface Holdings {
  /** How many. */
  readonly cookies: string;
  /** As the shop's page stored it. */
  readonly cart: string;
  /** Whom the shop greets. */
  readonly member: string;
}

async function holdings(browser: Browser): Promise<Holdings> {
  const expression = `[localStorage.getItem('${CART}'), document.querySelector('.who')?.textContent ?? 'nobody']`;
  const [cookies, seen] = await Promise.all([browser.cookies.get(), browser.execute({ type: 'evaluate', expression })]);
  check(seen.success && Array.isArray(seen.value), `The page could not be read: ${seen.message}`);
  const [cart, member] = seen.value.map(String);
  return { cookies: String(cookies.length), cart: cart ?? '', member: member ?? '' };
}
