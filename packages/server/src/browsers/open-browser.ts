import { Browser, type BrowserOptions, type BrowserEvent as EngineEvent, type Isolation } from '@carrel/browser';
import {
  BROWSER_WEBHOOK_EVENTS,
  type BrowserEvent,
  type BrowserEventType,
  type Browser as BrowserResource,
  CarrelError,
  type IsolationLevel,
  type NeedsHuman,
  type NetworkRules,
  type ProfileVersion,
  type Proxies,
} from '@carrel/protocol';
import type { CaptchaDesk } from '../captchas/index.js';
import type { BrowserRecord, Store } from '../store/index.js';
import type { BrowserProfile } from './browser-profile.js';

export interface OpenBrowserOptions extends Omit<BrowserOptions, 'onEvent' | 'profile'> {
  projectId: string;
  endUserId: string | null;
  metadata: Record<string, string>;
  network: NetworkRules;
  warnings: readonly string[];
  profile: BrowserProfile | undefined;
  startup: Pick<BrowserRecord, 'startup' | 'startupReason'>;
  isolation: Isolation;
  store: Store;
  /** Of the browser of a turn: takes out of its log what nobody is to read. */
  redact: (<T>(value: T) => T) | undefined;
  /** Of the same: what it is for. */
  closedPurpose: ClosedPurpose | undefined;
}

/** Why calls neither read nor drive a browser: the agent of a task does, a person who signs in, or what fills in from a vault. */
export type ClosedPurpose = 'task' | 'sign_in' | 'vault';

/** A browser of this server, from its opening until nothing of it is left: the engine's browser, with its owner, its log and its record. */
export class OpenBrowser {
  readonly projectId: string;
  /** Why calls neither read nor drive it; undefined: they do. */
  readonly closedPurpose: ClosedPurpose | undefined;
  readonly engine: Browser;
  /** Resolves when it can be used; rejects as the engine's `started` does. */
  readonly started: Promise<void>;
  /** Who sees to its captchas, where that is asked for. */
  captchas: CaptchaDesk | undefined;
  readonly #isolation: Pick<Isolation, 'level' | 'reasons'>;
  readonly #endUserId: string | null;
  readonly #network: NetworkRules;
  readonly #warnings: readonly string[];
  readonly #profile: BrowserProfile | undefined;
  readonly #startup: OpenBrowserOptions['startup'];
  readonly #store: Store;
  readonly #redact: OpenBrowserOptions['redact'];
  readonly #followers = new Set<(event: BrowserEvent) => void>();
  #metadata: Record<string, string>;
  #needsHuman: NeedsHuman | null = null;
  #onHumanDone: () => void = () => {};
  #lastEventId = 0;
  #isDisowned = false;

  constructor({
    projectId,
    endUserId,
    metadata,
    network,
    warnings,
    profile,
    startup,
    isolation,
    store,
    redact,
    closedPurpose,
    ...options
  }: OpenBrowserOptions) {
    this.projectId = projectId;
    this.#endUserId = endUserId;
    this.#metadata = metadata;
    this.#network = network;
    this.#warnings = warnings;
    this.#profile = profile;
    this.#startup = startup;
    this.#isolation = isolation;
    this.#store = store;
    this.#redact = redact;
    this.closedPurpose = closedPurpose;
    const early: EngineEvent[] = [];
    let log = (event: EngineEvent): void => {
      early.push(event);
    };
    const { browser, started } = Browser.open(isolation, { ...options, profile: profile?.options, onEvent: (event) => log(event) });
    this.engine = browser;
    this.started = started;
    // The row comes before its events, and the events of the constructor after the object is whole.
    log = (event) => this.#log(event);
    for (const event of early) log(event);
    profile?.follow(browser, (type, data) => log({ type, at: new Date(), data: data as EngineEvent['data'] }));
  }

  get id(): string {
    return this.engine.id;
  }

  /** Whether it is that of a turn, which only its agent drives. */
  get isOfTurn(): boolean {
    return this.closedPurpose !== undefined;
  }

  get isolationLevel(): IsolationLevel {
    return this.#isolation.level;
  }

  get startup(): BrowserRecord['startup'] {
    return this.#startup.startup;
  }

