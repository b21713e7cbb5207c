import { type BrowserEventType, type BrowserKind, type BrowserStatus, CarrelError, type EndReason, type Identity } from '@carrel/protocol';
import type { BrowserOptions } from './browser-options.js';
import { type Captcha, CaptchaWatch } from './captcha/index.js';
import type { ClientEndpoint, MultiplexerClient } from './cdp/index.js';
import { BrowserClients } from './clients.js';
import { type Connection, connect, launch, type Tenant } from './connection.js';
import { ConsoleWatch, type ConsoleWatchOptions } from './console/index.js';
import type { ForwardProxy } from './egress/index.js';
import { describeIdentity } from './identity/index.js';
import type { IsolatedBrowser, Isolation, IsolationIncident, LaunchRequest, ResourceUse } from './isolation/index.js';
import { endFor, isEnd, Lifecycle } from './lifecycle.js';
import { followShown, type HandListener, Hands, type Shown } from './live/index.js';
import type { JsonObject, Pages, Pointed } from './page/index.js';
import type { PreparedBrowser } from './pool/index.js';
import { ProfileKeeper } from './profile/index.js';
import { removeChromium } from './remove-chromium.js';
import { Screencast } from './screencast/index.js';
import { Standby } from './standby.js';
import { asLaunchError, endAfter, endUnlessRecovered, howItCrashed, withinStartTime } from './sudden-ends.js';
import { TimeLimits, timeOver } from './time-limits.js';
import { openWayOut } from './way-out.js';

const DEFAULT_START_TIMEOUT_MS = 30_000;

/** One isolated browser: its processes, its clients, its pages, and its life from `starting` to an end. */
export class Browser implements AsyncDisposable {
  readonly id: string;
  readonly kind: BrowserKind;
  readonly createdAt = new Date();
  readonly #options: BrowserOptions;
  readonly #lifecycle: Lifecycle;
  readonly #limits: TimeLimits;
  readonly #standby: Standby;
  readonly #proxy: ForwardProxy;
  #launching: Promise<IsolatedBrowser> | undefined;
  readonly #keeper: ProfileKeeper | undefined;
  #connection: Connection | undefined;
  /** All that it was to start with is in it: what is saved of it before that would be less than there was. */
  #isRestored = false;
  readonly #clients: BrowserClients;
  /** What the active tab shows. Watching is no activity, but nobody watches one that sleeps: it is woken, and stays awake meanwhile. */
  readonly screencast = new Screencast({
    source: () => {
      const { multiplexer, pages } = this.#watched();
      return { multiplexer, tabs: pages.tabList };
    },
    onAudience: () => this.#standby.touch(),
  });
  #identity: Identity | null = null;
  #hasHungUp = false;
  #teardown: Promise<void> | undefined;
  #resolveEnding: () => void = () => {};
  /** Resolves when it begins to end: it takes no calls any more. */
  readonly ending: Promise<void> = new Promise((resolve) => {
    this.#resolveEnding = resolve;
  });
  #settleEnded: (teardown: Promise<void>) => void = () => {};
  /**
   * Resolves when it has ended and nothing of it is left on the machine. Rejects when it has ended, but something of it could not be removed
   * or not be saved.
   */
  readonly ended: Promise<void> = new Promise((resolve) => {
    this.#settleEnded = resolve;
  });

