import { CarrelError, type Tab } from '@carrel/protocol';
import type { Protocol } from 'devtools-protocol';
import type { CdpSession } from '../cdp/index.js';
import { attend, readingError } from './attend.js';
import { Deadline } from './deadline.js';
import { type Emit, loggableUrl } from './events.js';
import { MAX_TABS, noSuchTab, TabState, TOO_MANY_TABS } from './tab.js';
import { Watch } from './watch.js';

const CLOSE_TIMEOUT_MS = 10_000;
const CLOSE_AGAIN_MS = 500;
const REFRESH_TIMEOUT_MS = 1_000;
const MAX_VISITED = 200;

/** Pages, and neither the browser's own parts nor pages that are only being prepared. */
const isTab = (info: Protocol.Target.TargetInfo) =>
  info.type === 'page' && info.subtype === undefined && !info.url.startsWith('chrome://') && !info.url.startsWith('devtools://');

const tooManyTabs = () => new CarrelError('conflict', TOO_MANY_TABS, { details: { maxTabs: MAX_TABS } });

/**
 * The tabs of a browser, in order of opening. Everything here comes from the browser process, so that it works while pages hang.
 *
 * The active tab is Carrel's own notion: where calls go that name no tab. It changes when a tab is opened or chosen through Carrel, never
 * because a page opened a window; when it closes, its opener takes its place, else the tab that was active before, else the last one.
 */
export class TabList {
  /** Notified when tabs come, go or change their URL. */
  readonly watch = new Watch();
  readonly #session: CdpSession;
  readonly #emit: Emit;
  readonly #tabs = new Map<string, TabState>();
  readonly #bySession = new Map<string, TabState>();
  readonly #unsubscribe: (() => void)[] = [];
  /** Ids of targets that were too many, until they are gone. */
  readonly #surplus = new Set<string>();
  /** Origins of pages that were in a tab. */
  readonly #visited = new Set<string>();
  /** Ids of tabs, the most recently active last. */
  #recent: string[] = [];

  constructor(session: CdpSession, emit: Emit) {
    this.#session = session;
    this.#emit = emit;
  }

  /** Starts to follow the browser's targets; resolves when those that exist are known. */
  async start(): Promise<void> {
    this.#listen();
    const filter = [{ type: 'page' }, { exclude: true }];
    await Promise.all([
      this.#session.send('Target.setDiscoverTargets', { discover: true, filter }),
      this.#session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: true, filter }),
    ]);
  }

