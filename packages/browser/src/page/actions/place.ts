import type { Locator, Page } from 'playwright-core';
import type { TabState } from '../tab.js';
import { type ActionContext, ActionFailed } from './action-context.js';

/** An element as callers name it. */
export interface Place {
  ref?: string | undefined;
  selector?: string | undefined;
}

const MAX_LABEL_CHARS = 80;

/** How messages call an element: `button "Buy" (e12)`, or the selector. */
export function labelOf(tab: TabState, { ref, selector }: Place): string {
  if (ref === undefined) return `"${clip(selector ?? '')}"`;
  const seen = tab.seen?.get(ref);
  if (seen === undefined) return ref;
  return seen.name === '' ? `${seen.role} (${ref})` : `${seen.role} "${clip(seen.name)}" (${ref})`;
}

const clip = (text: string) => (text.length <= MAX_LABEL_CHARS ? text : `${text.slice(0, MAX_LABEL_CHARS)}…`);

/**
 * Finds what an action is to act on. A ref is checked at once; a selector is waited for by whoever uses it.
 * @throws {ActionFailed} `unknown_ref`, `stale_ref`
 */
export async function locate(context: ActionContext, place: Place): Promise<Locator> {
  const page = await context.page();
  if (place.ref !== undefined) return locateRef(context.tab, page, place.ref);
  return locateSelector(page, place.selector ?? '');
}

async function locateRef(tab: TabState, page: Page, ref: string): Promise<Locator> {
  if (tab.seen === undefined)
    throw new ActionFailed(
      'unknown_ref',
      `This tab has not been observed yet, so ${ref} names nothing: observe it, then use a ref from there.`,
    );
  if (!tab.seen.has(ref))
    throw new ActionFailed('unknown_ref', `${ref} is not in the last observation of this tab: observe again and use a ref from there.`);
  const locator = page.getByRef(ref);
  const count = await locator.count().catch((error: unknown) => {
    // The frame of the ref has gone; anything else is a defect.
    if (error instanceof Error && /Invalid frame|detached/.test(error.message)) return 0;
    throw error;
  });
  if (count === 0) throw new ActionFailed('stale_ref', `${labelOf(tab, { ref })} has gone from the page: observe again.`);
  return locator;
}

/**
 * Selectors are looked for on the page itself first. When nothing is there, whichever frame has it first counts, one too that comes later, so
 * that a caller need not know which parts of a page are frames.
 */
async function locateSelector(page: Page, selector: string): Promise<Locator> {
  const onPage = page.locator(selector);
  if ((await onPage.count()) > 0) return onPage;
  return page.frameLocator().locator(selector);
}
