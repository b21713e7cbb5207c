import { setTimeout as delay } from 'node:timers/promises';
import { type BrowserEventType, type BrowserKind, type Identity, newId } from '@carrel/protocol';
import type { BrowserLimits } from '../browser-options.js';
import { type Connection, connect, launch, type Tenant } from '../connection.js';
import { type DescribedIdentity, describeIdentity, type ResolveOptions } from '../identity/index.js';
import type { IsolatedBrowser, Isolation } from '../isolation/index.js';
import type { JsonObject } from '../page/index.js';
import { asLaunchError, withinStartTime } from '../sudden-ends.js';

const START_TIMEOUT_MS = 30_000;
const HEALTH_TIMEOUT_MS = 1_000;
/** Chromium takes some 3 ms to hear of another time zone; on a busy machine, longer. */
const TIMEZONE_TIMEOUT_MS = 1_000;
const TIMEZONE_POLL_MS = 1;
/** How long after its start a browser surely listens: the full one begins some 5 s after it. */
const LISTENS_AFTER_MS: Readonly<Record<BrowserKind, number>> = { 'headless-shell': 0, chromium: 10_000 };

/** Who is to get a browser that nobody has asked for yet. */
export interface Wish extends Pick<ResolveOptions, 'asked' | 'country'> {
  kind: BrowserKind;
}

export interface PreparedBrowserOptions {
  isolation: Isolation;
  wish: Wish;
  limits: BrowserLimits;
  /** It cannot be handed out any more: it has ended, or something has happened to it. */
  onSpoiled: () => void;
}

/** What whoever claims a prepared browser gets. */
export interface Claimed {
  isolated: IsolatedBrowser;
  connection: Connection;
  about: DescribedIdentity;
}

/**
 * A browser that is started before anybody asks for one: behind its walls, connected, its page open, and without a way out. It becomes that
 * of whoever claims it, once.
 */
export class PreparedBrowser implements AsyncDisposable {
  readonly id = newId('browser');
  readonly kind: BrowserKind;
  readonly #begunAt = performance.now();
  #timezone: string | undefined;
  /** Resolves when it can be handed out, to whether it started at all; why it did not is told to nobody here. */
  readonly ready: Promise<void>;
  readonly #onSpoiled: () => void;
  readonly #launching: Promise<IsolatedBrowser>;
  #whole: Claimed | undefined;
  #tenant: Tenant | undefined;
  /** What happened before somebody was there to hear it. */
  readonly #early: [type: BrowserEventType, data: JsonObject][] = [];
  #isSpoiled = false;
  #isDisposed = false;