  /** The resource as the API shows it, without its secret. */
  get record(): BrowserRecord {
    const { id, kind, status, version, identity, createdAt, endedAt, reason, limits, standby } = this.engine;
    const { level, reasons } = this.#isolation;
    return {
      id,
      projectId: this.projectId,
      status,
      kind,
      browserVersion: version,
      isolation: { level, reasons: [...reasons] },
      standby,
      ...this.#startup,
      createdAt: createdAt.toISOString(),
      endedAt: endedAt?.toISOString() ?? null,
      expiresAt: limits.expiresAt.toISOString(),
      idleTimeoutSeconds: limits.idleTimeoutMs / 1000,
      maxDurationSeconds: limits.maxDurationMs / 1000,
      reason,
      endUserId: this.#endUserId,
      metadata: this.#metadata,
      network: { exit: this.engine.network.exit, allow: this.#network.allow ?? null, deny: this.#network.deny ?? [] },
      identity,
      profile: this.#profile?.resource ?? null,
      // Where it is done is a secret, and told apart.
      needsHuman: this.#needsHuman === null ? null : withoutUrl(this.#needsHuman),
      warnings: [...this.#warnings],
    };
  }

  /** Changes what a caller may change. @throws {CarrelError} `browser_not_running` */
  update(changes: { idleTimeoutMs?: number; maxDurationMs?: number; metadata?: Record<string, string> }): void {
    const { idleTimeoutMs, maxDurationMs } = this.engine.limits;
    this.engine.changeLimits(changes);
    const isSame = idleTimeoutMs === this.engine.limits.idleTimeoutMs && maxDurationMs === this.engine.limits.maxDurationMs;
    // Clients keep a browser alive by asking for the limit that it has: a sign of life, and no news.
    if (isSame && changes.metadata === undefined) return;
    this.#metadata = changes.metadata ?? this.#metadata;
    const { idleTimeoutSeconds, maxDurationSeconds } = this.record;
    this.#log({ type: 'browser.updated', at: new Date(), data: { idleTimeoutSeconds, maxDurationSeconds } });
  }

  /** Where a person can do what it waits for; null: it waits for nobody. */
  get humanUrl(): string | null {
    return this.#needsHuman?.liveUrl ?? null;
  }

  /** What it waits for a person with; null: for nobody. */
  get needsHuman(): NeedsHuman | null {
    return this.#needsHuman;
  }

  /** The person says that they have done it. */
  humanIsDone(): void {
    this.#onHumanDone();
  }

  /**
   * Says that it waits for a person, and for what. @returns to be called when it does not any more, with whether they have done it
   * @param options.isTold whether webhooks are told; by default they are
   * @param options.onDone called when the person says that they have done it
   */
  needHuman(
    needed: NeedsHuman,
    { isTold = true, onDone = () => {} }: { isTold?: boolean; onDone?: () => void } = {},
  ): (isDone: boolean) => void {
    this.#onHumanDone = onDone;
    const { reason, message, expiresAt, liveUrl = null } = needed;
    this.#needsHuman = needed;
    const data = { reason, message, expiresAt };
    this.#log({ type: 'human.needed', at: new Date(), data }, isTold ? { link: liveUrl } : undefined);
    return (isDone) => {
      if (this.#needsHuman !== needed) return;
      this.#needsHuman = null;
      this.#onHumanDone = () => {};
      this.#log({ type: isDone ? 'human.done' : 'human.missed', at: new Date(), data: { reason } });
    };
  }

  /** Has the next browsers of its profile leave where this one was asked to. */
  async keepExit(proxies: Proxies | undefined): Promise<void> {
    await this.#profile?.keepExit(proxies);
  }

  /** Saves its state to its profile while it runs on. @throws {CarrelError} as the engine's checkpoint does, and what saving throws */
  checkpoint(): Promise<ProfileVersion> {
    if (this.#profile !== undefined) return this.#profile.checkpoint(this.engine);
    return Promise.reject(
      new CarrelError('conflict', `Browser ${this.id} has no profile: open it with \`profile: { id, persist: true }\`.`),
    );
  }

  /** Writes nothing down any more: its record is another's, or gone. */
  disown(): void {
    this.#isDisowned = true;
  }

  /** Writes in its log what others have done with it; of one that has ended the log says nothing more. */
  tell(type: BrowserEventType, data: EngineEvent['data']): void {
    if (this.engine.endedAt !== null) return;
    this.#log({ type, at: new Date(), data }, isWebhookEvent(type) ? { link: null } : undefined);
  }

  /** Hears of every event from now on; returns how to stop. */
  follow(listener: (event: BrowserEvent) => void): () => void {
    this.#followers.add(listener);
    return () => this.#followers.delete(listener);
  }

  /** @param told is there when webhooks are told of it, with the link for the person who is asked */
  #log({ type, at, data }: EngineEvent, told?: { link: string | null }): void {
    if (type === 'browser.failed') this.#profile?.noteLost(this.engine.reason?.message ?? '');
    const event: BrowserEvent = { id: ++this.#lastEventId, type, createdAt: at.toISOString(), data: this.#redact?.(data) ?? data };
    if (!this.#isDisowned) this.#write(event, told);
    for (const follower of this.#followers) follower(event);
  }

  #write(event: BrowserEvent, told: { link: string | null } | undefined): void {
    const { writes, webhookDeliveries } = this.#store;
    if (/^(browser|profile|human)\./.test(event.type) || event.type === 'network.exit_changed') writes.putBrowser(this.record);
    writes.appendEvent(this.id, event, told && webhookDeliveries.noticeOf(this.record, event, told.link));
  }
}

const isWebhookEvent = (type: BrowserEventType) => (BROWSER_WEBHOOK_EVENTS as readonly string[]).includes(type);
const withoutUrl = ({ liveUrl: _, ...shown }: NeedsHuman): NeedsHuman => shown;

/** A record as the API shows it, with the URLs that are to be shown. */
export function toResource(
  { projectId: _, ...record }: BrowserRecord,
  urls: Pick<BrowserResource, 'cdpUrl' | 'liveUrl'> = {},
): BrowserResource {
  return { ...record, ...urls };
}
