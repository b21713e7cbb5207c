import { Deadline } from '../deadline.js';
import { runIsolated } from '../isolated-world.js';
/** How long an action waits for what it set off: a navigation to arrive, a small download to end, a new tab to have a URL. */
const SETTLE_MS = 3_000;
/** How long a download may take to begin, where the page asked for one or a navigation led nowhere. */
const BEGIN_MS = 1_000;
/** How long for the page to say that it has set off nothing. */
const BARRIER_MS = 500;
/** Even an action that has used up its time is told what it did. */
const MIN_SETTLE_MS = 250;
export function rememberBefore({ tabs, downloads }, tab) {
    return {
        url: tab.url,
        commits: tab.commits,
        tabs: new Set(tabs.all()),
        downloads: downloads.mark(),
        downloadRequests: tab.downloadRequests,
    };
}
/**
 * Waits, by events and not for long, until what an action set off has happened: a click on a link has arrived at the next page when it is
 * reported. A dialog, a crash or the end of the tab ends the waiting.
 */
export async function settle(parts, tab, before, deadline, signal) {
    const endsAt = performance.now() + Math.max(MIN_SETTLE_MS, Math.min(SETTLE_MS, deadline.remainingMs));
    const until = (watch, condition, atMostMs = SETTLE_MS) => watch.until(condition, {
        timeoutMs: Math.max(0, Math.min(atMostMs, endsAt - performance.now())),
        ...(signal === undefined ? {} : { signal }),
    });
    await barrier(parts, tab);
    const wasNavigating = tab.isNavigating;
    const isSettled = () => !tab.isNavigating && (tab.commits === before.commits || tab.isContentLoaded);
    await until(tab.watch, () => tab.obstacle !== undefined || isSettled());
    const newTabs = parts.tabs.all().filter((other) => !before.tabs.has(other));
    for (const newTab of newTabs)
        await until(newTab.watch, () => newTab.obstacle !== undefined || (newTab.url !== '' && !newTab.isNavigating));
    await Promise.all(newTabs.map((newTab) => parts.tabs.refresh(newTab)));
    const hasStayed = wasNavigating && tab.commits === before.commits && tab.url === before.url;
    if (hasStayed || tab.downloadRequests > before.downloadRequests) {
        await until(parts.downloads.watch, () => parts.downloads.since(before.downloads).length > 0, BEGIN_MS);
    }
    await until(parts.downloads.watch, () => parts.downloads.since(before.downloads).every(({ state }) => state !== 'running'));
}
/**
 * Lets the page's own tasks run that are due now, such as a navigation by `setTimeout(…, 0)`. The answer comes after everything that the
 * page has said before.
 */
async function barrier({ session }, tab) {
    // While a page is on its way to the next one, Chromium holds such questions back.
    const isPointless = () => tab.obstacle !== undefined || tab.isNavigating;
    if (isPointless() || tab.sessionId === undefined)
        return;
    const stop = new AbortController();
    await Promise.race([
        runIsolated(session, tab, new Deadline(BARRIER_MS), nextTask, undefined).catch(() => {
            // Busy, crashed, gone or at the next page: then what is known without its answer has to do.
        }),
        tab.watch.until(isPointless, { signal: stop.signal }),
    ]);
    stop.abort();
}
/** Runs in the page, in an isolated world. */
const nextTask = () => new Promise((resolve) => setTimeout(() => resolve(null), 0));
/** What is different from before. */
export function changesSince(parts, tab, before) {
    const now = parts.tabs.list();
    const beforeIds = new Set([...before.tabs].map(({ id }) => id));
    const newTabs = now.filter(({ id }) => !beforeIds.has(id));
    const closedTabs = [...before.tabs].filter(({ isClosed }) => isClosed).map(({ id }) => id);
    const downloads = parts.downloads.since(before.downloads).flatMap(({ file }) => (file === undefined ? [] : [file]));
    return {
        ...(tab.url === before.url ? {} : { url: { from: before.url, to: tab.url } }),
        ...(newTabs.length === 0 ? {} : { newTabs }),
        ...(closedTabs.length === 0 ? {} : { closedTabs }),
        ...(downloads.length === 0 ? {} : { downloads }),
        ...(tab.dialog === undefined ? {} : { dialog: tab.dialog }),
    };
}
//# sourceMappingURL=settle.js.map