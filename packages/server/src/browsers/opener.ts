import type { BrowserPool, Isolation, PreparedBrowser } from '@carrel/browser';
import { CarrelError, type EndReason, newId, type OpenBrowserRequest } from '@carrel/protocol';
import type { Logger } from 'pino';
import type { CaptchaDesk } from '../captchas/index.js';
import type { ServerTiming } from '../http/server-timing.js';
import type { Metrics } from '../metrics/metrics.js';
import type { Profiles } from '../profiles/index.js';
import type { RecordedTurn, Recordings } from '../recordings/index.js';
import type { Settings } from '../settings/index.js';
import type { Store, VerifiedKey } from '../store/index.js';
import type { Admission } from './admission.js';
import { attachProfile, type Continued } from './attach-profile.js';
import { browserLimits } from './limits.js';
import { type ClosedPurpose, OpenBrowser } from './open-browser.js';
import type { Release } from './places.js';
import { refuseAbove, refuseBelow, refuseContradictions } from './refusals.js';
import { type Redact, trafficLog } from './request-lines.js';
import { SharedPlaces } from './shared-places.js';
import { type Preparation, takePrepared } from './startup.js';
import type { WayOut, WaysOut } from './ways-out.js';

export interface OpenerOptions {
  isolation: Isolation;
  /** Browsers that are started already. */
  pool: BrowserPool;
  /** What lets others start. */
  admission: Admission;
  waysOut: WaysOut;
  profiles: Profiles;
  recordings: Recordings;
  store: Store;
  settings: Settings;
  metrics: Metrics;
  /** Sees to the captchas of a browser that wants it. */
  captchaDeskFor: (browser: OpenBrowser) => CaptchaDesk;
  logger: Logger;
}

/** Whose browsers are opened. */
export type Owner = Pick<VerifiedKey, 'projectId' | 'maxBrowsers'>;
/** Whose browser it is that the server drives for them. */
export type OwnerOfTurn = Owner & Pick<VerifiedKey, 'record'>;
/** Who opens one by a call. */
export type Opener = OwnerOfTurn & Pick<VerifiedKey, 'scopes'>;
interface TimeLimitsMs {
  idleTimeoutMs: number;
  maxDurationMs: number;
}
const asItIs: Redact = (value) => value;

/** What a browser is opened for that no call reads or drives. */
export interface TurnOfBrowser extends RecordedTurn {
  purpose: ClosedPurpose;
}

/** What belongs to one opening, and not to what is opened. */
export interface OpenCall {
  /** Aborted when whoever opens it is gone. */
  signal: AbortSignal;
  /** It is that of a turn, or closed to calls as that is. */
  turn?: TurnOfBrowser;
  /** Is told how long what took. */
  timing?: Pick<ServerTiming, 'mark'>;
}

/** The same, once there is a place for it. */
interface StartCall extends Pick<OpenCall, 'signal' | 'timing'> {
  limits: TimeLimitsMs & { turn: TurnOfBrowser | undefined };
  /** How long it may still wait, in ms. */
  waitMs: number;
}

/** Nobody knows the id of a browser whose opener is gone. */
const ABANDONED: EndReason = { code: 'closed_by_client', message: 'The client that opened it hung up before it had the answer.' };

