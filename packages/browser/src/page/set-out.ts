import type { CdpSession } from '../cdp/index.js';
import type { Deadline } from './deadline.js';
import { sessionOf } from './layout.js';
import type { TabState } from './tab.js';

/** A tab to be opened. */
export interface WantedTab {
  url: string;
  isActive: boolean;
  /** Runs in the first document that the tab gets, before any script of the page and unseen by it. */
  script: string | undefined;
}

const WORLD = 'carrel';
const FIRST_DOCUMENT_MS = 60_000;

/**
 * Sends a tab on its way, without waiting for the page.
 * @returns whether it came there, once that is known
 */
export async function setOut(
  session: CdpSession,
  tab: TabState,
  { url, script }: Pick<WantedTab, 'url' | 'script'>,
  deadline: Deadline,
): Promise<{ arrived: Promise<boolean> }> {
  const { sessionId = '' } = tab;
  const ignoreClosed = () => {
    // The tab has closed, or the browser is ending.
  };
  if (script !== undefined) {
    const params = { source: script, worldName: WORLD };
    const { identifier } = await session.send('Page.addScriptToEvaluateOnNewDocument', params, sessionOf(tab, deadline));
    const { commits } = tab;
    const hasDocument = () => tab.isClosed || (tab.commits > commits && tab.isContentLoaded);
    void tab.watch
      .until(hasDocument, { timeoutMs: FIRST_DOCUMENT_MS })
      .then(() => session.send('Page.removeScriptToEvaluateOnNewDocument', { identifier }, { sessionId }))
      .catch(ignoreClosed);
  }
  const navigating = session.send('Page.navigate', { url }, { sessionId, timeoutMs: FIRST_DOCUMENT_MS });
  const arrived = navigating.then(
    ({ errorText }) => errorText === undefined,
    () => false, // the tab has closed, or the browser is ending
  );
  return { arrived };
}
