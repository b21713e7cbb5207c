import type { ReadingOptions, TurnPage } from '@carrel/agent';
import type { Browser, Pages } from '@carrel/browser';
import { type Action, type ActionResult, CarrelError, type Observation, type ScrapeResult } from '@carrel/protocol';
import type { StoredLogin } from './items.js';
import { LearnedSecrets } from './learned-secrets.js';
import { Redactor } from './redact.js';
import { belongsTo, originsOf, Scope } from './scope.js';
import { cookieSecrets, fieldsOf, labelOf, storedSecrets, valueFor } from './secrets-of.js';

const TIMEOUT_MS = 15_000;
/** All that there is. */
const WHOLE = { maxSnapshotChars: 1_000_000, maxElements: 10_000, timeoutMs: TIMEOUT_MS };
const MAX_MARKDOWN_CHARS = 1_000_000;
const MAX_LEARNED = { cookies: 1_000, stored: 2_000 } as const;

export interface RedactedPageOptions {
  readonly browser: Browser;
  readonly logins: readonly StoredLogin[];
  readonly redactor: Redactor;
  /** Whose cookies and localStorage are secrets, those too that sites set meanwhile. */
  readonly scope: Scope;
}

/**
 * The pages of a turn's browser without the end user's secrets. No picture is given of a page that shows one: neither the model nor anybody
 * who looks at the steps later is to see it.
 */
export class RedactedPage implements TurnPage {
  readonly #options: RedactedPageOptions;
  /** Each for itself: a cart in localStorage shall not keep a session's cookie from being known. */
  readonly #cookies: LearnedSecrets;
  readonly #stored: LearnedSecrets;

  constructor(options: RedactedPageOptions) {
    this.#options = options;
    this.#cookies = new LearnedSecrets(options.redactor, MAX_LEARNED.cookies);
    this.#stored = new LearnedSecrets(options.redactor, MAX_LEARNED.stored);
  }

  async observe({ screenshot, markdown }: { screenshot: boolean; markdown: boolean }, signal: AbortSignal): Promise<Observation> {
    return await this.#look(async (pages) => {
      const showsNothing = screenshot && (await this.#showsNoSecret(pages, undefined, signal));
      const { screenshot: picture, ...seen } = await pages.observe({ ...WHOLE, screenshot: showsNothing, markdown }, signal);
      await this.#learn(pages, signal);
      const isFit = picture !== undefined && !this.#options.redactor.finds(seen.snapshot);
      const isShown = isFit && (await this.#showsNoSecret(pages, seen.metadata.tabId, signal));
      return { ...this.#options.redactor.redact(seen), ...(isShown && { screenshot: picture }) };
    });
  }

  async execute(action: Action, signal: AbortSignal): Promise<ActionResult> {
    return await this.#look(async (pages) => {
      if (this.#options.logins.length > 0 && usesClipboard(action)) {
        return await this.#refuse(pages, NO_CLIPBOARD, action.type, signal);
      }
      if (action.type === 'screenshot' && !(await this.#showsNoSecret(pages, action.tabId, signal))) {
        return await this.#refuse(pages, NOT_SHOWN, action.type, signal);
      }
      const { screenshot, ...result } = await pages.execute(action, signal);
      await this.#learn(pages, signal);
      if (screenshot !== undefined && !(await this.#showsNoSecret(pages, result.tabId, signal))) {
        return await this.#refuse(pages, NOT_SHOWN, action.type, signal);
      }
      return { ...this.#options.redactor.redact(result), ...(screenshot !== undefined && { screenshot }) };
    });
  }

  async scrape(signal: AbortSignal, wanted: ReadingOptions = {}): Promise<ScrapeResult> {
    return await this.#look(async (pages) => {
      const options = { onlyMainContent: true, links: true, maxChars: MAX_MARKDOWN_CHARS, timeoutMs: TIMEOUT_MS, ...wanted };
      const result = await pages.scrape(options, signal);
      await this.#learn(pages, signal);
      return this.#options.redactor.redact(result);
    });
  }

