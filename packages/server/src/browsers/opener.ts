import { type BrowserOptions, type BrowserPool, type Isolation, type PreparedBrowser, resolveIdentity } from '@carrel/browser';
import {
  type Browser,
  CarrelError,
  type EndReason,
  type IdentityRequest,
  type IsolationLevel,
  isolationLevel,
  newId,
  type OpenBrowserRequest,
  type StartupReason,
} from '@carrel/protocol';
import type { Logger } from 'pino';
import type { ServerTiming } from '../http/server-timing.js';
import type { Metrics } from '../metrics/metrics.js';
import type { Profiles } from '../profiles/index.js';
import type { Settings } from '../settings/index.js';
import type { Store, VerifiedKey } from '../store/index.js';
import type { Admission } from './admission.js';
import { attachProfile, type Continued } from './attach-profile.js';
import { browserLimits } from './limits.js';
import { OpenBrowser } from './open-browser.js';
import type { Release } from './places.js';
import { SharedPlaces } from './shared-places.js';
import type { WayOut, WaysOut } from './ways-out.js';

export interface OpenerOptions {
  isolation: Isolation;
  /** Browsers that are started already. */
  pool: BrowserPool;
  /** What lets others start. */
  admission: Admission;
  waysOut: WaysOut;
  profiles: Profiles;
  store: Store;
  settings: Settings;
  metrics: Metrics;
  logger: Logger;
}

/** Whose browsers are opened. */
export type Owner = Pick<VerifiedKey, 'projectId' | 'maxBrowsers'>;
/** Who opens one by a call. */
export type Opener = Owner & Pick<VerifiedKey, 'scopes'>;
interface TimeLimitsMs {
  idleTimeoutMs: number;
  maxDurationMs: number;
}
/** Takes what nobody is to read out of something that is about to be written down. */
export type Redact = <T>(value: T) => T;
const asItIs: Redact = (value) => value;

/** What belongs to one opening, and not to what is opened. */
export interface OpenCall {
  /** Aborted when whoever opens it is gone. */
  signal: AbortSignal;
  /** Takes out of its log what nobody is to read: it is that of a turn. */
  redact?: Redact;
  /** Is told how long what took. */
  timing?: Pick<ServerTiming, 'mark'>;
}

/** The same, once there is a place for it. */
interface StartCall extends Pick<OpenCall, 'signal' | 'timing'> {
  limits: TimeLimitsMs & { redact: Redact };
  /** How long it may still wait, in ms. */
  waitMs: number;
}

/** What a browser starts from: one that was started ahead, or nothing. */
interface Preparation {
  prepared: PreparedBrowser | undefined;
  startup: Pick<Browser, 'startup' | 'startupReason'>;
}

const cold = (startupReason: StartupReason): Preparation => ({ prepared: undefined, startup: { startup: 'cold', startupReason } });

/** Nobody knows the id of a browser whose opener is gone. */
const ABANDONED: EndReason = { code: 'closed_by_client', message: 'The client that opened it hung up before it had the answer.' };

/** Opens the browsers of this server, and has those that are open. */
export class BrowserOpener {
  /** By id, those included that are about to be gone. */
  readonly browsers = new Map<string, OpenBrowser>();
  readonly places: SharedPlaces;
  /** Projects that are being deleted, or are gone: nothing is opened for them. */
  readonly removedProjects = new Set<string>();
  /** From then on nothing is opened at all. */
  isClosed = false;
  readonly #options: OpenerOptions;

  constructor(options: OpenerOptions) {
    this.#options = options;
    this.places = new SharedPlaces(options.store);
  }

