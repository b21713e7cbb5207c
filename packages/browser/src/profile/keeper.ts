import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type BrowserKind, CarrelError, type Identity } from '@carrel/protocol';
import pLimit from 'p-limit';
import { CdpSession, type Multiplexer } from '../cdp/index.js';
import { asRequest, type IdentityClient } from '../identity/index.js';
import type { IsolatedBrowser } from '../isolation/index.js';
import type { Pages, WantedTab } from '../page/index.js';
import { copyKept, measureKept } from './archive/index.js';
import { bringCookies, takeCookies } from './cookies.js';
import { overlayLocalStorage } from './overlay/index.js';
import { keptTargets, type PageStorage, readPageStorage } from './page-storage.js';
import { Permissions, restorePermissions } from './permissions.js';
import type { KeptCookie, KeptTab, ProfileArchive, ProfileSnapshot, ProfileState } from './state.js';
import { prepareThread } from './thread/index.js';

/** How long a browser may take to say what it holds that is no file. */
const TAKE_DEADLINE_MS = 15_000;
/** Of all tabs together, names and values. */
const MAX_SESSION_STORAGE_CHARS = 4_000_000;
/** Of one origin in one tab. */
const MAX_SESSION_STORAGE_ENTRIES = 10_000;

/** When a snapshot is taken: at the end, when somebody asks for it, or by itself when something has changed. */
export type SaveTrigger = 'close' | 'checkpoint' | 'automatic';

export interface BrowserProfileOptions {
  /** What it starts with; left out: nothing was kept yet. */
  restore?: ProfileArchive | undefined;
  /** Open tabs are brought back, and kept. */
  keepTabs: boolean;
  /** With the tabs, what they have in sessionStorage. */
  keepSessionStorage: boolean;
  /** Of the files that are kept; more are not copied for a checkpoint. */
  maxBytes: number;
  /**
   * Saves a snapshot, which `take` takes; left out: nothing is kept. Of one browser, one is saved at a time. When it rejects, so does the
   * checkpoint or the closing.
   */
  save?: ((take: () => Promise<ProfileSnapshot>, trigger: SaveTrigger) => Promise<void>) | undefined;
  /** Whether it is saved without anybody asking before its end, too, such as before it falls asleep. Default true. */
  savesByItself?: boolean;
  /** Called once nothing is saved any more, before the end of the browser is told. */
  release?: (() => Promise<void>) | undefined;
}

/** What a browser's connections are, once there are any. */
export interface KeptBrowser {
  kind: BrowserKind;
  version: string | null;
  identity: Identity | null;
  multiplexer: Multiplexer;
  session: CdpSession;
  pages: Pages;
}

/** What those of a browser are that has just started. */
export interface FreshBrowser extends Pick<KeptBrowser, 'session' | 'pages'> {
  identityClient: Pick<IdentityClient, 'taken'>;
}

/** What became of bringing state into a browser. */
export interface Restored {
  cookies: number;
  /** Names of cookies that Chromium refused. */
  refusedCookies: string[];
  refusedPermissions: number;
  tabs: number;
}

/** What was taken out of a browser that runs. */
interface Taken {
  state: ProfileState;
  storage: PageStorage[];
  readAtMs: number;
}

/** Brings the state of a profile into a browser, and takes it out again. */
export class ProfileKeeper {
  readonly #options: BrowserProfileOptions;
  readonly #permissions: Permissions;
  /** Of the archive, or as last taken: what knows when a cookie changed. */
  #cookies: readonly KeptCookie[];
  readonly #inTurn = pLimit(1);
  #savedMark = '';
  /** What tabs were to bring back that have not come there yet, by their ids. */
  readonly #underWay = new Map<string, KeptTab>();

  constructor(options: BrowserProfileOptions) {
    this.#options = options;
    const { state } = options.restore ?? {};
    this.#permissions = new Permissions(state?.permissions);
    this.#cookies = state?.cookies ?? [];
    if (options.save !== undefined) prepareThread();
  }

  /** Whether anything is kept. */
  get saves(): boolean {
    return this.#options.save !== undefined;
  }

  /** Whether it is saved although nobody asked. */
  get savesByItself(): boolean {
    return this.saves && this.#options.savesByItself !== false;
  }

