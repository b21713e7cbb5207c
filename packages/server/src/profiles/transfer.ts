import {
  type Browser,
  fromPlaywrightCookies,
  type Isolation,
  type Pages,
  type ProfileArchive,
  parseNetscape,
  readStorage,
  toCookiesToSet,
  toNetscape,
  toPlaywrightCookies,
  writeStorage,
} from '@carrel/browser';
import {
  CarrelError,
  type ExportProfileRequest,
  type ImportProfileRequest,
  newId,
  type ProfileContents,
  type ProfileExport,
  type ProfileVersion,
  type StorageState,
} from '@carrel/protocol';
import type { BrowserRegistry } from '../browsers/registry.js';
import type { Settings } from '../settings/index.js';
import type { Store, VerifiedKey } from '../store/index.js';
import { runErrand } from './errand-browser.js';
import type { Profiles } from './profiles.js';

/** How long somebody waits for a place within the project's limit of browsers. */
const WAIT_FOR_PLACE_MS = 30_000;
/** Of cookies, in an error. */
const MAX_NAMES = 20;

export interface ProfileTransferOptions {
  profiles: Profiles;
  registry: Pick<BrowserRegistry, 'reserve'>;
  isolation: Isolation;
  store: Pick<Store, 'audit'>;
  settings: Pick<Settings, 'maxFileBytes' | 'profileMaxBytes'>;
}

type Caller = Pick<VerifiedKey, 'id' | 'projectId' | 'maxBrowsers'>;
type CookieToBring = Parameters<Pages['setCookies']>[0][number];

/** What is to be brought in: cookies may be in a partition, which the contract says in the form of Playwright only. */
type Import = Omit<ImportProfileRequest, 'cookies'> & { readonly cookies?: readonly CookieToBring[] | undefined };

/** What an import brings. */
interface Cargo {
  cookies: readonly CookieToBring[];
  origins: StorageState['origins'];
}

/** What an export has, whatever its format. */
interface Taken {
  result: Omit<ProfileExport, 'version'>;
  counts: { cookies: number; origins: number };
}

/** Brings state into profiles and takes it out, in the forms that others have. Where that needs a browser, it is one of the server's own. */
export class ProfileTransfer {
  readonly #options: ProfileTransferOptions;
  readonly #draining = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(options: ProfileTransferOptions) {
    this.#options = options;
  }

  /**
   * Makes a new version that has more; all else is as in the current one.
   * @throws {CarrelError} `not_found`, `invalid_request` for what a browser does not take, `profile_locked`, `profile_too_large`, and what
   * opening a version and a browser throw; nothing has changed then
   */
  import(caller: Caller, id: string, request: Import, signal: AbortSignal): Promise<ProfileVersion> {
    return this.#run(signal, (both) => this.#import(caller, id, request, both));
  }

  /** @throws {CarrelError} `not_found`, `payload_too_large`, and what opening a version and a browser throw */
  export(caller: Caller, id: string, request: ExportProfileRequest, signal: AbortSignal): Promise<ProfileExport> {
    return this.#run(signal, (both) => this.#export(caller, id, request, both));
  }

  /** Refuses what comes, and ends what is under way unless it is being saved already. */
  async drain(): Promise<void> {
    this.#draining.abort(new CarrelError('shutting_down', 'The server is shutting down. Nothing was changed; try again.'));
    await Promise.allSettled(this.#underWay);
  }

  async #run<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.#draining.signal.throwIfAborted();
    const running = work(AbortSignal.any([signal, this.#draining.signal]));
    this.#underWay.add(running);
    try {
      return await running;
    } finally {
      this.#underWay.delete(running);
    }
  }

  async #import(caller: Caller, id: string, request: Import, signal: AbortSignal): Promise<ProfileVersion> {
    const cargo = cargoOf(request);
    const browserId = newId('browser');
    const { profiles, isolation, settings, store } = this.#options;
    const about = { browserId, endUserId: null, waitMs: 0, signal };
    await using attached = await profiles.attach(caller, { id, persist: true }, about);
    using _place = await this.#place(caller, signal);
    await using archive = await attached.open();
    let saved: ProfileVersion | undefined;
    await runErrand({
      browserId,
      isolation,
      restore: archive,
      signal,
      run: async (browser) => {
        await browser.use((pages) => bringCookies(pages, cargo.cookies));
        await writeStorage(browser, cargo.origins, signal);
      },
      maxBytes: settings.profileMaxBytes,
      save: async (take) => {
        const { state, directory } = await take();
        // Before there is a version: one that cannot be written down is not made, and whoever tries again makes no second one.
        const counts = { cookies: cargo.cookies.length, origins: cargo.origins.length };
        const details = { format: formatOf(request), browserId, basedOn: attached.version, ...counts };
        await store.audit.record(actorOf(caller), { action: 'profile.imported', subject: id, details });
        saved = await attached.save({ state: { ...state, ...ofTheProfile(archive) }, directory }, 'import');
      },
    });
    if (saved === undefined) throw new CarrelError('browser_crashed', 'The browser ended before its state could be saved. Try again.');
    return saved;
  }

  async #export(caller: Caller, id: string, { format, version }: ExportProfileRequest, signal: AbortSignal): Promise<ProfileExport> {
    const { profiles, store } = this.#options;
    const about = { browserId: newId('browser'), endUserId: null, waitMs: 0, signal };
    await using attached = await profiles.attach(caller, { id, ...(version === undefined ? {} : { version }) }, about);
    await using archive = await attached.open();
    if (archive === null || attached.version === null) {
      throw new CarrelError('not_found', `Nothing has been saved to profile ${id} yet, so that there is nothing to export.`);
    }
    const { result, counts } =
      format === 'storageState'
        ? await this.#takeStorageState(caller, archive, await profiles.contents(caller, id, attached.version), signal)
        : takeCookies(format, archive);
    const details = { format, version: attached.version, ...counts };
    await store.audit.record(actorOf(caller), { action: 'profile.exported', subject: id, details });
    return { version: attached.version, ...result };
  }

  async #takeStorageState(caller: Caller, archive: ProfileArchive, contents: ProfileContents, signal: AbortSignal): Promise<Taken> {
    const stored = contents.origins.filter(({ localStorage, indexedDB }) => localStorage.bytes + indexedDB.bytes > 0);
    const origins = stored.map(({ origin }) => origin).filter((origin) => !origin.includes('^'));
    const warnings =
      origins.length === stored.length
        ? []
        : [`The storage of ${stored.length - origins.length} site(s) within others was left out, which Playwright's form cannot carry.`];
    const cookies = toPlaywrightCookies(archive.state.cookies);
    const read = origins.length === 0 ? { origins: [], warnings: [] } : await this.#read(caller, archive, origins, signal);
    return {
      result: { storageState: { cookies, origins: read.origins }, warnings: [...warnings, ...read.warnings] },
      counts: { cookies: cookies.length, origins: read.origins.length },
    };
  }

  async #read(caller: Caller, restore: ProfileArchive, origins: readonly string[], signal: AbortSignal) {
    const { isolation, settings } = this.#options;
    using _place = await this.#place(caller, signal);
    const run = (browser: Browser) => readStorage(browser, { origins, maxBytes: settings.maxFileBytes, signal });
    return await runErrand({ browserId: newId('browser'), isolation, restore, maxBytes: settings.profileMaxBytes, signal, run });
  }

  async #place(caller: Caller, signal: AbortSignal): Promise<Disposable> {
    const release = await this.#options.registry.reserve(caller, { waitMs: WAIT_FOR_PLACE_MS, signal });
    return { [Symbol.dispose]: release };
  }
}

