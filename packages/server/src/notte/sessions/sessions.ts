import { CarrelError, idSchema, type NetworkTotals, type OpenBrowserRequest, openBrowserRequest } from '@carrel/protocol';
import type { OpenBrowser } from '../../browsers/open-browser.js';
import type { BrowserRegistry } from '../../browsers/registry.js';
import type { Addresses } from '../../http/addresses.js';
import { issueText } from '../../http/issue-text.js';
import type { LiveLinks } from '../../live/index.js';
import type { BrowserFilter, Page, PageQuery, Store, VerifiedKey } from '../../store/index.js';
import type { OpenTurnCredentials } from '../../tasks/turn-credentials.js';
import { invalidRequest, NotSupported } from '../wire/errors.js';
import { LiveSession, type SessionVault } from './live-session.js';
import { type NotteSession, type SessionUrls, statusOf, type Traffic, toSession } from './session-response.js';
import { fieldOf, type StartRequest, toOpenBrowserRequest } from './start-request.js';

export interface SessionsOptions {
  readonly registry: BrowserRegistry;
  readonly store: Store;
  readonly links: LiveLinks;
  readonly addresses: () => Addresses;
  readonly openCredentials: OpenTurnCredentials;
  /** @throws {CarrelError} `not_found` */
  readonly assertVault: (projectId: string, vaultId: string) => Promise<unknown>;
}

type Project = Pick<VerifiedKey, 'projectId'>;

const browserIds = idSchema('browser');
/** A viewer may be open for as long as a browser can be. */
const MAX_LINK_SECONDS = 24 * 3600;

/** Notte's sessions, each a browser of the registry: ids are the same, and what was opened otherwise is there too. */
export class NotteSessions {
  readonly #options: SessionsOptions;
  /** Those of the browsers of this server, as far as somebody has asked for them. */
  readonly #live = new WeakMap<OpenBrowser, LiveSession>();

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** Opens a browser. @throws as `BrowserRegistry.open`; {NotSupported} */
  async start(caller: VerifiedKey, asked: StartRequest, signal: AbortSignal): Promise<NotteSession> {
    const parsed = openBrowserRequest.safeParse(toOpenBrowserRequest(asked), { error: issueText });
    if (!parsed.success) throw invalidRequest(parsed.error, fieldOf);
    const browser =
      typeof asked.vault_id === 'string'
        ? await this.#startWithVault(caller, asked.vault_id, parsed.data, signal)
        : await this.#options.registry.running(caller, (await this.#options.registry.open(caller, parsed.data, { signal })).id);
    return this.#describe(caller, browser);
  }

  /** A session of the project that runs on this server. @throws {CarrelError} `not_found`, `browser_not_running`, `browser_elsewhere`, `insufficient_scope` */
  async live(project: Project, id: string): Promise<LiveSession> {
    refuseForeign(id);
    const watched = await this.#options.registry.watched(project, id);
    const known = this.#live.get(watched);
    // That of a task is its agent's alone; of a session with a vault we see to that.
    if (known?.vault === undefined) await this.#options.registry.running(project, id);
    return known ?? this.#begin(watched);
  }

  /** The same, for what goes past what is watched over. @throws also {NotSupported} for a session with a vault */
  async open(project: Project, id: string, what: string): Promise<LiveSession> {
    const session = await this.live(project, id);
    if (session.vault === undefined) return session;
    throw new NotSupported(
      `${what} is not possible in a session with a vault: it could show what the vault has. Use a session without one, or observe, execute and scrape.`,
    );
  }

