import { type Browser, type BrowserLimits, type BrowserOptions, type Isolation, type Pages, resolveIdentity } from '@carrel/browser';
import {
  CarrelError,
  type EndReason,
  type IdentityRequest,
  type IsolationLevel,
  isolationLevel,
  newId,
  type OpenBrowserRequest,
  type ProfileVersion,
  type UpdateBrowserRequest,
} from '@carrel/protocol';
import type { Logger } from 'pino';
import type { Metrics } from '../metrics/metrics.js';
import type { Profiles } from '../profiles/index.js';
import type { Settings } from '../settings/index.js';
import type { BrowserFilter, BrowserRecord, Page, PageQuery, Store, VerifiedKey } from '../store/index.js';
import { attachProfile, type Continued } from './attach-profile.js';
import { OpenBrowser } from './open-browser.js';
import type { Release } from './places.js';
import { SharedPlaces } from './shared-places.js';
import type { WaysOut } from './ways-out.js';

export interface RegistryOptions {
  isolation: Isolation;
  waysOut: WaysOut;
  profiles: Profiles;
  store: Store;
  settings: Settings;
  metrics: Metrics;
  logger: Logger;
}

type Owner = Pick<VerifiedKey, 'projectId' | 'maxBrowsers'>;
type Opener = Owner & Pick<VerifiedKey, 'scopes'>;
interface TimeLimitsMs {
  idleTimeoutMs: number;
  maxDurationMs: number;
}
/** Takes what nobody is to read out of something that is about to be written down. */
export type Redact = <T>(value: T) => T;
const asItIs: Redact = (value) => value;
interface Restraints extends TimeLimitsMs {
  redact: Redact;
}
/** What a call needs of its caller to find a browser. */
type Project = Pick<VerifiedKey, 'projectId'>;

/** Nobody knows the id of a browser whose opener is gone. */
const ABANDONED: EndReason = { code: 'closed_by_client', message: 'The client that opened it hung up before it had the answer.' };
const SHUTDOWN: EndReason = { code: 'server_shutdown', message: 'The server was shut down.' };

