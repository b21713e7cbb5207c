import type { Browser } from '../../browser.js';
import { CdpSession } from '../../cdp/index.js';
import { type Found, PLACES, type Place } from './identity-site.js';

/** A client of a browser that looks at pages and does nothing to them. */
export interface Visitor extends AsyncDisposable {
  session: CdpSession;
  /** Opens a tab and goes to a page; resolves with the tab's session when it has loaded. */
  visit(url: string): Promise<string>;
  /** What an expression gives in the page, as if the user had asked for it. */
  ask<T = unknown>(sessionId: string, expression: string): Promise<T>;
  /** What each place of the page at `/page` of an identity site sees. */
  survey(sessionId: string, places?: readonly Place[]): Promise<Record<string, Found>>;
}

export async function visitorOf(browser: Browser): Promise<Visitor> {
  const session = await CdpSession.open({ attach: (endpoint) => browser.attachClient(endpoint) });
  const ask = async <T>(sessionId: string, expression: string): Promise<T> => {
    const params = { expression, awaitPromise: true, returnByValue: true, userGesture: true };
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', params, { sessionId });
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value as T;
  };
  return {
    session,
    ask,
    visit: async (url) => {
      const { targetId } = await session.send('Target.createTarget', { url: 'about:blank' });
      const { sessionId } = await session.send('Target.attachToTarget', { targetId, flatten: true });
      await session.send('Page.enable', {}, { sessionId });
      const loaded = new Promise<void>((resolve) => {
        session.on('Page.loadEventFired', (_, from) => (from === sessionId ? resolve() : undefined));
      });
      const { errorText } = await session.send('Page.navigate', { url }, { sessionId });
      if (errorText !== undefined) throw new Error(`${url}: ${errorText}`);
      await loaded;
      return sessionId;
    },
    survey: async (sessionId, places = PLACES) => {
      const found: Record<string, Found> = {};
      for (const place of places) found[place] = await ask<Found>(sessionId, `places.${place}()`);
      return found;
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}
