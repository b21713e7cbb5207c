import { type Browser, CarrelError } from '@carrel/sdk';

/** What tells that somebody has signed in. Those that are given must hold at the same time. */
export interface Conditions {
  /** The URL of some tab; `*` stands for anything. */
  untilUrl?: string;
  /** Name of a cookie, of whatever site. */
  untilCookie?: string;
}

/** Answers that may come while a page is busy, or the browser is ending, which its events tell. */
const PASSING: ReadonlySet<string> = new Set(['page_unresponsive', 'browser_not_running', 'browser_crashed']);

/** Whether the browser is as the conditions want it, at this moment. */
export async function areMet(browser: Browser, { untilUrl, untilCookie }: Conditions): Promise<boolean> {
  const { matchesUrl } = await import('@carrel/server/local');
  try {
    const isThere = untilUrl === undefined || (await browser.tabs.list()).some(({ url }) => matchesUrl(untilUrl, url));
    return isThere && (untilCookie === undefined || (await browser.cookies.get()).some(({ name }) => name === untilCookie));
  } catch (error) {
    if (error instanceof CarrelError && PASSING.has(error.code)) return false;
    throw error;
  }
}