/** What an import does not touch, and a browser of the server's own does not know. */
const ofTheProfile = (archive: ProfileArchive | null) => {
  const { identity = {}, permissions = [], tabs = null } = archive?.state ?? {};
  return { identity, permissions, tabs };
};

const actorOf = ({ id, projectId }: Caller) => ({ apiKeyId: id, projectId });

const formatOf = (request: Import) => (['storageState', 'cookies', 'netscape'] as const).find((format) => request[format] !== undefined);

/** @throws {CarrelError} `invalid_request` */
function cargoOf({ storageState, cookies, netscape }: Import): Cargo {
  if (storageState !== undefined) return { cookies: fromPlaywrightCookies(storageState.cookies), origins: storageState.origins };
  return { cookies: cookies ?? parseNetscape(netscape ?? ''), origins: [] };
}

function takeCookies(format: 'cookies' | 'netscape', { state }: ProfileArchive): Taken {
  const { value: cookies, warnings } = toCookiesToSet(state.cookies);
  if (format === 'cookies') return { result: { cookies, warnings }, counts: { cookies: cookies.length, origins: 0 } };
  const text = toNetscape(state.cookies);
  return { result: { netscape: text.value, warnings: text.warnings }, counts: { cookies: cookies.length, origins: 0 } };
}

/** Chromium takes more cookies than it keeps, and throws others away for them without a word: then nothing is brought. */
async function bringCookies(pages: Pages, cookies: readonly CookieToBring[]): Promise<void> {
  if (cookies.length === 0) return;
  const before = await pages.getCookies();
  await pages.setCookies(cookies);
  const after = await pages.getCookies();
  const values = new Set(after.map(valueKey));
  const places = new Set(after.map(placeKey));
  const isPast = ({ expires = -1 }: { expires?: number | undefined }) => expires !== -1 && expires * 1000 <= Date.now();
  const lost = [
    ...cookies.filter((cookie) => !isPast(cookie) && !values.has(valueKey(cookie))),
    ...before.filter((cookie) => !isPast(cookie) && !places.has(placeKey(cookie))),
  ];
  if (lost.length === 0) return;
  throw new CarrelError(
    'invalid_request',
    `Chromium would not keep ${lost.length} of the cookies: a site may have some 180, and domain, path, secure and prefix of each must go together.`,
    {
      details: { names: lost.slice(0, MAX_NAMES).map(({ name }) => name) },
    },
  );
}

const valueKey = ({ name, value }: { name: string; value: string }) => JSON.stringify([name.trim(), value.trim()]);
const placeKey = ({ name, domain, path }: { name: string; domain: string; path: string }) => JSON.stringify([name, domain, path]);