  /** Who the browser before was to pages. */
  get identity(): ProfileState['identity'] | undefined {
    return this.#options.restore?.state.identity;
  }

  /** Writes the files of the profile into a new user-data-dir. */
  fill(directory: string, uid: number | undefined): Promise<void> {
    return this.#options.restore?.extract(directory, uid) ?? Promise.resolve();
  }

  /** Hears what clients say of permissions. */
  hearPermissions(method: string, params: Readonly<Record<string, unknown>>): void {
    this.#permissions.hear(method, params);
  }

  /** To be called when a client has left: Chromium takes back with it what all clients said of permissions. */
  clientLeft(session: CdpSession): void {
    restorePermissions(session, this.#permissions.all).catch(() => {
      // The browser is ending, and nobody asks for them any more.
    });
  }

  /** Brings in what is no file, before the first page; undefined when there is no state. Tabs are under way afterwards, and not yet loaded. */
  async bringBack({ session, pages, identityClient }: FreshBrowser): Promise<Restored | undefined> {
    const state = this.#options.restore?.state;
    if (state === undefined) return undefined;
    const [refusedCookies, refusedPermissions] = await Promise.all([
      bringCookies(session, state.cookies),
      restorePermissions(session, state.permissions),
    ]);
    const tabs = this.#options.keepTabs ? (state.tabs ?? []) : [];
    // Chromium 156: a page that is sent somewhere before its first renderer runs may crash of it. What it refuses ends the browser, which says so.
    if (tabs.length > 0) await identityClient.taken();
    for (const { tabId, wanted, arrived } of await pages.bringTabs(tabs.map((tab) => this.#toWanted(tab)))) {
      this.#underWay.set(tabId, wanted.kept);
      void arrived.then((isThere) => isThere && this.#underWay.delete(tabId));
    }
    return { cookies: state.cookies.length - refusedCookies.length, refusedCookies, refusedPermissions, tabs: tabs.length };
  }

  /**
   * Saves what a browser holds while it runs on: its processes stand still only while its files are copied.
   * @param options.onlyWhenChanged do nothing when nothing seems to have changed since the last time
   */
  checkpoint(browser: KeptBrowser, isolated: IsolatedBrowser, { onlyWhenChanged }: { onlyWhenChanged: boolean }): Promise<void> {
    return this.#inTurn(async () => {
      const mark = await this.#markOf(browser, isolated);
      if (onlyWhenChanged && mark === this.#savedMark) return;
      const copy = join(dirname(isolated.directories.profile), 'checkpoint');
      const take = async () => {
        const taken = await this.#take(browser);
        {
          using _frozen = await isolated.freeze();
          await copyKept(isolated.directories.profile, copy, this.#options.maxBytes);
        }
        await addLateStorage(copy, taken);
        return { state: taken.state, directory: copy };
      };
      try {
        await this.#options.save?.(take, onlyWhenChanged ? 'automatic' : 'checkpoint');
        this.#savedMark = mark;
      } finally {
        await rm(copy, { recursive: true, force: true });
      }
    });
  }

  /** Saves what a browser leaves. `end` ends it in good order: its files are whole then, and nothing writes to them any more. */
  saveAtEnd(browser: KeptBrowser, isolated: IsolatedBrowser, end: () => Promise<void>): Promise<void> {
    return this.#inTurn(async () => {
      const take = async () => {
        const taken = await this.#take(browser);
        await end();
        await addLateStorage(isolated.directories.profile, taken).catch(() => {
          // The files are as Chromium left them at its end, which is nearly always all: no reason to lose cookies and everything else.
        });
        return { state: taken.state, directory: isolated.directories.profile };
      };
      await this.#options.save?.(take, 'close');
    });
  }

  /** Resolves when nothing is being saved any more. */
  async settled(): Promise<void> {
    await this.#inTurn(async () => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#options.restore?.[Symbol.asyncDispose]();
    } finally {
      await this.#options.release?.();
    }
  }

  /** @throws {CarrelError} `page_unresponsive` when the browser does not answer in time */
  async #take(browser: KeptBrowser): Promise<Taken> {
    const late = delay(TAKE_DEADLINE_MS, undefined, { ref: false }).then(() => {
      throw new CarrelError('page_unresponsive', `The browser did not say within ${TAKE_DEADLINE_MS / 1000} s what it holds.`);
    });
    late.catch(() => {}); // told below, if it is the first
    return await Promise.race([this.#takeAll(browser), late]);
  }

  async #takeAll({ kind, version, identity, multiplexer, pages }: KeptBrowser): Promise<Taken> {
    await using session = await CdpSession.open(multiplexer);
    const { keepTabs, keepSessionStorage } = this.#options;
    const readAtMs = Date.now();
    const targets = await keptTargets(session);
    const storage = await readPageStorage(session, targets, { isSessionStorageWanted: keepTabs && keepSessionStorage });
    // Last, as they change most often: a token that is renewed here would be stale in the profile.
    const cookies = await takeCookies(session, this.#cookies, Date.now());
    this.#cookies = cookies;
    const ids = new Set(targets.map(({ targetId }) => targetId));
    const state: ProfileState = {
      formatVersion: 1,
      savedAt: new Date().toISOString(),
      kind,
      browserVersion: version ?? '',
      cookies,
      permissions: [...this.#permissions.all],
      identity: identity === null ? {} : asRequest(identity),
      tabs: keepTabs ? this.#tabsOf(pages, ids, storage) : null,
    };
    return { state, storage, readAtMs };
  }

  #tabsOf(pages: Pages, ids: ReadonlySet<string>, storage: readonly PageStorage[]): KeptTab[] {
    let leftChars = MAX_SESSION_STORAGE_CHARS;
    const open = pages.tabs().filter(({ id }) => ids.has(id));
    return open.map(({ id, url, active }) => {
      const brought = this.#underWay.get(id);
      if (brought !== undefined && (url === 'about:blank' || url === brought.url)) return { ...brought, isActive: active };
      const sessionStorage: KeptTab['sessionStorage'] = [];
      for (const { origin, entries } of storage.find(({ targetId }) => targetId === id)?.sessionStorage ?? []) {
        const chars = entries.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
        // A page may not make so much of it that nothing at all could be saved.
        if (entries.length === 0 || entries.length > MAX_SESSION_STORAGE_ENTRIES || chars > leftChars) continue;
        leftChars -= chars;
        sessionStorage.push({ origin, entries });
      }
      return { url, isActive: active, sessionStorage };
    });
  }

  /** Something that is another when what is kept is another, but for what Chromium has not written out yet. */
  async #markOf({ session, pages }: KeptBrowser, isolated: IsolatedBrowser): Promise<string> {
    const [cookies, files] = await Promise.all([takeCookies(session, [], 0), measureKept(isolated.directories.profile)]);
    const tabs = this.#options.keepTabs ? pages.tabs().map(({ url }) => url) : [];
    return createHash('sha256')
      .update(JSON.stringify([cookies, files, this.#permissions.all, tabs]))
      .digest('base64');
  }

  #toWanted(kept: KeptTab): WantedTab & { kept: KeptTab } {
    const { url, isActive, sessionStorage } = kept;
    const isWanted = this.#options.keepSessionStorage && sessionStorage.length > 0;
    return { url, isActive, script: isWanted ? scriptFor(sessionStorage) : undefined, kept };
  }
}

/** Chromium writes localStorage out up to a minute late, and the full browser now and then not even at its end (2.4 MB: once in six times). */
async function addLateStorage(directory: string, { storage, readAtMs }: Taken): Promise<void> {
  const items = storage.flatMap(({ localStorage }) => localStorage);
  await overlayLocalStorage(directory, items, readAtMs);
}

/** Fills sessionStorage where it is empty: the page's own from then on. */
function scriptFor(kept: KeptTab['sessionStorage']): string {
  const fill = (all: KeptTab['sessionStorage']) => {
    const here = all.find(({ origin }) => origin === globalThis.location.origin);
    if (here === undefined || globalThis.sessionStorage.length > 0) return;
    for (const [name, value] of here.entries) globalThis.sessionStorage.setItem(name, value);
  };
  return `(${fill.toString()})(${JSON.stringify(kept)})`;
}
