import type { Protocol } from 'devtools-protocol';
import { CdpSession, type Multiplexer } from '../cdp/index.js';
import { type TabList, type TabState, Watch } from '../page/index.js';
import type { Frame, PictureWants } from './frame.js';
import { maskSecrets } from './mask.js';
import { PictureSize } from './picture-size.js';
import { Watcher, type WatcherOptions } from './watcher.js';

/** With so many frames unacknowledged Chromium 156 draws on and throws away what it drew, … */
const STALLED_FRAMES = 3;
/** … and when it stopped drawing meanwhile, it says nothing of it: asked again after this long. */
const REFRESH_MS = 150;
/** When nothing has moved for so long, pictures that were made less are as good as they are wanted again. */
const STILL_MS = 500;

/** What the screencast needs of a running browser. */
export interface ScreencastSource {
  multiplexer: Pick<Multiplexer, 'attach'>;
  tabs: TabList;
}

export interface ScreencastOptions {
  /** @throws {CarrelError} `browser_not_running` */
  source: () => ScreencastSource;
  /** Somebody begins to watch, or has stopped. */
  onAudience: () => void;
}

interface Stage {
  session: CdpSession;
  tabs: TabList;
  mask: (sessionId: string) => void;
  isOver: () => boolean;
}

/** Somebody who watches, until it is disposed of. */
export interface Watching extends AsyncDisposable {
  /** To be called when it can take another frame, after `isReady` has said that it cannot. */
  ready(): void;
  /** Has the tab drawn anew, although nothing in it has changed. */
  refresh(): void;
  /** Wants other pictures from now on. */
  change(wants: PictureWants): void;
}

/**
 * Pictures of the tab that is active, as it changes, for any number of watchers: one screencast of Chromium for all of them, on a session of
 * its own that is there only as long as somebody watches. A frame is acknowledged, so that the next one is drawn, as soon as any watcher can
 * take another; one that is slow misses frames and costs nobody anything.
 */
export class Screencast {
  readonly #options: ScreencastOptions;
  readonly #watchers = new Set<Watcher>();
  /** Notified when watchers come and go, and when other pictures are wanted. */
  readonly #watch = new Watch();
  #size = new PictureSize();
  #running: Promise<void> | undefined;
  #showing: { session: CdpSession; sessionId: string; tab: TabState } | undefined;
  #last: Frame | undefined;
  /** Of the frames that Chromium waits for an answer to. */
  #unacknowledged: number[] = [];
  #needsRefresh = false;
  #refreshTimer: NodeJS.Timeout | undefined;
  #stillTimer: NodeJS.Timeout | undefined;
  /** Since when nobody could take the last frame. */
  #slowSince: number | undefined;

  constructor(options: ScreencastOptions) {
    this.#options = options;
  }

  /** How many watch. */
  get audience(): number {
    return this.#watchers.size;
  }