  async fillCredential({ alias, field, ref }: { alias: string; field: string; ref: string }, signal: AbortSignal): Promise<ActionResult> {
    const { logins, redactor } = this.#options;
    return await this.#look(async (pages) => {
      const login = logins.find((one) => one.alias === alias);
      const refuse = (message: string) => this.#refuse(pages, message, 'fill', signal);
      if (login === undefined) return await refuse(`There is no credential ${alias}: there are ${list(logins.map((one) => one.alias))}.`);
      const value = valueFor(login, field);
      if (value === undefined) return await refuse(`${alias} has no ${field}: it has ${list(fieldsOf(login))}.`);
      if (field === 'totp') redactor.add({ value, label: labelOf(login, field) });
      const isAllowed = (origin: string) => belongsTo(login, origin);
      const result = await pages.fillSecret({ ref, value, isAllowed, isPassword: field === 'password' }, signal);
      await this.#learn(pages, signal);
      const belongs = `${alias} may be filled in at ${originsOf(login).join(', ')}${login.includeSubdomains === true ? ' and below' : ''}.`;
      const message = /does not belong there/.test(result.message) ? `${result.message} ${belongs}` : result.message;
      return redactor.redact({ ...result, message });
    });
  }

  /** What was not even tried, or is not handed out. */
  async #refuse(pages: Pages, message: string, type: string, signal: AbortSignal): Promise<ActionResult> {
    await this.#learn(pages, signal);
    const active = pages.tabs().find((tab) => tab.active);
    const { id: tabId = '', url = '', title = '' } = active ?? {};
    const result = { success: false, type, message, failure: 'not_actionable', tabId, url, title, durationMs: 0, changes: {} } as const;
    return this.#options.redactor.redact<ActionResult>(result);
  }

  /** Errors may quote the page too. */
  async #look<T>(work: (pages: Pages) => Promise<T>): Promise<T> {
    const { browser, redactor } = this.#options;
    try {
      return await browser.use(work);
    } catch (error) {
      if (!(error instanceof CarrelError)) throw error;
      throw new CarrelError(error.code, redactor.redact(error.message), redactor.redact({ details: error.details }));
    }
  }

  /** What sites with a credential have set since: after the page was read, as what they set before is in what was read. */
  async #learn(pages: Pages, signal: AbortSignal): Promise<void> {
    const { scope } = this.#options;
    const [cookies, origins] = await Promise.all([
      scope.hasHosts ? pages.readCookies(signal) : [],
      scope.hasOrigins ? pages.readLocalStorage((origin) => scope.hasOrigin(origin), signal) : [],
    ]);
    this.#cookies.add(cookieSecrets(cookies.filter((cookie) => scope.hasCookie(cookie))));
    for (const state of origins) this.#stored.add(storedSecrets(state));
  }

  /** As far as can be told: of a page that does not answer, nothing can. */
  async #showsNoSecret(pages: Pages, tabId: string | undefined, signal: AbortSignal): Promise<boolean> {
    if (this.#options.redactor.isEmpty) return true; // reading all that is painted costs as much as the picture, and there is nothing to find
    try {
      return !this.#options.redactor.finds(await pages.paintedText(tabId, signal));
    } catch (error) {
      if (error instanceof CarrelError && (error.code === 'page_unresponsive' || error.code === 'not_found')) return false;
      throw error;
    }
  }
}

/** The pages of a browser that has no secrets of anybody's. */
export const pageWithoutCredentials = (browser: Browser): TurnPage =>
  new RedactedPage({ browser, logins: [], redactor: new Redactor([]), scope: new Scope([]) });

const list = (names: readonly string[]) => (names.length === 0 ? 'none' : names.join(', '));

const NOT_SHOWN = 'No picture is given: the page shows a secret, such as the user name in a field. Observe it instead.';
const NO_CLIPBOARD =
  'Nothing was pressed: copying, cutting and pasting is not possible while there are credentials. Type or fill in what is needed instead.';
const CLIPBOARD_KEYS = ['c', 'v', 'x', 'keyc', 'keyv', 'keyx'];
/** Insert and Delete, also of the number pad, as Playwright calls them. */
const INSERT_KEYS = ['insert', 'numpad0'];
const DELETE_KEYS = ['delete', 'numpaddecimal'];

/** Whether it would carry something from one page to another behind everybody's back: a secret that was filled in, for one. */
function usesClipboard(action: Action): boolean {
  if (action.type !== 'press') return false;
  const keys = action.key.toLowerCase().split('+');
  const has = (some: readonly string[]) => keys.some((key) => some.includes(key));
  const isShift = keys.some((key) => key.startsWith('shift'));
  const isCommand = keys.some((key) => /^(control|meta)/.test(key));
  if (isShift && has(DELETE_KEYS)) return true;
  return (isCommand && has(CLIPBOARD_KEYS)) || ((isCommand || isShift) && has(INSERT_KEYS));
}