  /** What its Chromium asks and tells. */
  readonly #tenant: Tenant = {
    acceptEgress: (socket) => this.#proxy.accept(socket),
    lastFailure: (url) => this.#proxy.lastFailure(url),
    // Of a browser that has ended the log says nothing more: this is about what was cut short.
    emit: (type, data) => isEnd(this.status) || this.#emit(type, data),
    onIncident: (incident) => void this.#exceeded(incident),
  };

  private constructor(options: BrowserOptions) {
    this.id = options.id;
    this.kind = options.kind;
    this.#options = options;
    this.#lifecycle = new Lifecycle(({ to, at, reason }) => this.#emit(`browser.${to}`, reason === null ? {} : { reason }, at));
    this.#limits = new TimeLimits({
      idleTimeoutMs: options.idleTimeoutMs,
      maxDurationMs: options.maxDurationMs,
      onLimit: (limit) => this.#end(timeOver(limit, this.#limits)),
    });
    this.#standby = new Standby({
      afterMs: options.standbyAfterMs ?? 0,
      isBusy: () => this.#clients.count > 0 || this.screencast.audience > 0 || this.status !== 'running',
      progress: () => this.#proxy.totals.bytesIn + this.#proxy.totals.bytesOut,
      settle: () => this.#settle(),
      stop: async () => (await this.#whole()).isolated.freeze(),
      onChange: (state) => this.#tenant.emit(`browser.${state}`, {}),
    });
    this.#keeper = options.profile === undefined ? undefined : new ProfileKeeper(options.profile);
    this.#proxy = openWayOut(options.egress, this.#tenant.emit);
    this.#clients = new BrowserClients({
      emit: this.#tenant.emit,
      keeper: this.#keeper,
      onActivity: () => this.#limits.touch(),
      onLeft: () => this.#standby.touch(),
    });
    this.#emit('browser.starting', { kind: options.kind });
  }

  /**
   * Starts a browser. The object exists at once; `started` resolves when it can be used, and rejects (`chromium_not_found`, `launch_failed`,
   * `browser_not_running` when it was closed meanwhile) when it cannot: the browser has then ended as `failed` or `closed`.
   */
  static open(isolation: Isolation, options: BrowserOptions): { browser: Browser; started: Promise<void> } {
    const browser = new Browser(isolation.mayStandStill ? options : { ...options, standbyAfterMs: 0 });
    // A start is no idleness, however long it takes.
    return { browser, started: browser.#limits.during(() => browser.#start(isolation)) };
  }

  get status(): BrowserStatus {
    return this.#lifecycle.status;
  }

  /** Why it ended, or is ending. */
  get reason(): EndReason | null {
    return this.#lifecycle.reason;
  }

  get endedAt(): Date | null {
    return this.#lifecycle.endedAt;
  }

  /** E.g. `156.0.8078.79`. */
  get version(): string | null {
    return this.#connection?.version ?? null;
  }

  /** Who it is to pages; null until it is launched. */
  get identity(): Identity | null {
    return this.#identity;
  }

  /** What it asked the network for, and where it leaves. */
  get network(): Pick<ForwardProxy, 'exit' | 'totals' | 'entries' | 'origins'> {
    return this.#proxy;
  }

  /** How many CDP clients are connected. */
  get clientCount(): number {
    return this.#clients.count;
  }

  /** Whether it is put to sleep while it has nothing to do, and sleeps now. */
  get standby(): 'off' | 'asleep' | 'awake' {
    return this.#standby.state;
  }

  get limits(): Pick<TimeLimits, 'idleTimeoutMs' | 'maxDurationMs' | 'expiresAt'> {
    return this.#limits;
  }

  /**
   * Does something with the browser's pages on behalf of a client; it counts as activity for as long as it takes.
   * @throws {CarrelError} `browser_not_running`, also at once when it is closed meanwhile; `browser_crashed` when it crashes meanwhile
   */
  use<T>(work: (pages: Pages) => Promise<T>): Promise<T> {
    const pages = this.#connection?.pages;
    if (pages === undefined || this.status !== 'running') return Promise.reject(this.#notRunning());
    return this.#during(() => this.#untilEnding(work(pages)));
  }

  /** A call of somebody's, who finds it awake. */
  #during<T>(call: () => Promise<T>): Promise<T> {
    return this.#limits.during(() => this.#standby.during(call));
  }

  /** What ends a browser also breaks whatever is under way; how the browser ended says more than what broke. */
  async #untilEnding<T>(work: Promise<T>): Promise<T> {
    const [outcome] = await Promise.race([Promise.allSettled([work]), this.ending.then(() => [])]);
    if (this.#hasHungUp) await this.ending;
    if (outcome === undefined || this.#teardown !== undefined) {
      const { code, message } = this.reason ?? {};
      throw code === 'crashed'
        ? new CarrelError('browser_crashed', `Browser ${this.id} crashed meanwhile: ${message}`)
        : this.#notRunning();
    }
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  }

  /**
   * Lets a CDP client in.
   * @throws {CarrelError} `browser_not_running`
   */
  async attachClient(endpoint: ClientEndpoint): Promise<MultiplexerClient> {
    const connection = this.#connection;
    if (connection === undefined || this.status !== 'running') throw this.#notRunning();
    this.#limits.touch();
    this.#standby.touch();
    // Chromium 156: a page that is sent somewhere before its first renderer runs may crash of it. What it refuses ends the browser, which says so.
    await connection.identityClient.taken().catch(() => {});
    if (this.status !== 'running') throw this.#notRunning();
    return await this.#clients.attach(connection, endpoint);
  }

  /**
   * Puts a person's hands in the active tab, until what is returned is disposed of; it is activity for as long. What CDP clients do with mouse
   * and keyboard waits meanwhile.
   * @throws {CarrelError} `browser_not_running`
   */
  async takeOver(listener: HandListener): Promise<Hands> {
    const { multiplexer, pages } = this.#watched();
    const hands = await this.#during(() => Hands.open({ multiplexer, pages, held: this.#clients.holdInput() }, listener));
    void this.#during(() => hands.left);
    return hands;
  }

  /** Tells where agents and people press, and move the pointer, as it happens; returns how to stop. @throws {CarrelError} `browser_not_running` */
  followPointer(onPointed: (pointed: Pointed) => void): () => void {
    return this.#watched().pages.pointer.on(onPointed);
  }

  /** Tells what is shown beside its picture, now and whenever it changes. It is no activity. @throws {CarrelError} `browser_not_running` */
  followShown(onShown: (shown: Shown) => void): Disposable {
    const { pages, session } = this.#watched();
    return followShown(pages.tabList, session, onShown);
  }

  #watched(): Connection {
    const connection = this.#connection;
    if (connection === undefined || this.status !== 'running') throw this.#notRunning();
    return connection;
  }

  /**
   * Tells which captchas stand in its pages, and whenever that changes, until it ends.
   * @throws {CarrelError} `browser_not_running`
   */
  async watchCaptchas(onChange: (captchas: Captcha[]) => void): Promise<CaptchaWatch> {
    const { connection } = await this.#whole();
    return await CaptchaWatch.start(connection.multiplexer, onChange);
  }

  /**
   * Tells what its pages write to their console, until what is returned is disposed of.
   * @throws {CarrelError} `browser_not_running`
   */
  async watchConsole(options: ConsoleWatchOptions): Promise<AsyncDisposable> {
    return await ConsoleWatch.start(this.#watched().multiplexer, options);
  }

  /**
   * What it uses of the machine now. It is no activity, and one that sleeps sleeps on.
   * @throws {CarrelError} `browser_not_running`
   */
  async measure(): Promise<ResourceUse> {
    const { isolated } = await this.#whole();
    try {
      return await isolated.measure();
    } catch (error) {
      if (this.#teardown !== undefined) throw this.#notRunning();
      throw error;
    }
  }

  /** A sign of life from a client. */
  touch(): void {
    this.#limits.touch();
  }

  /** Changes the time limits. */
  changeLimits(limits: { idleTimeoutMs?: number; maxDurationMs?: number }): void {
    if (this.status !== 'running' && this.status !== 'starting') throw this.#notRunning();
    this.#limits.change(limits);
  }

  /**
   * Saves its state to its profile while it runs on; `onlyWhenChanged`: unless nothing seems to have changed since the last time.
   * @throws {CarrelError} `browser_not_running`, `conflict` when nothing of it is kept, `browser_crashed`, `page_unresponsive`, and what saving throws
   */
  async checkpoint({ onlyWhenChanged = false } = {}): Promise<void> {
    const { connection, isolated } = await this.#whole();
    const keeper = this.#keeper;
    if (keeper?.saves !== true) {
      throw new CarrelError('conflict', `Browser ${this.id} saves to no profile: open it with \`profile: { id, persist: true }\`.`);
    }
    const save = () => this.#untilEnding(keeper.checkpoint(connection, isolated, { onlyWhenChanged }));
    if (!onlyWhenChanged) return this.#standby.during(save);
    // What changed before it fell asleep was saved then; and nobody who saves it now and then keeps it awake by that.
    if (this.standby !== 'asleep') await this.#standby.hold(save);
  }

  /**
   * Closes it. An ephemeral browser is killed, and the answer does not wait for its processes to be gone: `ended` does. One that keeps
   * something is asked to write everything out, and the answer comes after it was saved.
   */
  async close(reason: EndReason = { code: 'closed_by_client', message: 'Closed by a client.' }): Promise<void> {
    const ending = this.#end(reason);
    if (this.#keeper?.saves === true) await ending;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    await this.ended;
  }

  async #start(isolation: Isolation): Promise<void> {
    const { prepared } = this.#options;
    try {
      await (prepared === undefined ? this.#startCold(isolation) : this.#moveInto(prepared));
      if (!this.#lifecycle.to('running')) throw this.#notRunning();
      this.#isRestored = true;
      this.#limits.touch();
      this.#standby.start();
    } catch (cause) {
      if (this.reason?.code === 'launch_failed') throw new CarrelError('launch_failed', this.reason.message, { cause });
      if (this.#teardown !== undefined) throw this.#notRunning(); // closed while it started
      const error = asLaunchError(cause);
      await this.#end({ code: 'launch_failed', message: error.message }).catch(() => {
        // What could not be removed, `ended` tells; why it did not start matters more here.
      });
      throw error;
    }
  }

  async #startCold(isolation: Isolation): Promise<void> {
    const { id, kind, identity: asked = {}, limits, startTimeoutMs = DEFAULT_START_TIMEOUT_MS } = this.#options;
    const { country } = this.#proxy.exit;
    const described = describeIdentity(isolation, kind, { asked, kept: this.#keeper?.identity, country });
    const fillProfile: LaunchRequest['fillProfile'] = async (directory, uid) => this.#keeper?.fill(directory, uid);
    this.#launching = described.then(({ identity }) => {
      this.#identity = identity;
      return launch(isolation, { id, kind, identity, fillProfile }, this.#tenant);
    });
    const [isolated, about] = await Promise.all([this.#launching, described]);
    const connecting = connect(isolated, about, { kind, limits, tenant: this.#tenant });
    await withinStartTime(
      connecting.then((connection) => this.#connected(connection, isolated)),
      isolated,
      startTimeoutMs,
    );
  }

  /** Becomes the one that was prepared. Nothing of that takes time: who can be it has been looked at before. */
  async #moveInto(prepared: PreparedBrowser): Promise<void> {
    const { isolated, connection, about } = prepared.claim(this.#tenant);
    this.#launching = Promise.resolve(isolated);
    const { geolocation = null } = this.#options.identity ?? {};
    this.#identity = { ...about.identity, geolocation };
    await this.#connected(connection, isolated);
    if (geolocation !== null) await connection.identityClient.moveTo(geolocation);
  }

  async #connected(connection: Connection, isolated: IsolatedBrowser): Promise<void> {
    this.#connection = connection;
    const { multiplexer, identityClient } = connection;
    multiplexer.onClosed(() => {
      this.#hasHungUp = true;
      void this.#crashed(isolated);
    });
    identityClient.taken().catch((error: unknown) => {
      // What hung up has crashed, which is told already.
      if (!this.#hasHungUp) void this.#end({ code: 'launch_failed', message: asLaunchError(error).message });
    });
    const restored = await this.#keeper?.bringBack(connection);
    if (restored !== undefined) this.#emit('profile.restored', { ...restored });
  }

  /** What it holds is saved and what it can do without is let go before it stands still: it may end without waking up. */
  async #settle(): Promise<void> {
    const { connection, isolated } = await this.#whole();
    if (this.#keeper?.savesByItself === true) await this.#keeper.checkpoint(connection, isolated, { onlyWhenChanged: true });
    await connection.pages.releaseMemory();
  }

  /** @throws {CarrelError} `browser_not_running` */
  async #whole(): Promise<{ connection: Connection; isolated: IsolatedBrowser }> {
    const connection = this.#connection;
    const isolated = await this.#launching?.catch(() => undefined); // whoever opened it was told
    if (connection === undefined || isolated === undefined || this.status !== 'running') throw this.#notRunning();
    return { connection, isolated };
  }

  /** It reached a limit. */
  async #exceeded(incident: IsolationIncident): Promise<void> {
    let reason = endAfter(incident);
    const { type, ...sizes } = incident;
    if (type === 'memory_exceeded') {
      this.#emit(`browser.${type}`, sizes);
      const { session } = this.#connection ?? {};
      if (session !== undefined) reason = await this.#standby.during(() => endUnlessRecovered(session));
    }
    if (reason !== undefined) void this.#end(reason);
  }

  /** Chromium hung up. When nobody asked it to, that is a crash: it is said, and never repaired behind the caller's back. */
  async #crashed(isolated: IsolatedBrowser): Promise<void> {
    if (this.#teardown !== undefined) return;
    const message = await howItCrashed(isolated);
    void this.#end({ code: 'crashed', message });
  }

  /** Ends it, once: whoever comes later waits for the same end. Whoever does not wait loses nothing: `ended` tells the outcome too. */
  #end(reason: EndReason): Promise<void> {
    if (this.#teardown === undefined) {
      this.#teardown = this.#tearDown(reason);
      this.#settleEnded(this.#teardown);
      this.ended.catch(() => {}); // for those who listen; nobody has to
    }
    return this.#teardown;
  }

  async #tearDown(reason: EndReason): Promise<void> {
    this.#limits[Symbol.dispose]();
    this.#standby[Symbol.dispose]();
    const { totals } = this.#proxy;
    if (totals.requests + totals.open > 0) this.#emit('network.totals', { ...totals });
    const end = endFor(reason);
    this.#lifecycle.to(end === 'failed' ? 'failed' : 'closing', reason);
    this.#resolveEnding();
    const isolated = await this.#launching?.catch(() => undefined); // its error was told to whoever opened the browser
    try {
      if (isolated !== undefined) {
        await removeChromium({
          isolated,
          connection: this.#connection,
          keeper: this.#keeper,
          // What they would still change might be in one part of what is saved and not in another.
          dismissClients: () => this.#clients.dismiss(),
          savesFirst: end !== 'failed' && this.#isRestored,
        });
      }
    } finally {
      this.#proxy[Symbol.dispose]();
      try {
        await this.#keeper?.[Symbol.asyncDispose]();
      } finally {
        this.#lifecycle.to(end);
      }
    }
  }

  #notRunning(): CarrelError {
    const why = this.reason === null ? 'it has not started yet' : this.reason.message;
    return new CarrelError('browser_not_running', `Browser ${this.id} is ${this.status}: ${why}`, { details: { status: this.status } });
  }

  #emit(type: BrowserEventType, data: JsonObject, at = new Date()): void {
    this.#options.onEvent?.({ type, at, data });
  }
}
