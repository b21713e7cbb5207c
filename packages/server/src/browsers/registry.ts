import type { Pages } from '@carrel/browser';
import { CarrelError, type EndReason, type OpenBrowserRequest, type ProfileVersion, type UpdateBrowserRequest } from '@carrel/protocol';
import type { BrowserFilter, BrowserRecord, Page, PageQuery, VerifiedKey } from '../store/index.js';
import type { ClosedPurpose, OpenBrowser } from './open-browser.js';
import { BrowserOpener, type OpenCall, type Opener, type OpenerOptions, type Owner, type OwnerOfTurn } from './opener.js';
import type { Release } from './places.js';

/** What a call needs of its caller to find a browser. */
type Project = Pick<VerifiedKey, 'projectId'>;

const SHUTDOWN: EndReason = { code: 'server_shutdown', message: 'The server was shut down.' };

/** The browsers of this server: opens, finds and closes them, each for the project that it belongs to. */
export class BrowserRegistry {
  readonly #options: OpenerOptions;
  readonly #opener: BrowserOpener;

  constructor(options: OpenerOptions) {
    this.#options = options;
    this.#opener = new BrowserOpener(options);
  }

  /** How many browsers are open, those included that are about to be gone. */
  get size(): number {
    return this.#opener.browsers.size;
  }

  get isDraining(): boolean {
    return this.#opener.isClosed;
  }

