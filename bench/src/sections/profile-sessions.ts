import { CarrelServer } from '../carrel-server.js';
import { orderOfRound } from '../order.js';
import { formatNumber, spread, type Table } from '../report/table.js';
import { median, summarize } from '../statistics.js';
import type { SectionContext } from './section.js';

/** With nothing of a profile; with one that is read; with one that is read and saved. */
export const PROFILE_USES = ['without', 'read', 'saved'] as const;
export type ProfileUse = (typeof PROFILE_USES)[number];

/** How long opening and closing a browser take, as a client sees it; one figure for each run. */
export type ProfileSessionsResult = Record<ProfileUse, { openMs: number[]; closeMs: number[] }>;

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
    const startMs = performance.now();
    const profile = use === 'without' ? {} : { profile: { id, persist: use === 'saved' } };
    const browser = await client.browsers.open(profile, { signal, keepAlive: false });
    const openMs = performance.now() - startMs;
    const gone = await browser.execute({ type: 'goto', url: pageUrl });
    const done = await browser.execute({ type: 'evaluate', expression: SIGN_IN });
    if (!gone.success || !done.success) throw new Error(`the page of the benchmark failed: ${gone.message} ${done.message}`);
    const closeStartMs = performance.now();
    await browser.close();
    return { openMs, closeMs: performance.now() - closeStartMs };
  };
  const results: ProfileSessionsResult = {
    without: { openMs: [], closeMs: [] },
    read: { openMs: [], closeMs: [] },
    saved: { openMs: [], closeMs: [] },
  };
  await session('saved');
  for (const use of PROFILE_USES) await session(use); // warm-up
  for (let run = 0; run < options.profileRuns; run++) {
    progress(`sessions, ${run} of ${options.profileRuns}`);
    for (const use of orderOfRound(PROFILE_USES, run)) {
      signal.throwIfAborted();
      const { openMs, closeMs } = await session(use);
      results[use].openMs.push(openMs);
      results[use].closeMs.push(closeMs);
    }
  }
  return results;
}

export function profileSessionsTable(results: ProfileSessionsResult): Table {
  const row = (name: string, read: (of: ProfileSessionsResult[ProfileUse]) => number[]) => {
    const [without, ...others] = PROFILE_USES.map((use) => read(results[use]));
    const more = others.map((times) => formatNumber(median(times) - median(without ?? [])));
    return [name, ...PROFILE_USES.map((use) => spread(summarize(read(results[use])))), ...more];
  };
  const rows = [
    ['A browser', 'without profile', 'with one', 'that is saved', 'with: more', 'saved: more'],
    row('open', ({ openMs }) => openMs),
    row('close', ({ closeMs }) => closeMs),
  ];
  return { rows, notes: ['ms, median / p95 (min–max); more: medians compared'] };
}