  constructor({ isolation, wish, limits, onSpoiled }: PreparedBrowserOptions) {
    this.kind = wish.kind;
    this.#onSpoiled = onSpoiled;
    const describing = describeIdentity(isolation, wish.kind, { asked: wish.asked, country: wish.country ?? null });
    this.#launching = describing.then(({ identity }) => {
      this.#timezone = identity.timezone;
      return launch(isolation, { id: this.id, kind: this.kind, identity, priority: 'low' }, this.#forwarder);
    });
    this.#launching.catch(() => {}); // `ready` tells
    this.ready = this.#start(describing, limits);
    this.ready.catch(() => {}); // whoever waits for it hears it
  }

  /** Whether it has started, and nothing has happened to it since. */
  get isReady(): boolean {
    return this.#whole !== undefined && !this.#isSpoiled && this.#tenant === undefined;
  }

  /** Has it start as fast as it can: somebody waits for it. */
  async hurry(): Promise<void> {
    (await this.#launching).prioritize('normal');
  }

  /** The time zone that it is in, or starts in; undefined until that is known. */
  get timezone(): string | undefined {
    return this.#timezone;
  }

  /** Whether it can be moved to another time zone, as soon as it is ready. */
  get canMove(): boolean {
    return performance.now() - this.#begunAt >= LISTENS_AFTER_MS[this.kind];
  }

  /**
   * Asks it for a sign of life, on behalf of somebody who is to get it, and moves it to the time zone of theirs: from now on it has its full
   * share of the processors. False when it cannot be handed out to anybody.
   */
  async isFitFor({ timezone }: Identity): Promise<boolean> {
    if (this.#whole === undefined || !this.isReady) return false;
    this.#whole.isolated.prioritize('normal');
    const fits = timezone === this.timezone ? this.#answers(this.#whole) : this.#moveTo(timezone, this.#whole);
    // It has ended, or takes too long: the next one is better.
    return (await fits.catch(() => false)) && this.isReady;
  }

  async #answers({ connection }: Claimed): Promise<boolean> {
    await connection.session.send('Browser.getVersion', undefined, { timeoutMs: HEALTH_TIMEOUT_MS });
    return true;
  }

  async #moveTo(timezone: string, { isolated, connection, about }: Claimed): Promise<boolean> {
    const deadline = performance.now() + TIMEZONE_TIMEOUT_MS;
    await isolated.changeTimezone?.(timezone);
    while (!(await connection.identityClient.isIn(timezone, { timeoutMs: HEALTH_TIMEOUT_MS }))) {
      if (performance.now() > deadline) return false;
      await delay(TIMEZONE_POLL_MS);
    }
    about.identity = { ...about.identity, timezone };
    this.#timezone = timezone;
    return true;
  }

  /** Gives it to somebody. @throws when it is not ready */
  claim(tenant: Tenant): Claimed {
    const whole = this.#whole;
    if (whole === undefined || !this.isReady) throw new Error(`prepared browser ${this.id} cannot be claimed`);
    this.#tenant = tenant;
    for (const [type, data] of this.#early.splice(0)) tenant.emit(type, data);
    return whole;
  }

  /** Ends it, unless somebody has it; resolves when nothing of it is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#tenant !== undefined || this.#isDisposed) return;
    this.#isDisposed = true;
    this.#isSpoiled = true;
    const isolated = await this.#launching.catch(() => undefined); // it did not start
    if (isolated === undefined) return;
    try {
      await isolated.kill();
      await this.#whole?.connection.pages[Symbol.asyncDispose]();
    } finally {
      await isolated.remove();
    }
  }

  async #start(describing: Promise<DescribedIdentity>, limits: BrowserLimits): Promise<void> {
    try {
      const [isolated, about] = await Promise.all([this.#launching, describing]);
      const connecting = connect(isolated, about, { kind: this.kind, limits, tenant: this.#forwarder });
      const connected = connecting.then(async (connection) => {
        connection.multiplexer.onClosed(() => this.#spoil());
        await connection.identityClient.taken();
        this.#whole = { isolated, connection, about };
      });
      await withinStartTime(connected, isolated, START_TIMEOUT_MS);
      // The limits may have ended it before somebody was there to be told.
      if (this.#isSpoiled) throw new Error('it was spoiled while it started');
    } catch (cause) {
      this.#spoil();
      throw asLaunchError(cause);
    }
  }

  /** Passes on to whoever has it. */
  readonly #forwarder: Tenant = {
    acceptEgress: (socket) => {
      if (this.#tenant === undefined)
        socket.destroy(); // nobody's requests go nowhere
      else this.#tenant.acceptEgress(socket);
    },
    lastFailure: (url) => this.#tenant?.lastFailure(url),
    emit: (type, data) => {
      if (this.#tenant !== undefined) this.#tenant.emit(type, data);
      else if (type === 'tab.opened' && this.#early.length === 0) this.#early.push([type, data]);
      else this.#spoil(); // all that it is to have is one page, and nothing is to happen to that
    },
    onIncident: (incident) => {
      if (this.#tenant === undefined) this.#spoil();
      else this.#tenant.onIncident(incident);
    },
  };

  #spoil(): void {
    if (this.#tenant !== undefined || this.#isSpoiled) return;
    this.#isSpoiled = true;
    this.#onSpoiled();
  }
}
