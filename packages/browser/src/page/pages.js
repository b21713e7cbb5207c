import { dirname, join } from 'node:path';
import { CarrelError, NAVIGABLE, navigableUrl, } from '@carrel/protocol';
import { execute } from './actions/index.js';
import { attend, readingError } from './attend.js';
import { printPdf } from './capture.js';
import { getCookies, setCookies } from './cookies.js';
import { Deadline } from './deadline.js';
import { EventCap } from './event-cap.js';
import { Downloads, FileStore } from './files/index.js';
import { sessionOf } from './layout.js';
import { observe } from './observe.js';
import { PlaywrightLink } from './playwright.js';
import { scrape } from './scrape/index.js';
import { takeScreenshot } from './screenshot.js';
import { setOut } from './set-out.js';
import { MAX_TABS, TOO_MANY_TABS } from './tab.js';
import { TabList } from './tabs.js';
const OPEN_TAB_MS = 15_000;
/** What an agent sees of a browser's pages, and what it can do with them. */
export class Pages {
    files;
    #session;
    #parts;
    #log;
    /** Starts to follow tabs and downloads. Playwright is connected only once something needs it. */
    static async create(options) {
        const pages = new Pages(options);
        const { tabs, downloads } = pages.#parts;
        await Promise.all([tabs.start(), downloads.start()]);
        return pages;
    }
    constructor(options) {
        const { session, connectTransport } = options;
        this.#log = new EventCap(options.emit);
        const { emit } = this.#log;
        const files = new FileStore(options);
        const tabs = new TabList(session, emit);
        const artifactsDirectory = join(dirname(options.directories.uploads), 'artifacts');
        const playwright = new PlaywrightLink({ session, tabs, connectTransport, artifactsDirectory });
        this.#session = session;
        this.#parts = {
            session,
            tabs,
            files,
            playwright,
            downloads: new Downloads({ session, files, emit, downloadPath: options.directories.downloads }),
            lastFailure: options.lastFailure,
            emit,
        };
        this.files = {
            list: async () => files.list(),
            put: (name, body) => files.put(name, body),
            open: (name) => files.open(name),
            delete: (name) => files.delete(name),
        };
    }
    /** @throws {CarrelError} `not_found`, `page_unresponsive`, `browser_crashed` */
    observe(request, signal) {
        return observe(this.#parts, request, signal);
    }
    /** A failed action is an answer with `success: false`. */
    execute(action, signal) {
        return execute(this.#parts, action, signal);
    }
    /** @throws {CarrelError} `needs_model`, `invalid_request`, `payload_too_large`, `not_found`, `page_unresponsive`, `browser_crashed` */
    async scrape(request, signal) {
        return scrape(this.#session, this.#parts.tabs.get(request.tabId), request, signal);
    }
    /** @throws {CarrelError} `not_found` (no such tab or element), `page_unresponsive`, `browser_crashed` */
    screenshot(request, signal) {
        return takeScreenshot(this.#parts, request, signal);
    }
    /** @throws {CarrelError} `not_found`, `invalid_request`, `page_unresponsive`, `browser_crashed` */
    async pdf(request, signal) {
        const tab = this.#parts.tabs.get(request.tabId);
        const deadline = new Deadline(request.timeoutMs);
        const outcome = await attend(tab, deadline, signal, () => printPdf(this.#session, tab, request, deadline));
        if (outcome.kind === 'done')
            return outcome.value;
        throw readingError(outcome, tab, 'Printing the page', request.timeoutMs);
    }
    getCookies() {
        return getCookies(this.#session);
    }
    /** @throws {CarrelError} `invalid_request` when Chromium refuses one; then none is set */
    setCookies(cookies) {
        return setCookies(this.#session, cookies);
    }
    /** In order of opening. */
    tabs() {
        return this.#parts.tabs.list();
    }
    /** Why no further tab may be opened, in a sentence; undefined when one may. */
    refuseTab() {
        return this.#parts.tabs.isFull ? TOO_MANY_TABS : undefined;
    }
    /**
     * Opens a tab, makes it the active one, and sets out for `url` without waiting for the page to load.
     * @throws {CarrelError} `invalid_request` for a URL that may not be opened, `conflict` when there are as many tabs as there may be
     */
    async openTab(url) {
        if (url !== undefined && !navigableUrl.safeParse(url).success) {
            throw new CarrelError('invalid_request', `Only ${NAVIGABLE} may be opened.`);
        }
        const deadline = new Deadline(OPEN_TAB_MS);
        const tab = await this.#parts.tabs.open(deadline);
        if (url !== undefined && url !== 'about:blank') {
            // The answer comes with the first bytes of the page, or with the reason why there are none, which the tab then shows.
            const navigation = this.#session.send('Page.navigate', { url }, sessionOf(tab, deadline));
            await attend(tab, deadline, undefined, () => navigation);
        }
        return tab.toTab(this.#parts.tabs.active() === tab);
    }
    /**
     * Opens the tabs that another browser had, the first of them in place of the blank one, and sets out for their URLs without waiting for any.
     * What may not be opened is left out.
     * @returns the ids of the tabs, and whether each came where it was sent, once that is known
     */
    async bringTabs(wanted) {
        const { tabs } = this.#parts;
        const allowed = wanted.filter(({ url }) => navigableUrl.safeParse(url).success).slice(0, MAX_TABS);
        let active;
        const brought = [];
        for (const [index, tabToBring] of allowed.entries()) {
            const { url, isActive, script } = tabToBring;
            const deadline = new Deadline(OPEN_TAB_MS);
            const tab = index === 0 ? tabs.get(undefined) : await tabs.open(deadline);
            if (isActive)
                active = tab;
            brought.push({ tabId: tab.id, wanted: tabToBring, ...(await setOut(this.#session, tab, { url, script }, deadline)) });
        }
        if (active !== undefined)
            tabs.activate(active);
        return brought;
    }
    /** @throws {CarrelError} `not_found`, `page_unresponsive` */
    async closeTab(id) {
        const { tabs } = this.#parts;
        await tabs.close(tabs.get(id), new Deadline(OPEN_TAB_MS));
    }
    /**
     * To be called when a client of the browser has left: Chromium takes back with it what it had asked for, so that downloads are asked for
     * again.
     */
    clientLeft() {
        this.#parts.downloads.arm().catch(() => {
            // The browser is ending, and its downloads with it.
        });
    }
    async [Symbol.asyncDispose]() {
        this.#parts.tabs.stop();
        this.#parts.downloads.stop();
        this.#log.flush();
        await this.#parts.playwright[Symbol.asyncDispose]();
    }
}
//# sourceMappingURL=pages.js.map