/** Opens the browsers of this server, and has those that are open. */
export class BrowserOpener {
  /** By id, those included that are about to be gone. */
  readonly browsers = new Map<string, OpenBrowser>();
  readonly places: SharedPlaces;
  /** Projects that are being deleted, or are gone: nothing is opened for them. */
  readonly removedProjects = new Set<string>();
  readonly #options: OpenerOptions;
  /** What is being opened, and may hold a browser of the pool that is not among the browsers yet. */
  readonly #starts = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor(options: OpenerOptions) {
    this.#options = options;
    this.places = new SharedPlaces(options.store);
  }

  /** Whether nothing is opened any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Opens nothing from now on. */
  close(): void {
    this.#isClosed = true;
    this.#options.admission.close(shuttingDown());
  }

  /** Resolves when all browsers that were being opened are among the browsers, or will never be. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#starts);
  }

  /**
   * Opens a browser when there is a place for it, and waits until it can be used.
   * @throws {CarrelError} as `BrowserRegistry.open` says
   */
  async open(owner: Opener, request: OpenBrowserRequest, { signal, turn, timing }: OpenCall): Promise<OpenBrowser> {
    const limits = this.timeLimits(request);
    this.#refuseWhenClosed(owner);
    refuseBelow(this.#options.settings.minIsolation, this.#options.isolation);
    const id = newId('browser');
    this.#options.waysOut.find(request, id)[Symbol.dispose](); // who cannot have one need not wait in line
    await refuseContradictions(request, undefined, this.#options.isolation);
    const { membership, writes } = this.#options.store;
    const { waitMs = 0 } = request;
    const deadline = Date.now() + waitMs;
    const release = await this.places.take(owner.projectId, { limit: owner.maxBrowsers, waitMs, signal });
    timing?.mark('place');
    try {
      this.#refuseWhenClosed(owner); // who stood in line was let in by the closing
      const browser = await this.#attachAndStart(owner, id, request, {
        limits: { ...limits, turn },
        waitMs: Math.max(0, deadline - Date.now()),
        signal,
        timing,
      });
      void browser.engine.ending.then(release);
      await browser.started.catch((error: unknown) => {
        this.#refuseWhenClosed(owner); // that is why it was closed before it had started
        throw error;
      });
      timing?.mark(browser.startup === 'warm' ? 'claim' : 'start');
      if (request.solveCaptchas === true) {
        browser.captchas = this.#options.captchaDeskFor(browser);
        await browser.captchas.open();
      }
      // Another server may be asked for it as soon as we have answered. A database that is away is no reason to have no browser.
      if (!membership.isAlone) await writes.flush(signal).catch(() => {});
      await browser.keepExit(request.proxies).catch(async (error: unknown) => {
        await browser.engine.close(ABANDONED);
        throw error;
      });
      if (signal.aborted) await browser.engine.close(ABANDONED);
      return browser;
    } catch (error) {
      release();
      throw error;
    }
  }

  /** A place for a browser that is opened in another way. @throws as `BrowserRegistry.reserve` says */
  async reserve(owner: Owner, wait: { waitMs: number; signal: AbortSignal }): Promise<Release> {
    this.#refuseWhenClosed(owner);
    refuseBelow(this.#options.settings.minIsolation, this.#options.isolation);
    return await this.places.take(owner.projectId, { ...wait, limit: owner.maxBrowsers });
  }

  /** @throws {CarrelError} `limit_exceeded` above the operator's caps */
  timeLimits(request: { idleTimeoutSeconds?: number | undefined; maxDurationSeconds?: number | undefined }) {
    const { settings } = this.#options;
    const { idleTimeoutSeconds = settings.idleTimeoutSeconds, maxDurationSeconds = settings.maxDurationSeconds } = request;
    refuseAbove('idleTimeoutSeconds', idleTimeoutSeconds, settings.idleTimeoutCapSeconds);
    refuseAbove('maxDurationSeconds', maxDurationSeconds, settings.maxDurationCapSeconds);
    return { idleTimeoutMs: idleTimeoutSeconds * 1000, maxDurationMs: maxDurationSeconds * 1000 };
  }

  async #attachAndStart(
    owner: Opener,
    browserId: string,
    request: OpenBrowserRequest,
    { limits, waitMs, signal, timing }: StartCall,
  ): Promise<OpenBrowser> {
    const { profiles, settings, logger, isolation } = this.#options;
    const deadline = performance.now() + waitMs;
    const continued = await attachProfile(request, { profiles, owner, browserId, waitMs, signal, settings, logger });
    if (request.profile !== undefined) timing?.mark('profile');
    try {
      // Without one, this was looked at before the wait in line.
      if (continued.keptIdentity !== undefined) await refuseContradictions(continued.request, continued.keptIdentity, isolation);
      const leftMs = Math.max(0, deadline - performance.now());
      const starting = this.#startFor(owner, browserId, continued, { limits, waitMs: leftMs, signal, timing });
      this.#starts.add(starting);
      return await starting.finally(() => this.#starts.delete(starting));
    } catch (error) {
      await continued[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** One that was started ahead, if there is one like that, or else a new one with this id. */
  async #startFor(
    owner: OwnerOfTurn,
    id: string,
    continued: Omit<Continued, 'keptIdentity'>,
    { limits, waitMs, signal, timing }: StartCall,
  ): Promise<OpenBrowser> {
    const { request } = continued;
    const { endUserId = null } = request;
    // All browsers of an end user leave by the same proxy, and so do all of a profile.
    const wayOut = this.#options.waysOut.find(
      request,
      endUserId === null ? (request.profile?.id ?? id) : `${owner.projectId} ${endUserId}`,
    );
    let prepared: PreparedBrowser | undefined;
    try {
      const taken = await takePrepared(this.#options.pool, request, wayOut.country);
      prepared = taken.prepared;
      timing?.mark('pool');
      // What is there already costs the machine nothing.
      const admitted =
        prepared === undefined ? await this.#options.admission.enter(owner.projectId, { waitMs, signal, sort: sortOf(request) }) : () => {};
      if (prepared === undefined) timing?.mark('admission');
      try {
        this.#refuseWhenClosed(owner); // who waited, too
        const browser = this.#start(prepared?.id ?? id, owner, continued, { ...limits, ...taken, wayOut });
        void browser.started.then(
          () => admitted('started'),
          () => admitted('failed'),
        );
        return browser;
      } catch (error) {
        admitted('failed');
        throw error;
      }
    } catch (error) {
      wayOut[Symbol.dispose]();
      await prepared?.[Symbol.asyncDispose]();
      throw error;
    }
  }

  #start(
    id: string,
    { projectId, record }: OwnerOfTurn,
    { request, profile }: Omit<Continued, 'keptIdentity'>,
    { turn, prepared, startup, wayOut, ...timeLimits }: StartCall['limits'] & Preparation & { wayOut: WayOut },
  ): OpenBrowser {
    const { isolation, store, settings, metrics, logger, recordings } = this.#options;
    const { endUserId = null } = request;
    const redact = turn?.redact ?? asItIs;
    const recorder = recordings.recorderFor(request.record ?? record ?? undefined, turn);
    const browser = new OpenBrowser({
      id,
      kind: request.kind ?? 'headless-shell',
      ...timeLimits,
      limits: browserLimits(settings),
      standbyAfterMs: request.standby === false ? 0 : settings.standbyAfterSeconds * 1000,
      projectId,
      endUserId,
      metadata: request.metadata ?? {},
      egress: {
        ...wayOut.egress,
        ...(turn !== undefined && { loggedUrls: 'none' }),
        ...trafficLog(logger.child({ browserId: id }), redact, (entry) => recorder?.note('network.requested', { ...entry })),
      },
      redact: turn?.redact,
      closedPurpose: turn?.purpose,
      network: request.network ?? {},
      identity: request.identity ?? {},
      warnings: wayOut.warnings,
      profile,
      prepared,
      startup,
      isolation,
      store,
    });
    this.browsers.set(browser.id, browser);
    if (recorder !== undefined) recordings.begin(recorder, browser);
    metrics.watch(browser);
    const forget = () => {
      this.browsers.delete(id);
      wayOut[Symbol.dispose]();
    };
    void browser.engine.ended.then(forget, (error: unknown) => {
      // What could not be removed now is swept at the next start.
      forget();
      logger.error({ err: error, browserId: browser.id }, 'something of a browser could not be removed');
    });
    return browser;
  }

  #refuseWhenClosed({ projectId }: Pick<Owner, 'projectId'>): void {
    if (this.removedProjects.has(projectId)) throw new CarrelError('unauthorized', 'The project of this API key has been deleted.');
    if (this.#isClosed) throw shuttingDown();
  }
}

const shuttingDown = () => new CarrelError('shutting_down', 'The server is shutting down and opens no more browsers.');

/** Whose starts take about as long as each other: with a profile, that depends on how much is in it. */
const sortOf = ({ kind = 'headless-shell', profile }: OpenBrowserRequest) => (profile === undefined ? kind : undefined);
