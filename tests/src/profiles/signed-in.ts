import { type Browser, Carrel, type OpenBrowserRequest } from '@carrel/sdk';
import {
  type FoundState,
  findState,
  leaveState,
  type StateSite,
  stateOf,
} from '../../../packages/browser/src/profile/testing/state-site.js';

/** Goes to the site and runs an expression in its page. */
async function onSite(browser: Browser, site: StateSite, expression: string): Promise<unknown> {
  const gone = await browser.execute({ type: 'goto', url: site.origin, waitUntil: 'load' });
  if (!gone.success) throw new Error(gone.message);
  const result = await browser.execute({ type: 'evaluate', expression });
  if (!result.success) throw new Error(result.message);
  return result.value;
}

/** Signs in to the site: leaves `canary` in every kind of state. */
export const signIn = (browser: Browser, site: StateSite, canary: string) => onSite(browser, site, leaveState(canary, site.otherOrigin));

/** What the site finds of an earlier visit. */
export const foundIn = async (browser: Browser, site: StateSite) =>
  (await onSite(browser, site, findState(site.otherOrigin))) as FoundState;

/** What it finds after `signIn`, and where nobody has ever signed in. */
export const signedIn = stateOf;
export const NOWHERE: FoundState = Object.fromEntries(Object.keys(stateOf('')).map((kind) => [kind, null]));

/** Opens a browser that nobody keeps open: it ends as its limits say. */
export const openOnce = (client: Carrel, request: OpenBrowserRequest) => client.browsers.open(request, { keepAlive: false });

export const clientOf = ({ url, apiKey }: { url: string; apiKey: string }) => new Carrel({ url, apiKey });

/** Waits for the end of a browser, and gives its log. */
export async function logOf(browser: Browser): Promise<{ type: string; data: Record<string, unknown> }[]> {
  const events: { type: string; data: Record<string, unknown> }[] = [];
  for await (const { type, data } of browser.events({ follow: true })) events.push({ type, data });
  return events;
}

/** What a browser that has no profile, or an empty one, finds on the site. */
export async function seenByStranger(client: Carrel, site: StateSite): Promise<FoundState> {
  await using browser = await client.browsers.open();
  return await foundIn(browser, site);
}