  /** The origins of the pages that were in its tabs, the first so many: of none that were only in frames. */
  get visitedOrigins(): string[] {
    return [...this.#visited];
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    for (const tab of this.#tabs.values()) tab.close();
  }

  all(): TabState[] {
    return [...this.#tabs.values()];
  }

  list(): Tab[] {
    const active = this.active();
    return this.all().map((tab) => tab.toTab(tab === active));
  }

  active(): TabState | undefined {
    for (const id of this.#recent.toReversed()) {
      const tab = this.#tabs.get(id);
      if (tab !== undefined) return tab;
    }
    return this.all().at(-1);
  }

  /** Whether there are as many as there may be. */
  get isFull(): boolean {
    return this.#tabs.size >= MAX_TABS;
  }

  /** The tab with this id, or the active one. */
  find(id: string | undefined): TabState | undefined {
    return id === undefined ? this.active() : this.#tabs.get(id);
  }

  /** @throws {CarrelError} `not_found`, with what to do */
  get(id: string | undefined): TabState {
    const tab = this.find(id);
    if (tab === undefined) throw new CarrelError('not_found', noSuchTab(id), { details: id === undefined ? {} : { tabId: id } });
    return tab;
  }

  /**
   * Asks the browser (not the page) what the tab is called now: of a title that changes within a page it says nothing by itself. What was
   * known stays when it does not answer soon.
   */
  async refresh(tab: TabState): Promise<void> {
    await this.#session.send('Target.getTargetInfo', { targetId: tab.id }, { timeoutMs: REFRESH_TIMEOUT_MS }).then(
      ({ targetInfo }) => this.#changed(targetInfo),
      () => {
        // The tab has closed, or the browser is ending.
      },
    );
  }

  activate(tab: TabState): void {
    this.#recent = [...this.#recent.filter((id) => id !== tab.id), tab.id];
    this.watch.notify();
  }

  /** Opens a blank tab and makes it the active one. */
  async open(deadline: Deadline): Promise<TabState> {
    if (this.isFull) throw tooManyTabs();
    const timeoutMs = deadline.remainingOrOneMs;
    const { targetId } = await this.#session.send('Target.createTarget', { url: 'about:blank' }, { timeoutMs });
    let isSurplus = false;
    const isReady = () => {
      isSurplus ||= this.#surplus.has(targetId);
      return isSurplus || this.#tabs.get(targetId)?.sessionId !== undefined;
    };
    await this.watch.until(isReady, { timeoutMs: deadline.remainingMs });
    if (isSurplus) throw tooManyTabs();
    const tab = this.#tabs.get(targetId);
    if (tab === undefined) throw new CarrelError('page_unresponsive', 'The new tab did not appear in time; list the tabs and try again.');
    this.activate(tab);
    await this.#firstAnswer(tab, deadline);
    return tab;
  }

  /**
   * Waits until a new tab answers. A client that auto-attaches holds it until it has set it up; to navigate it meanwhile crashes its renderer
   * ("Message 2 rejected by interface blink.mojom.Widget", Chromium 156: 5 of 16 tabs with Playwright connected).
   */
  async #firstAnswer(tab: TabState, deadline: Deadline): Promise<void> {
    const { sessionId = '' } = tab;
    const timeoutMs = deadline.remainingOrOneMs;
    const outcome = await attend(tab, deadline, undefined, () =>
      this.#session.send('Runtime.evaluate', { expression: '0' }, { sessionId, timeoutMs }),
    );
    if (outcome.kind !== 'done') throw readingError(outcome, tab, 'Opening the tab', deadline.timeoutMs);
  }

  /**
   * Closes a tab without asking the page. A browser is never without a tab: the last one is replaced by a blank one first.
   * @throws {CarrelError} `page_unresponsive` when it is still there after a while
   */
  async close(tab: TabState, deadline: Deadline): Promise<void> {
    if (this.#tabs.size === 1 && !tab.isClosed) await this.open(deadline);
    const timeoutMs = Math.min(CLOSE_TIMEOUT_MS, deadline.remainingMs);
    const closing = new Deadline(timeoutMs);
    while (closing.remainingMs > 0) {
      await this.#askToClose(tab, closing);
      // Asked while a page comes in place of another, Chromium says yes and forgets about it: it is asked again.
      const againMs = Math.min(CLOSE_AGAIN_MS, closing.remainingMs);
      if (await tab.watch.until(() => tab.isClosed, { timeoutMs: againMs })) return;
    }
    throw new CarrelError('page_unresponsive', `The tab ${tab.id} did not close within ${Math.round(timeoutMs)} ms; try again.`);
  }

  async #askToClose(tab: TabState, deadline: Deadline): Promise<void> {
    await this.#session
      .send('Target.closeTarget', { targetId: tab.id }, { timeoutMs: deadline.remainingOrOneMs })
      .catch((error: unknown) => {
        if (!tab.isClosed) throw error; // else somebody else has just closed it
      });
  }

  /** The event of a session that is attached to a tab. */
  #onTab<P>(handle: (tab: TabState, params: P) => void): (params: P, sessionId: string | undefined) => void {
    return (params, sessionId) => {
      const tab = sessionId === undefined ? undefined : this.#bySession.get(sessionId);
      if (tab === undefined) return;
      const url = tab.url;
      handle(tab, params);
      this.#reportMove(tab, url);
    };
  }