  /**
   * Opens a browser and waits until it can be used.
   * @throws {CarrelError} `quota_exceeded`, `limit_exceeded`, `no_exit_available`, `identity_contradiction`, `isolation_unavailable`,
   * `launch_failed`, `overloaded`, `chromium_not_found`, `shutting_down`; with a profile also `insufficient_scope`, `not_found`,
   * `profile_locked`, `end_user_mismatch` and what reading it throws
   */
  async open(owner: Opener, request: OpenBrowserRequest, call: Omit<OpenCall, 'turn'>): Promise<BrowserRecord> {
    return (await this.#opener.open(owner, request, call)).record;
  }

  /**
   * The same for a turn that this server runs: it holds what nobody is to read, so that nobody else drives it or looks into it.
   */
  async openForTurn(owner: OwnerOfTurn, request: OpenBrowserRequest, call: Required<Omit<OpenCall, 'timing'>>): Promise<OpenBrowser> {
    return await this.#opener.open({ ...owner, scopes: [] }, request, call);
  }

  /**
   * A place for a browser that the server opens for itself, to do what a project asks of it; to be given back.
   * @throws {CarrelError} `quota_exceeded`, `isolation_unavailable`, `shutting_down`
   */
  reserve(owner: Owner, wait: { waitMs: number; signal: AbortSignal }): Promise<Release> {
    return this.#opener.reserve(owner, wait);
  }

  /**
   * A browser of the project that runs, or is starting or ending, on this server.
   * @throws {CarrelError} `not_found`; `browser_not_running` when it has ended; `browser_elsewhere`; `insufficient_scope` for that of a turn
   */
  async running(project: Project, id: string): Promise<OpenBrowser> {
    return notOfTurn(await this.watched(project, id));
  }

  /** The same to be watched, which that of a turn may be too. @throws {CarrelError} `not_found`, `browser_not_running`, `browser_elsewhere` */
  async watched(project: Project, id: string): Promise<OpenBrowser> {
    const browser = await this.here(project, id);
    if (browser !== undefined) return browser;
    const { status, reason } = (await this.#stored(project, id)).record;
    throw new CarrelError('browser_not_running', `Browser ${id} is ${status}${reason === null ? '' : `: ${reason.message}`}`, {
      details: { status },
    });
  }

  /** The same, as far as this server knows by itself; undefined: it has none such. */
  local({ projectId }: Project, id: string): OpenBrowser | undefined {
    const browser = this.#opener.browsers.get(id);
    return browser?.projectId === projectId ? browser : undefined;
  }

  /** The same; undefined when it has ended. @throws {CarrelError} `not_found`, `browser_elsewhere` */
  async here(project: Project, id: string): Promise<OpenBrowser | undefined> {
    const browser = this.local(project, id);
    if (browser !== undefined) return browser;
    const { nodeId } = await this.#stored(project, id);
    if (nodeId !== null) throw await this.#elsewhere(id, nodeId);
    return undefined;
  }

  /**
   * The same for whoever has shown the browser's own token.
   * @throws {CarrelError} `browser_not_running`, `browser_elsewhere`
   */
  async withToken(id: string): Promise<OpenBrowser> {
    const browser = this.#opener.browsers.get(id);
    if (browser !== undefined) return notOfTurn(browser);
    const nodeId = await this.#options.store.browsers.otherNodeOf(id);
    if (nodeId !== null) throw await this.#elsewhere(id, nodeId);
    throw new CarrelError('browser_not_running', 'This browser has ended.');
  }

  /**
   * A browser, where that server is reached which has it when that is another, and where a person can do what it waits for.
   * @throws {CarrelError} `not_found`
   */
  async get(project: Project, id: string): Promise<{ record: BrowserRecord; url: string | null; humanUrl: string | null }> {
    const browser = this.local(project, id);
    if (browser !== undefined) {
      browser.engine.touch();
      return { record: browser.record, url: null, humanUrl: browser.humanUrl };
    }
    const { record, nodeId } = await this.#stored(project, id);
    return { record, url: nodeId === null ? null : await this.#urlOf(nodeId), humanUrl: null };
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
    const { idleTimeoutMs, maxDurationMs } = this.#opener.timeLimits(request);
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
    this.#opener.removedProjects.add(projectId);
    try {
      await this.#closeAll([...this.#opener.browsers.values()].filter((browser) => browser.projectId === projectId));
      await remove();
    } catch (error) {
      this.#opener.removedProjects.delete(projectId);
      throw error;
    }
  }

  /** Closes all browsers that this server has of an end user, and waits until nothing of them is left. */
  async closeOfEndUser({ projectId, endUserId }: { projectId: string; endUserId: string }): Promise<void> {
    const areTheirs = (browser: OpenBrowser) => browser.projectId === projectId && browser.record.endUserId === endUserId;
    await this.#closeAll([...this.#opener.browsers.values()].filter(areTheirs));
  }

  /** Lets in who waits in line, when a project may have more browsers than before. */
  limitChanged(projectId: string, maxBrowsers: number): void {
    this.#opener.places.changeLimit(projectId, maxBrowsers);
  }

  /**
   * Learns what another server did to a project: has the limit that it has now, or, when it was deleted, no browsers.
   * @param projectId null: perhaps to any
   */
  async projectChanged(projectId: string | null): Promise<void> {
    const ofBrowsers = [...this.#opener.browsers.values()].map((browser) => browser.projectId);
    for (const id of projectId === null ? new Set([...ofBrowsers, ...this.#opener.places.projectIds]) : [projectId]) {
      const project = await this.#options.store.projects.get(id);
      if (project !== null) this.limitChanged(id, project.maxBrowsers);
      else {
        this.#opener.removedProjects.add(id);
        await this.#abandon([...this.#opener.browsers.values()].filter((browser) => browser.projectId === id));
      }
    }
  }

  /** Closes those browsers that have ended as far as others know, who took this server for dead. @returns their ids */
  async closeLost(): Promise<string[]> {
    const lost = await this.#options.store.browsers.takenForDead([...this.#opener.browsers.keys()]);
    await this.#abandon(lost.flatMap((id) => this.#opener.browsers.get(id) ?? []));
    return lost;
  }

  /** Writes down what is decided in memory as long as this server is alone. */
  writePlaces(): Promise<void> {
    return this.#opener.places.write();
  }

  /**
   * Takes no new browsers from now on, closes those there are, and waits until nothing of them is left.
   * @param after what still needs its browsers until it is over
   */
  async drain(after?: Promise<void>): Promise<void> {
    this.#opener.close();
    await after;
    await this.#closeAll([...this.#opener.browsers.values()], SHUTDOWN);
    await this.#opener.settled();
    this.#opener.places.stop();
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
}

const WHY_CLOSED: Readonly<Record<ClosedPurpose, string>> = {
  task: 'that of a task, and may hold credentials of an end user, which nobody reads: only its agent drives it.',
  sign_in: 'one in which a person signs in, and holds what nobody else reads: only they drive it, by the live link.',
  vault: 'that of a session with a vault, and may hold what is in it, which nobody reads: only calls that show no secrets drive it.',
};

/** @throws {CarrelError} `insufficient_scope` */
function notOfTurn(browser: OpenBrowser): OpenBrowser {
  const { id, closedPurpose } = browser;
  if (closedPurpose === undefined) return browser;
  throw new CarrelError('insufficient_scope', `Browser ${id} is ${WHY_CLOSED[closedPurpose]}`, { details: { browserId: id } });
}