/** The browsers of this server: opens, finds and closes them, each for the project that it belongs to. */
export class BrowserRegistry {
  readonly #options: RegistryOptions;
  readonly #open = new Map<string, OpenBrowser>();
  readonly #places: SharedPlaces;
  /** Projects that are being deleted, or are gone. */
  readonly #removedProjects = new Set<string>();
  #isDraining = false;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#places = new SharedPlaces(options.store);
  }

  /** How many browsers are open, those included that are about to be gone. */
  get size(): number {
    return this.#open.size;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /**
   * Opens a browser and waits until it can be used.
   * @throws {CarrelError} `quota_exceeded`, `limit_exceeded`, `no_exit_available`, `identity_contradiction`, `isolation_unavailable`,
   * `launch_failed`, `chromium_not_found`, `shutting_down`; with a profile also `insufficient_scope`, `not_found`, `profile_locked`,
   * `end_user_mismatch` and what reading it throws
   */
  async open(owner: Opener, request: OpenBrowserRequest, signal: AbortSignal): Promise<BrowserRecord> {
    return (await this.#openFor(owner, request, signal, asItIs)).record;
  }

  /**
   * The same for a turn that this server runs: it holds what nobody is to read, so that nobody else drives it or looks into it.
   * @param redact takes that out of its log
   */
  async openForTurn(owner: Owner, request: OpenBrowserRequest, signal: AbortSignal, redact: Redact): Promise<Browser> {
    return (await this.#openFor({ ...owner, scopes: [] }, request, signal, redact)).engine;
  }

  async #openFor(owner: Opener, request: OpenBrowserRequest, signal: AbortSignal, redact: Redact): Promise<OpenBrowser> {
    const limits = this.#timeLimits(request);
    this.#refuseWhenClosed(owner);
    refuseBelow(this.#options.settings.minIsolation, this.#options.isolation);
    const id = newId('browser');
    this.#options.waysOut.find(request, id)[Symbol.dispose](); // who cannot have one need not wait in line
    await refuseContradictions(request, undefined, this.#options.isolation);
    const { membership, writes } = this.#options.store;
    const { waitMs = 0 } = request;
    const deadline = Date.now() + waitMs;
    const release = await this.#places.take(owner.projectId, { limit: owner.maxBrowsers, waitMs, signal });
    try {
      this.#refuseWhenClosed(owner); // who stood in line was let in by the closing
      const browser = await this.#attachAndStart(owner, id, request, {
        limits: { ...limits, redact },
        waitMs: Math.max(0, deadline - Date.now()),
        signal,
      });
      void browser.engine.ending.then(release);
      await browser.started;
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

  /**
   * A place for a browser that the server opens for itself, to do what a project asks of it; to be given back.
   * @throws {CarrelError} `quota_exceeded`, `isolation_unavailable`, `shutting_down`
   */
  async reserve(owner: Owner, wait: { waitMs: number; signal: AbortSignal }): Promise<Release> {
    this.#refuseWhenClosed(owner);
    refuseBelow(this.#options.settings.minIsolation, this.#options.isolation);
    return await this.#places.take(owner.projectId, { ...wait, limit: owner.maxBrowsers });
  }

  /**
   * A browser of the project that runs, or is starting or ending, on this server.
   * @throws {CarrelError} `not_found`; `browser_not_running` when it has ended; `browser_elsewhere`; `insufficient_scope` for that of a turn
   */
  async running(project: Project, id: string): Promise<OpenBrowser> {
    const browser = await this.here(project, id);
    if (browser !== undefined) return notOfTurn(browser);
    const { status, reason } = (await this.#stored(project, id)).record;
    throw new CarrelError('browser_not_running', `Browser ${id} is ${status}${reason === null ? '' : `: ${reason.message}`}`, {
      details: { status },
    });
  }

  /** The same; undefined when it has ended. @throws {CarrelError} `not_found`, `browser_elsewhere` */
  async here(project: Project, id: string): Promise<OpenBrowser | undefined> {
    const browser = this.#open.get(id);
    if (browser?.projectId === project.projectId) return browser;
    const { nodeId } = await this.#stored(project, id);
    if (nodeId !== null) throw await this.#elsewhere(id, nodeId);
    return undefined;
  }

  /**
   * The same for whoever has shown the browser's own token.
   * @throws {CarrelError} `browser_not_running`, `browser_elsewhere`
   */
  async withToken(id: string): Promise<OpenBrowser> {
    const browser = this.#open.get(id);
    if (browser !== undefined) return notOfTurn(browser);
    const nodeId = await this.#options.store.browsers.otherNodeOf(id);
    if (nodeId !== null) throw await this.#elsewhere(id, nodeId);
    throw new CarrelError('browser_not_running', 'This browser has ended.');
  }

  /** A browser, and where that server is reached which has it when that is another. @throws {CarrelError} `not_found` */
  async get(project: Project, id: string): Promise<{ record: BrowserRecord; url: string | null }> {
    const browser = this.#open.get(id);
    if (browser?.projectId === project.projectId) {
      browser.engine.touch();
      return { record: browser.record, url: null };
    }
    const { record, nodeId } = await this.#stored(project, id);
    return { record, url: nodeId === null ? null : await this.#urlOf(nodeId) };
  }

  list(project: Project, query: PageQuery & BrowserFilter): Promise<Page<BrowserRecord>> {
    return this.#options.store.browsers.list(project.projectId, query);
  }

  /** Does something with the pages of a browser. @throws {CarrelError} `not_found`, `browser_not_running`, and what the work throws */
  async use<T>(project: Project, id: string, work: (pages: Pages) => Promise<T>): Promise<T> {
    return (await this.running(project, id)).engine.use(work);
  }

  /** @throws {CarrelError} `not_found`, `browser_not_running`, `limit_exceeded` */
  async update(project: Project, id: string, request: UpdateBrowserRequest): Promise<BrowserRecord> {
    const browser = await this.running(project, id);
    const { idleTimeoutMs, maxDurationMs } = this.#timeLimits(request);
    browser.update({
      ...(request.idleTimeoutSeconds === undefined ? {} : { idleTimeoutMs }),
      ...(request.maxDurationSeconds === undefined ? {} : { maxDurationMs }),
      ...(request.metadata === undefined ? {} : { metadata: request.metadata }),
    });
    return browser.record;
  }

  /**
   * Saves the state of a running browser to its profile.
   * @throws {CarrelError} `not_found`, `browser_not_running`, `conflict` when it has none to save to, and what saving throws
   */
  async checkpoint(project: Project, id: string): Promise<ProfileVersion> {
    return (await this.running(project, id)).checkpoint();
  }

  /** Closes a browser; one that has ended already is answered as it is. @throws {CarrelError} `not_found`, `browser_elsewhere` */
  async close(project: Project, id: string): Promise<BrowserRecord> {
    const browser = await this.here(project, id);
    if (browser === undefined) return (await this.#stored(project, id)).record;
    await browser.engine.close();
    return browser.record;
  }

  /**
   * Opens no browsers for a project from now on, closes those there are, and when they are gone does the rest of its removal. When that
   * fails, the project is as before, without its browsers.
   */
  async removeProject(projectId: string, remove: () => Promise<void>): Promise<void> {
    this.#removedProjects.add(projectId);
    try {
      await this.#closeAll([...this.#open.values()].filter((browser) => browser.projectId === projectId));
      await remove();
    } catch (error) {
      this.#removedProjects.delete(projectId);
      throw error;
    }
  }

  /** Closes all browsers that this server has of an end user, and waits until nothing of them is left. */
  async closeOfEndUser({ projectId, endUserId }: { projectId: string; endUserId: string }): Promise<void> {
    const areTheirs = (browser: OpenBrowser) => browser.projectId === projectId && browser.record.endUserId === endUserId;
    await this.#closeAll([...this.#open.values()].filter(areTheirs));
  }

  /** Lets in who waits in line, when a project may have more browsers than before. */
  limitChanged(projectId: string, maxBrowsers: number): void {
    this.#places.changeLimit(projectId, maxBrowsers);
  }

  /**
   * Learns what another server did to a project: has the limit that it has now, or, when it was deleted, no browsers.
   * @param projectId null: perhaps to any
   */
  async projectChanged(projectId: string | null): Promise<void> {
    const ofBrowsers = [...this.#open.values()].map((browser) => browser.projectId);
    for (const id of projectId === null ? new Set([...ofBrowsers, ...this.#places.projectIds]) : [projectId]) {
      const project = await this.#options.store.projects.get(id);
      if (project !== null) this.limitChanged(id, project.maxBrowsers);
      else {
        this.#removedProjects.add(id);
        await this.#abandon([...this.#open.values()].filter((browser) => browser.projectId === id));
      }
    }
  }

  /** Closes those browsers that have ended as far as others know, who took this server for dead. @returns their ids */
  async closeLost(): Promise<string[]> {
    const lost = await this.#options.store.browsers.takenForDead([...this.#open.keys()]);
    await this.#abandon(lost.flatMap((id) => this.#open.get(id) ?? []));
    return lost;
  }

  /** Writes down what is decided in memory as long as this server is alone. */
  writePlaces(): Promise<void> {
    return this.#places.write();
  }

  /**
   * Takes no new browsers from now on, closes those there are, and waits until nothing of them is left.
   * @param after what still needs its browsers until it is over
   */
  async drain(after?: Promise<void>): Promise<void> {
    this.#isDraining = true;
    await after;
    await this.#closeAll([...this.#open.values()], SHUTDOWN);
    this.#places.stop();
  }

  async #closeAll(browsers: OpenBrowser[], reason?: EndReason): Promise<void> {
    await Promise.all(
      browsers.map(async ({ engine }) => {
        await engine.close(reason).catch(() => {}); // `ended` rejects with the same, and that was logged
        await engine.ended.catch(() => {});
      }),
    );
  }

  /** Closes browsers of which nothing is to be written down any more. */
  async #abandon(browsers: OpenBrowser[]): Promise<void> {
    for (const browser of browsers) browser.disown();
    await this.#closeAll(browsers);
  }

  async #attachAndStart(
    owner: Opener,
    browserId: string,
    request: OpenBrowserRequest,
    { limits, waitMs, signal }: { limits: Restraints; waitMs: number; signal: AbortSignal },
  ): Promise<OpenBrowser> {
    const { profiles, settings, logger, isolation } = this.#options;
    const continued = await attachProfile(request, { profiles, owner, browserId, waitMs, signal, settings, logger });
    try {
      // Without one, this was looked at before the wait in line.
      if (continued.keptIdentity !== undefined) await refuseContradictions(continued.request, continued.keptIdentity, isolation);
      this.#refuseWhenClosed(owner); // who waited for the profile, too
      return this.#start(browserId, owner.projectId, continued, limits);
    } catch (error) {
      await continued[Symbol.asyncDispose]();
      throw error;
    }
  }

  #start(
    id: string,
    projectId: string,
    { request, profile }: Omit<Continued, 'keptIdentity'>,
    { redact, ...timeLimits }: Restraints,
  ): OpenBrowser {
    const { isolation, waysOut, store, settings, metrics, logger } = this.#options;
    const { endUserId = null } = request;
    // All browsers of an end user leave by the same proxy, and so do all of a profile.
    const wayOut = waysOut.find(request, endUserId === null ? (request.profile?.id ?? id) : `${projectId} ${endUserId}`);
    const browser = new OpenBrowser({
      id,
      kind: request.kind ?? 'headless-shell',
      ...timeLimits,
      limits: toLimits(settings),
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
      isolation,
      store,
    });
    this.#open.set(browser.id, browser);
    metrics.watch(browser);
    const forget = () => {
      this.#open.delete(id);
      wayOut[Symbol.dispose]();
    };
    void browser.engine.ended.then(forget, (error: unknown) => {
      // What could not be removed now is swept at the next start.
      forget();
      logger.error({ err: error, browserId: browser.id }, 'something of a browser could not be removed');
    });
    return browser;
  }

  /** With the other server that has it; null: none, or no longer. */
  async #stored(project: Project, id: string): Promise<{ record: BrowserRecord; nodeId: string | null }> {
    const { store } = this.#options;
    const found = await store.browsers.find(project.projectId, id);
    if (found === null) throw new CarrelError('not_found', `There is no browser ${id} in this project.`);
    const { record, nodeId } = found;
    return { record, nodeId: nodeId === store.nodeId || record.endedAt !== null ? null : nodeId };
  }

  async #urlOf(nodeId: string): Promise<string | null> {
    return (await this.#options.store.nodes.get(nodeId))?.url ?? null;
  }

  async #elsewhere(id: string, nodeId: string): Promise<CarrelError> {
    const url = await this.#urlOf(nodeId);
    const where = url === null ? 'which has not said where it is reached' : `make this call at ${url}`;
    return new CarrelError('browser_elsewhere', `Browser ${id} is on another server of this database: ${where}.`, {
      details: { url, nodeId },
    });
  }

  /** @throws {CarrelError} `limit_exceeded` above the operator's caps */
  #timeLimits(request: { idleTimeoutSeconds?: number | undefined; maxDurationSeconds?: number | undefined }) {
    const { settings } = this.#options;
    const { idleTimeoutSeconds = settings.idleTimeoutSeconds, maxDurationSeconds = settings.maxDurationSeconds } = request;
    refuseAbove('idleTimeoutSeconds', idleTimeoutSeconds, settings.idleTimeoutCapSeconds);
    refuseAbove('maxDurationSeconds', maxDurationSeconds, settings.maxDurationCapSeconds);
    return { idleTimeoutMs: idleTimeoutSeconds * 1000, maxDurationMs: maxDurationSeconds * 1000 };
  }

  #refuseWhenClosed({ projectId }: Project): void {
    if (this.#removedProjects.has(projectId)) throw new CarrelError('unauthorized', 'The project of this API key has been deleted.');
    if (this.#isDraining) throw new CarrelError('shutting_down', 'The server is shutting down and opens no more browsers.');
  }
}

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

/** @throws {CarrelError} `insufficient_scope` */
function notOfTurn(browser: OpenBrowser): OpenBrowser {
  if (!browser.isOfTurn) return browser;
  throw new CarrelError(
    'insufficient_scope',
    `Browser ${browser.id} is that of a task, and may hold credentials of an end user, which nobody reads: only its agent drives it.`,
    { details: { browserId: browser.id } },
  );
}

function refuseAbove(field: string, value: number, cap: number): void {
  if (value <= cap) return;
  throw new CarrelError('limit_exceeded', `${field} may be at most ${cap} on this server, not ${value}.`, { details: { field, cap } });
}

function toLimits({ maxCdpMessageBytes, maxFileBytes, maxFilesBytes }: Settings): BrowserLimits {
  return { maxCdpMessageBytes, maxFileBytes, maxFilesBytes };
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
