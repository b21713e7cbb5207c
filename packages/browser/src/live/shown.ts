import { setTimeout as delay } from 'node:timers/promises';
import type { Dialog, Tab } from '@carrel/protocol';
import type { CdpSession } from '../cdp/index.js';
import type { TabList, TabState } from '../page/index.js';

const HISTORY_MS = 1_000;
/** A page that changes its address in a loop is told of no more often. */
const PAUSE_MS = 50;

/** What there is to know of the tab that is shown, beside its picture. */
export interface Shown {
  tabs: Tab[];
  tabId: string | undefined;
  url: string;
  isLoading: boolean;
  canGoBack: boolean;
  canGoForward: boolean;
  dialog: Dialog | undefined;
}

/** Tells what is shown, now and whenever it changes, until it is disposed of. It counts as no activity. */
export function followShown(tabs: TabList, session: CdpSession, onShown: (shown: Shown) => void): Disposable {
  let isOver = false;
  let isLooking = false;
  let isStale = false;
  let tab: TabState | undefined;
  let stopTab = () => {};
  const look = async () => {
    isStale = true;
    if (isLooking) return;
    isLooking = true;
    while (isStale && !isOver) {
      isStale = false;
      followTab();
      const history = await readHistory(session, tab);
      if (!isOver) onShown(describe(tabs, tab, history));
      await delay(PAUSE_MS, undefined, { ref: false });
    }
    isLooking = false;
  };
  const followTab = () => {
    const active = tabs.active();
    if (active === tab) return;
    stopTab();
    tab = active;
    stopTab = tab?.watch.on(() => void look()) ?? (() => {});
  };
  const stopTabs = tabs.watch.on(() => void look());
  void look();
  return {
    [Symbol.dispose]: () => {
      isOver = true;
      stopTabs();
      stopTab();
    },
  };
}

interface History extends Pick<Shown, 'canGoBack' | 'canGoForward'> {
  /** Of the page that is shown: Chromium tells of a new one only by the way, when it tells of something else. */
  title: string | undefined;
}

/** Of the browser and not of the page: it answers while the page hangs. */
async function readHistory(session: CdpSession, tab: TabState | undefined): Promise<History> {
  const none = { canGoBack: false, canGoForward: false, title: undefined };
  if (tab?.sessionId === undefined) return none;
  return await session.send('Page.getNavigationHistory', undefined, { sessionId: tab.sessionId, timeoutMs: HISTORY_MS }).then(
    ({ currentIndex, entries }) => ({
      canGoBack: currentIndex > 0,
      canGoForward: currentIndex < entries.length - 1,
      title: entries[currentIndex]?.title,
    }),
    () => none, // the tab has closed, or crashed
  );
}

const describe = (tabs: TabList, tab: TabState | undefined, { title, ...history }: History): Shown => ({
  tabs: tabs.list().map((one) => (one.id === tab?.id && one.title === '' ? { ...one, title: title ?? '' } : one)),
  tabId: tab?.id,
  url: tab?.url ?? '',
  isLoading: tab?.isNavigating ?? false,
  dialog: tab?.dialog,
  ...history,
});
