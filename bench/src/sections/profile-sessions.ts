import { CarrelServer } from '../carrel-server.js';
import { orderOfRound } from '../order.js';
import type { Goal } from '../report/goals.js';
import { formatNumber, spread, type Table } from '../report/table.js';
import { median, summarize } from '../statistics.js';
import type { SectionContext } from './section.js';

/** With nothing of a profile; with one that is read; with one that is read and saved. */
export const PROFILE_USES = ['without', 'read', 'saved'] as const;
export type ProfileUse = (typeof PROFILE_USES)[number];

/** How long opening a browser takes, opening it and its first page, and closing it, as a client sees it; one figure for each run, in ms. */
type SessionTimes = Record<'open' | 'firstPage' | 'close', number[]>;
export type ProfileSessionsResult = Record<ProfileUse, SessionTimes>;

/** A session takes less time than an archive. */
const SESSIONS_PER_RUN = 3;

/** What a site leaves that somebody signed in to. */
const SIGN_IN = `(async () => {
  document.cookie = 'session=' + 'x'.repeat(200) + '; max-age=86400';
  for (let item = 0; item < 20; item++) localStorage.setItem('item' + item, 'x'.repeat(500));
  await new Promise((resolve, reject) => {
    const opening = indexedDB.open('app', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('records');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction('records', 'readwrite');
      for (let key = 0; key < 20; key++) transaction.objectStore('records').put('x'.repeat(1000), key);
      transaction.oncomplete = resolve;
    };
  });
})()`;

/** Browsers with a small profile beside browsers without one, each through one page. */
export async function measureProfileSessions({ options, pageUrl, signal, progress }: SectionContext): Promise<ProfileSessionsResult> {
  await using server = await CarrelServer.start({ maxBrowsers: 2, signal });
  const { client } = server;
  const { id } = await client.profiles.create({ name: 'benchmark' });
  const session = async (use: ProfileUse) => {
    // One that is being started ahead would be in the way of the one that is measured.
    await server.untilPool(({ ready, starting }) => ready > 0 && starting === 0);
    const startMs = performance.now();
    const profile = use === 'without' ? {} : { profile: { id, persist: use === 'saved' } };
    const browser = await client.browsers.open(profile, { signal, keepAlive: false });
    const openMs = performance.now() - startMs;
    const gone = await browser.execute({ type: 'goto', url: pageUrl });
    const firstPageMs = performance.now() - startMs;
    const done = await browser.execute({ type: 'evaluate', expression: SIGN_IN });
    if (!gone.success || !done.success) throw new Error(`the page of the benchmark failed: ${gone.message} ${done.message}`);
    const closeStartMs = performance.now();
    await browser.close();
    return { open: openMs, firstPage: firstPageMs, close: performance.now() - closeStartMs };
  };
  const none = (): SessionTimes => ({ open: [], firstPage: [], close: [] });
  const results: ProfileSessionsResult = { without: none(), read: none(), saved: none() };
  await session('saved');
  for (const use of PROFILE_USES) await session(use); // warm-up
  for (let run = 0; run < options.profileRuns * SESSIONS_PER_RUN; run++) {
    progress(`sessions, ${run} of ${options.profileRuns * SESSIONS_PER_RUN}`);
    for (const use of orderOfRound(PROFILE_USES, run)) {
      signal.throwIfAborted();
      const times = await session(use);
      for (const what of ['open', 'firstPage', 'close'] as const) results[use][what].push(times[what]);
    }
  }
  return results;
}

export function profileSessionsTable(results: ProfileSessionsResult): Table {
  const row = (name: string, what: keyof SessionTimes) => {
    const [without, ...others] = PROFILE_USES.map((use) => results[use][what]);
    const more = others.map((times) => formatNumber(median(times) - median(without ?? [])));
    return [name, ...PROFILE_USES.map((use) => spread(summarize(results[use][what]))), ...more];
  };
  const rows = [
    ['A browser', 'without profile', 'with one', 'that is saved', 'with: more', 'saved: more'],
    row('open', 'open'),
    row('open, then its first page', 'firstPage'),
    row('close', 'close'),
  ];
  return { rows, notes: ['ms, median / p95 (min–max); more: medians compared'] };
}

export function profileSessionGoals({ read }: ProfileSessionsResult): Goal[] {
  const firstPageMs = read.firstPage.length === 0 ? undefined : median(read.firstPage);
  return [{ what: 'first page of a browser with a profile, which starts cold', unit: 'ms', ours: firstPageMs, limit: { atMost: 250 } }];
}