  /** @throws {CarrelError} `not_found` */
  async get(caller: VerifiedKey, id: string): Promise<NotteSession> {
    refuseForeign(id);
    const here = await this.#options.registry.here(caller, id).catch((error: unknown) => {
      if (error instanceof CarrelError && error.code === 'browser_elsewhere') return undefined;
      throw error;
    });
    if (here !== undefined) {
      here.engine.touch();
      return this.#describe(caller, here);
    }
    const { record, url } = await this.#options.registry.get(caller, id);
    const isUsable = caller.scopes.includes('browsers:write') && record.endedAt === null;
    const urls = isUsable ? { cdpUrl: this.#cdpUrl(id, url), viewerUrl: undefined } : undefined;
    return toSession(record, { traffic: (await this.#trafficOf(caller, [id])).get(id), urls });
  }

  /** Newest first; what is secret of them is only in each by itself. */
  async list(caller: VerifiedKey, query: PageQuery & BrowserFilter): Promise<Page<NotteSession>> {
    const { data, nextCursor } = await this.#options.registry.list(caller, query);
    const traffic = await this.#trafficOf(
      caller,
      data.map(({ id }) => id),
    );
    return { data: data.map((record) => toSession(record, { traffic: traffic.get(record.id) })), nextCursor };
  }

  /** Closes it. @throws {CarrelError} `not_found`, `browser_elsewhere`; `conflict` when it had ended otherwise already */
  async stop(caller: VerifiedKey, id: string): Promise<NotteSession> {
    refuseForeign(id);
    const record = await this.#options.registry.close(caller, id);
    if (statusOf(record) === 'closed') return toSession(record, { traffic: (await this.#trafficOf(caller, [id])).get(id) });
    // Clients look for these words, and take them for done.
    throw new CarrelError('conflict', `Session ${id} is already stopped: ${record.reason?.message ?? record.status}`);
  }

  /** Where a person can watch it and take it over; the same as long as it runs. */
  viewerUrl(session: LiveSession): string {
    const { browser } = session;
    session.viewerUrl ??= this.#options.links.create(browser, {
      scope: 'control',
      ttlSeconds: Math.max(60, Math.min(MAX_LINK_SECONDS, Math.ceil((browser.engine.limits.expiresAt.getTime() - Date.now()) / 1000))),
    }).url;
    return session.viewerUrl;
  }

  /** Where CDP is spoken with it. @param url of the server that has it, when that is another */
  #cdpUrl(id: string, url: string | null = null): string {
    const { addresses, store } = this.#options;
    return `${url?.replace(/^http/, 'ws') ?? addresses().webSocketUrl}/v1/browsers/${id}/cdp?token=${store.cdpToken(id)}`;
  }

  #describe(caller: VerifiedKey, browser: OpenBrowser): NotteSession {
    const session = this.#live.get(browser);
    const isUsable = caller.scopes.includes('browsers:write') && browser.engine.status === 'running';
    return toSession(browser.record, {
      traffic: browser.engine.network.totals,
      live: browser,
      urls: isUsable ? this.#urls(browser, session ?? this.#begin(browser)) : undefined,
    });
  }

  /** Of those of this server what they have by now; of others what they had in the end, as their log says. */
  async #trafficOf(project: Project, ids: readonly string[]): Promise<ReadonlyMap<string, Traffic>> {
    const { registry, store } = this.#options;
    const here = ids.flatMap((id) => registry.local(project, id) ?? []);
    const isHere = new Set(here.map(({ id }) => id));
    const ended = await store.events.last(
      ids.filter((id) => !isHere.has(id)),
      'network.totals',
    );
    return new Map([...here.map(({ id, engine }) => [id, engine.network.totals] as const), ...(ended as Map<string, NetworkTotals>)]);
  }

  #urls(browser: OpenBrowser, session: LiveSession): SessionUrls {
    const isDriven = !browser.isOfTurn;
    return { cdpUrl: isDriven ? this.#cdpUrl(browser.id) : undefined, viewerUrl: this.viewerUrl(session) };
  }

  #begin(browser: OpenBrowser, vault?: SessionVault): LiveSession {
    const session = new LiveSession(browser, vault);
    this.#live.set(browser, session);
    return session;
  }

  /** One that nobody drives but by what shows no secrets, as the browser of a task. */
  async #startWithVault(caller: VerifiedKey, vaultId: string, request: OpenBrowserRequest, signal: AbortSignal): Promise<OpenBrowser> {
    const { registry, openCredentials, assertVault } = this.#options;
    const { projectId, maxBrowsers, record } = caller;
    if (request.profile !== undefined) {
      throw new NotSupported(
        'Give a session a vault or a profile, not both: what is typed in from the vault would be kept in the profile.',
      );
    }
    if (!caller.scopes.includes('tasks:write')) {
      throw new CarrelError('insufficient_scope', 'Using a vault needs an API key with the scope tasks:write.');
    }
    await assertVault(projectId, vaultId);
    const credentials = await openCredentials({ projectId, endUserId: vaultId });
    // It is the end user's, and closed when they, and the vault, are deleted.
    const redact = <T>(value: T) => credentials.redact(value);
    const turn = { purpose: 'vault' as const, redact, hidden: credentials, task: null };
    const owner = { projectId, maxBrowsers, record };
    const browser = await registry.openForTurn(owner, { ...request, endUserId: vaultId }, { signal, turn });
    this.#begin(browser, { id: vaultId, credentials });
    return browser;
  }
}

/** What is no id of ours is not there. @throws {CarrelError} `not_found` */
function refuseForeign(id: string): void {
  if (!browserIds.safeParse(id).success) throw new CarrelError('not_found', 'There is no such session in this project.');
}
