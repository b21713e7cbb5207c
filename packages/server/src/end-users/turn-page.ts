import type { TurnPage } from '@carrel/agent';
import type { Browser, Pages } from '@carrel/browser';
import { type Action, type ActionResult, CarrelError, type Observation, type ScrapeResult } from '@carrel/protocol';
import type { StoredLogin } from './items.js';
import type { Redactor } from './redact.js';
import { belongsTo, originsOf, type Scope } from './scope.js';
import { cookieSecrets, fieldsOf, labelOf, valueFor } from './secrets-of.js';

const TIMEOUT_MS = 15_000;
/** All that there is. */
const WHOLE = { maxSnapshotChars: 1_000_000, maxElements: 10_000, timeoutMs: TIMEOUT_MS };
const MAX_MARKDOWN_CHARS = 1_000_000;
/** Values of cookies that come up in a turn: a site that makes new ones all the time has only itself to blame when later ones are not taken out. */
const MAX_LEARNED_COOKIES = 1_000;
const MAX_LEARNED_CHARS = 1_000_000;

export interface RedactedPageOptions {
  readonly browser: Browser;
  readonly logins: readonly StoredLogin[];
  readonly redactor: Redactor;
  /** Whose cookies are secrets, those too that sites set meanwhile. */
  readonly scope: Scope;
}

/**
 * The pages of a turn's browser without the end user's secrets. No picture is given of a page that shows one: neither the model nor anybody
 * who looks at the steps later is to see it.
 */
export class RedactedPage implements TurnPage {
  readonly #options: RedactedPageOptions;
  readonly #learned = new Set<string>();
  #learnedChars = 0;

  constructor(options: RedactedPageOptions) {
    this.#options = options;
  }

  async observe({ screenshot, markdown }: { screenshot: boolean; markdown: boolean }, signal: AbortSignal): Promise<Observation> {
    return await this.#look(async (pages) => {
      const showsNothing = screenshot && (await this.#showsNoSecret(pages, undefined, signal));
      const { screenshot: picture, ...seen } = await pages.observe({ ...WHOLE, screenshot: showsNothing, markdown }, signal);
      await this.#learnCookies(pages, signal);
      const isFit = picture !== undefined && !this.#options.redactor.finds(seen.snapshot);
      const isShown = isFit && (await this.#showsNoSecret(pages, seen.metadata.tabId, signal));
      return { ...this.#options.redactor.redact(seen), ...(isShown && { screenshot: picture }) };
    });
  }

  async execute(action: Action, signal: AbortSignal): Promise<ActionResult> {
    return await this.#look(async (pages) => {
      if (this.#options.logins.length > 0 && usesClipboard(action)) return refused(pages, NO_CLIPBOARD, action.type);
      if (action.type === 'screenshot' && !(await this.#showsNoSecret(pages, action.tabId, signal))) return notShown(pages);
      const { screenshot, ...result } = await pages.execute(action, signal);
      await this.#learnCookies(pages, signal);
      if (screenshot !== undefined && !(await this.#showsNoSecret(pages, result.tabId, signal))) return notShown(pages);
      return { ...this.#options.redactor.redact(result), ...(screenshot !== undefined && { screenshot }) };
    });
  }

  async scrape(signal: AbortSignal): Promise<ScrapeResult> {
    return await this.#look(async (pages) => {
      const options = { onlyMainContent: true, links: true, maxChars: MAX_MARKDOWN_CHARS, timeoutMs: TIMEOUT_MS };
      const result = await pages.scrape(options, signal);
      await this.#learnCookies(pages, signal);
      return this.#options.redactor.redact(result);
    });
  }

  async fillCredential({ alias, field, ref }: { alias: string; field: string; ref: string }, signal: AbortSignal): Promise<ActionResult> {
    const { logins, redactor } = this.#options;
    return await this.#look(async (pages) => {
      const login = logins.find((one) => one.alias === alias);
      if (login === undefined) return refused(pages, `There is no credential ${alias}: there are ${list(logins.map((one) => one.alias))}.`);
      const value = valueFor(login, field);
      if (value === undefined) return refused(pages, `${alias} has no ${field}: it has ${list(fieldsOf(login))}.`);
      if (field === 'totp') redactor.add({ value, label: labelOf(login, field) });
      const isAllowed = (origin: string) => belongsTo(login, origin);
      const result = await pages.fillSecret({ ref, value, isAllowed, isPassword: field === 'password' }, signal);
      await this.#learnCookies(pages, signal);
      const belongs = `${alias} may be filled in at ${originsOf(login).join(', ')}${login.includeSubdomains === true ? ' and below' : ''}.`;
      const message = /does not belong there/.test(result.message) ? `${result.message} ${belongs}` : result.message;
      return redactor.redact({ ...result, message });
    });
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

  async #learnCookies(pages: Pages, signal: AbortSignal): Promise<void> {
    const { redactor, scope } = this.#options;
    const cookies = (await pages.readCookies(signal)).filter((cookie) => scope.hasCookie(cookie));
    for (const secret of cookieSecrets(cookies)) {
      if (this.#learned.has(secret.value)) continue;
      this.#learnedChars += secret.value.length;
      if (this.#learned.size >= MAX_LEARNED_COOKIES || this.#learnedChars > MAX_LEARNED_CHARS) return;
      this.#learned.add(secret.value);
      redactor.add(secret);
    }
  }

  /** As far as can be told: of a page that does not answer, nothing can. */
  async #showsNoSecret(pages: Pages, tabId: string | undefined, signal: AbortSignal): Promise<boolean> {
    try {
      return !this.#options.redactor.finds(await pages.paintedText(tabId, signal));
    } catch (error) {
      if (error instanceof CarrelError && (error.code === 'page_unresponsive' || error.code === 'not_found')) return false;
      throw error;
    }
  }
}

const list = (names: readonly string[]) => (names.length === 0 ? 'none' : names.join(', '));

const notShown = (pages: Pages) =>
  refused(pages, 'No picture is given: the page shows a secret, such as the user name in a field. Observe it instead.', 'screenshot');

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

/** What was not even tried. */
function refused(pages: Pages, message: string, type = 'fill'): ActionResult {
  const active = pages.tabs().find((tab) => tab.active);
  const { id: tabId = '', url = '', title = '' } = active ?? {};
  return { success: false, type, message, failure: 'not_actionable', tabId, url, title, durationMs: 0, changes: {} };
}