  /**
   * Begins to watch. Whoever is not the first gets the last frame at once. Nothing comes any more once the browser has ended.
   * @throws {CarrelError} `browser_not_running`
   */
  async watch(options: WatcherOptions): Promise<Watching> {
    const source = this.#options.source();
    const watcher = new Watcher(options, () => this.#acknowledge());
    this.#watchers.add(watcher);
    this.#options.onAudience();
    this.#watch.notify();
    this.#running ??= this.#run(source);
    if (this.#last !== undefined) watcher.offer(this.#last);
    return {
      ready: () => watcher.look(),
      refresh: () => this.#refresh(),
      change: (wants) => {
        watcher.wants = wants;
        this.#watch.notify();
      },
      [Symbol.asyncDispose]: async () => {
        if (!this.#watchers.delete(watcher)) return;
        watcher[Symbol.dispose]();
        this.#acknowledge(); // those who are left may have waited for it
        this.#options.onAudience();
        this.#watch.notify();
        if (this.#watchers.size === 0) await this.#running;
      },
    };
  }

  async #run(source: ScreencastSource): Promise<void> {
    try {
      await using session = await CdpSession.open(source.multiplexer);
      let isOver = false;
      void session.closed.then(() => {
        isOver = true;
        this.#watch.notify();
      });
      session.on('Page.screencastFrame', (event, sessionId) => this.#receive(event, sessionId));
      const mask = maskSecrets(session);
      const stage = { session, tabs: source.tabs, mask, isOver: () => isOver };
      while (this.#watchers.size > 0 && !isOver) await this.#showActive(stage);
    } catch {
      // The browser has gone away, which everybody is told who has to do with it.
    } finally {
      this.#running = undefined;
      this.#last = undefined;
      this.#size = new PictureSize();
    }
    // Somebody may have come while the session was taken down.
    if (this.#watchers.size > 0) this.#restart();
  }

  #restart(): void {
    try {
      this.#running ??= this.#run(this.#options.source());
    } catch {
      // It ran when they began to watch and does no more: nothing comes, as promised.
    }
  }

  /** Shows the tab that is active now for as long as it is. */
  async #showActive({ session, tabs, mask, isOver }: Stage): Promise<void> {
    const tab = tabs.active();
    const isPast = () => isOver() || this.#watchers.size === 0 || tabs.active() !== tab;
    if (tab === undefined) return await this.#until(tabs, isPast);
    const { commits } = tab;
    try {
      const { sessionId } = await session.send('Target.attachToTarget', { targetId: tab.id, flatten: true });
      mask(sessionId);
      this.#showing = { session, sessionId, tab };
      try {
        while (!isPast()) await this.#castOnce(tabs, isPast);
      } finally {
        this.#forget();
        await session.send('Target.detachFromTarget', { sessionId }).catch(() => {
          // The tab has closed, and the session with it.
        });
      }
    } catch {
      // The tab is about to close, or the browser: the next one comes, or none. Or it was just then that its page went to another process.
      await this.#until(tabs, () => isPast() || tab.commits !== commits);
    }
  }

  /** One screencast, until another is wanted. */
  async #castOnce(tabs: TabList, isPast: () => boolean): Promise<void> {
    if (this.#showing === undefined) return;
    const { session, sessionId } = this.#showing;
    const wanted = this.#wanted();
    this.#unacknowledged = [];
    this.#needsRefresh = false;
    await session.send('Page.startScreencast', { format: 'jpeg', ...wanted }, { sessionId });
    const isOther = () => this.#needsRefresh || JSON.stringify(this.#wanted()) !== JSON.stringify(wanted);
    await this.#until(tabs, () => isPast() || isOther());
    if (!isPast()) await session.send('Page.stopScreencast', undefined, { sessionId });
  }

  #wanted() {
    return this.#size.of([...this.#watchers].map(({ wants }) => wants));
  }

  #forget(): void {
    clearTimeout(this.#refreshTimer);
    clearTimeout(this.#stillTimer);
    this.#refreshTimer = undefined;
    this.#showing = undefined;
    this.#last = undefined;
    this.#unacknowledged = [];
    this.#slowSince = undefined;
  }

  /** Waits until a condition holds that tabs and watchers have a say in. */
  async #until(tabs: TabList, condition: () => boolean): Promise<void> {
    const stop = new AbortController();
    const { signal } = stop;
    await Promise.race([tabs.watch.until(condition, { signal }), this.#watch.until(condition, { signal })]);
    stop.abort();
  }

  #receive({ data, metadata, sessionId: frameNumber }: Protocol.Page.ScreencastFrameEvent, sessionId: string | undefined): void {
    if (this.#showing === undefined || sessionId !== this.#showing.sessionId) return;
    clearTimeout(this.#refreshTimer);
    this.#refreshTimer = undefined;
    const frame: Frame = {
      jpeg: Buffer.from(data, 'base64'),
      tabId: this.#showing.tab.id,
      width: metadata.deviceWidth,
      height: metadata.deviceHeight,
      takenAtMs: metadata.timestamp === undefined ? Date.now() : metadata.timestamp * 1000,
    };
    this.#last = frame;
    this.#unacknowledged.push(frameNumber);
    if (this.#size.aged(Date.now() - frame.takenAtMs)) this.#watch.notify();
    clearTimeout(this.#stillTimer);
    if (this.#size.isReduced) this.#stillTimer = setTimeout(() => this.#sharpen(), STILL_MS);
    const watchers = [...this.#watchers];
    if (watchers.some(({ isReady }) => isReady)) this.#waited(0);
    else this.#slowSince ??= performance.now();
    for (const watcher of watchers) watcher.offer(frame);
  }

  /** Somebody can take another frame. */
  #acknowledge(): void {
    if (this.#slowSince !== undefined) this.#waited(performance.now() - this.#slowSince);
    if (this.#showing === undefined || this.#unacknowledged.length === 0) return;
    const { session, sessionId } = this.#showing;
    const frames = this.#unacknowledged;
    this.#unacknowledged = [];
    for (const frame of frames) {
      session.send('Page.screencastFrameAck', { sessionId: frame }, { sessionId }).catch(() => {
        // The tab has closed, or the browser: nothing more comes of it.
      });
    }
    if (frames.length >= STALLED_FRAMES) this.#refreshTimer ??= setTimeout(() => this.#refresh(), REFRESH_MS);
  }

  #sharpen(): void {
    // Who is slow is waited for: that no frame comes does not say that nothing moves.
    if (this.#slowSince !== undefined) return;
    this.#size.restore();
    this.#watch.notify();
  }

  #refresh(): void {
    this.#refreshTimer = undefined;
    this.#needsRefresh = true;
    this.#watch.notify();
  }

  #waited(ms: number): void {
    this.#slowSince = undefined;
    if (this.#size.waited(ms)) this.#watch.notify();
  }
}