  #listen(): void {
    const session = this.#session;
    this.#unsubscribe.push(
      session.on('Target.targetCreated', ({ targetInfo }) => this.#created(targetInfo)),
      session.on('Target.targetInfoChanged', ({ targetInfo }) => this.#changed(targetInfo)),
      session.on('Target.targetDestroyed', ({ targetId }) => this.#destroyed(targetId)),
      session.on('Target.targetCrashed', ({ targetId }) => this.#crashed(targetId)),
      session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => this.#attached(sessionId, targetInfo)),
      session.on('Target.detachedFromTarget', ({ sessionId }) => this.#bySession.delete(sessionId)),
      session.on(
        'Inspector.targetCrashed',
        this.#onTab((tab) => this.#crashed(tab.id)),
      ),
      session.on(
        'Page.javascriptDialogOpening',
        this.#onTab((tab, event: Protocol.Page.JavascriptDialogOpeningEvent) => {
          const dialog = tab.openDialog(event);
          this.#emit('dialog.opened', { tabId: tab.id, type: dialog.type, message: dialog.message.slice(0, 500) });
        }),
      ),
      session.on(
        'Page.javascriptDialogClosed',
        this.#onTab((tab) => tab.closeDialog()),
      ),
      session.on(
        'Page.frameRequestedNavigation',
        this.#onTab((tab, event: Protocol.Page.FrameRequestedNavigationEvent) => tab.requestNavigation(event)),
      ),
      session.on(
        'Page.frameStartedNavigating',
        this.#onTab((tab, event: Protocol.Page.FrameStartedNavigatingEvent) => tab.startNavigation(event.frameId)),
      ),
      session.on(
        'Page.frameStoppedLoading',
        this.#onTab((tab, event: Protocol.Page.FrameStoppedLoadingEvent) => tab.endNavigation(event.frameId)),
      ),
      session.on(
        'Page.frameNavigated',
        this.#onTab((tab, event: Protocol.Page.FrameNavigatedEvent) => tab.commit(event.frame)),
      ),
      session.on(
        'Page.navigatedWithinDocument',
        this.#onTab((tab, event: Protocol.Page.NavigatedWithinDocumentEvent) => tab.moveWithinDocument(event)),
      ),
      session.on(
        'Page.domContentEventFired',
        this.#onTab((tab) => tab.contentLoaded()),
      ),
    );
  }

  #created(info: Protocol.Target.TargetInfo): void {
    if (!isTab(info) || this.#tabs.has(info.targetId) || this.#surplus.has(info.targetId)) return;
    if (this.isFull) {
      this.#refuse(info);
      return;
    }
    const tab = new TabState(info);
    this.#tabs.set(tab.id, tab);
    if (this.#recent.length === 0) this.#recent.push(tab.id);
    this.#emit('tab.opened', { tabId: tab.id, url: loggableUrl(tab.url) });
    this.watch.notify();
  }

  /** A window that is one too many, whoever opened it: it is closed once it is attached to. */
  #refuse({ targetId, openerId }: Protocol.Target.TargetInfo): void {
    this.#surplus.add(targetId);
    this.#emit('tab.refused', { maxTabs: MAX_TABS, ...(openerId === undefined ? {} : { openerTabId: openerId }) });
    this.watch.notify();
  }

  /** Chromium says yes and forgets when a navigation commits at that moment: asked again until it is gone. */
  #closeSurplus(targetId: string): void {
    if (!this.#surplus.has(targetId)) return;
    this.#session.send('Target.closeTarget', { targetId }).then(
      () => void setTimeout(() => this.#closeSurplus(targetId), CLOSE_AGAIN_MS).unref(),
      () => this.#surplus.delete(targetId), // it has closed by itself, or the browser is ending
    );
  }

  #attached(sessionId: string, info: Protocol.Target.TargetInfo): void {
    if (!isTab(info)) return;
    this.#created(info); // the order of the two events is not promised
    const ignoreClosed = () => {
      // A tab that closes or crashes at once cannot be enabled, and needs not be.
    };
    // No `Runtime.runIfWaitingForDebugger` here: a window that a page opens is let go by the client that holds it for its identity. A second
    // word, of a session that holds nothing, Chromium 156 takes for the next window of the same process, which then sets out without one.
    const tab = this.#tabs.get(info.targetId);
    if (tab === undefined) {
      // One too many. Closed while anybody still makes it wait, it would leave the page that opened it waiting for ever, and computing.
      setTimeout(() => this.#closeSurplus(info.targetId), CLOSE_AGAIN_MS).unref();
      return;
    }
    tab.sessionId = sessionId;
    this.#bySession.set(sessionId, tab);
    // Enabled from the start: otherwise Chromium answers dialogs itself and nobody learns of them.
    this.#session.send('Page.enable', undefined, { sessionId }).catch(ignoreClosed);
    // Agents work on any tab, whichever is in front: each is to believe that it is seen and has the focus.
    this.#session.send('Emulation.setFocusEmulationEnabled', { enabled: true }, { sessionId }).catch(ignoreClosed);
    this.watch.notify();
  }

  #changed(info: Protocol.Target.TargetInfo): void {
    const tab = this.#tabs.get(info.targetId);
    if (tab === undefined) {
      this.#created(info);
      return;
    }
    const { url } = tab;
    tab.update(info);
    this.#reportMove(tab, url);
    this.watch.notify();
  }

  #destroyed(targetId: string): void {
    this.#surplus.delete(targetId);
    const tab = this.#tabs.get(targetId);
    if (tab === undefined) return;
    const wasActive = this.active() === tab;
    this.#tabs.delete(targetId);
    if (tab.sessionId !== undefined) this.#bySession.delete(tab.sessionId);
    this.#recent = this.#recent.filter((id) => id !== targetId);
    const opener = tab.openerId === undefined ? undefined : this.#tabs.get(tab.openerId);
    if (wasActive && opener !== undefined) this.activate(opener);
    tab.close();
    this.#emit('tab.closed', { tabId: targetId });
    this.watch.notify();
  }

  #crashed(targetId: string): void {
    const tab = this.#tabs.get(targetId);
    if (tab === undefined || tab.isCrashed) return;
    tab.crash();
    this.#emit('tab.crashed', { tabId: targetId, url: loggableUrl(tab.url) });
    this.watch.notify();
  }

  #reportMove(tab: TabState, from: string): void {
    if (tab.url === from) return;
    const { origin } = URL.canParse(tab.url) ? new URL(tab.url) : { origin: 'null' };
    if (origin !== 'null' && this.#visited.size < MAX_VISITED) this.#visited.add(origin);
    this.#emit('tab.navigated', { tabId: tab.id, url: loggableUrl(tab.url) });
    this.watch.notify();
  }
}