  /**
   * Opens a browser when there is a place for it, and waits until it can be used.
   * @throws {CarrelError} as `BrowserRegistry.open` says
   */
  async open(owner: Opener, request: OpenBrowserRequest, { signal, redact = asItIs, timing }: OpenCall): Promise<OpenBrowser> {
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
        limits: { ...limits, redact },
        waitMs: Math.max(0, deadline - Date.now()),
        signal,
        timing,
      });
      void browser.engine.ending.then(release);
      await browser.started;
      timing?.mark(browser.startup === 'warm' ? 'claim' : 'start');
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
      return await this.#startFor(owner, browserId, continued, {
        limits,
        waitMs: Math.max(0, deadline - performance.now()),
        signal,
        timing,
      });
    } catch (error) {
      await continued[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** One that was started ahead, if there is one like that, or else a new one with this id. */
  async #startFor(
    owner: Owner,
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
      const taken = await this.#take(request, wayOut.country);
      prepared = taken.prepared;
      timing?.mark('pool');
      // What is there already costs the machine nothing.
      const admitted =
        prepared === undefined ? await this.#options.admission.enter(owner.projectId, { waitMs, signal, sort: sortOf(request) }) : () => {};
      if (prepared === undefined) timing?.mark('admission');
      try {
        this.#refuseWhenClosed(owner); // who waited, too
        const browser = this.#start(prepared?.id ?? id, owner.projectId, continued, { ...limits, ...taken, wayOut });
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

  /** Looks for one that was started ahead. */
  async #take({ kind = 'headless-shell', identity = {}, profile }: OpenBrowserRequest, country: string | null): Promise<Preparation> {
    const { pool } = this.#options;
    if (profile !== undefined) return cold('profile');
    if (pool.size === 0) return cold('pool_off');
    try {
      const taken = await pool.take({ kind, asked: identity, country });
      if (taken.prepared === undefined) return cold(taken.isKept ? 'pool_empty' : 'pool_miss');
      const { prepared } = taken;
      return taken.wasReady ? { prepared, startup: { startup: 'warm', startupReason: null } } : { ...cold('pool_empty'), prepared };
    } catch {
      return cold('pool_miss'); // the browser will not start, and say why in its log
    }
  }

  #start(
    id: string,
    projectId: string,
    { request, profile }: Omit<Continued, 'keptIdentity'>,
    { redact, prepared, startup, wayOut, ...timeLimits }: StartCall['limits'] & Preparation & { wayOut: WayOut },
  ): OpenBrowser {
    const { isolation, store, settings, metrics, logger } = this.#options;
    const { endUserId = null } = request;
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
        ...(redact !== asItIs && { loggedUrls: 'none' }),
        ...trafficLog(logger.child({ browserId: id }), redact),
      },
      redact: redact === asItIs ? undefined : redact,
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
    if (this.isClosed) throw new CarrelError('shutting_down', 'The server is shutting down and opens no more browsers.');
  }
}

/** Whose starts take about as long as each other: with a profile, that depends on how much is in it. */
const sortOf = ({ kind = 'headless-shell', profile }: OpenBrowserRequest) => (profile === undefined ? kind : undefined);

/** @throws {CarrelError} `isolation_unavailable` when browsers would be kept in less well than the operator demands */
function refuseBelow(floor: IsolationLevel, { level, reasons }: Pick<Isolation, 'level' | 'reasons'>): void {
  if (isolationLevel.options.indexOf(level) >= isolationLevel.options.indexOf(floor)) return;
  throw new CarrelError(
    'isolation_unavailable',
    `CARREL_MIN_ISOLATION demands ${floor}, and this machine can only do ${level}: ${reasons.join(' ')}`,
    { details: { level, floor, reasons: [...reasons] } },
  );
}

/** @throws {CarrelError} `identity_contradiction` */
async function refuseContradictions(
  { kind = 'headless-shell', identity }: OpenBrowserRequest,
  kept: IdentityRequest | undefined,
  isolation: Isolation,
): Promise<void> {
  if (identity === undefined && kept === undefined) return;
  const chromium = await isolation.chromium(kind).catch(() => undefined); // the browser will not start, and say why in its log
  if (chromium !== undefined) resolveIdentity({ asked: identity ?? {}, kept, chromium });
}

function refuseAbove(field: string, value: number, cap: number): void {
  if (value <= cap) return;
  throw new CarrelError('limit_exceeded', `${field} may be at most ${cap} on this server, not ${value}.`, { details: { field, cap } });
}

/** A line for each request of a browser's; those that the operator may have to do something about stand out. */
function trafficLog(logger: Logger, redact: Redact): Pick<NonNullable<BrowserOptions['egress']>, 'onRequest' | 'onExitChanged'> {
  return {
    onRequest: (plain) => {
      const entry = redact(plain);
      const { method, host, port, status, failure } = entry;
      logger[failure === 'exit_failed' ? 'warn' : 'debug'](
        { request: entry },
        `${method} ${host}:${port} ${status}${failure === null ? '' : ` ${failure}`}`,
      );
    },
    onExitChanged: (exit, failure) => logger.warn({ exit, err: failure }, 'a browser leaves by another exit from now on'),
  };
}
