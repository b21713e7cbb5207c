import { type Browser, readStorage } from '@carrel/browser';
import { action, CarrelError, type EndUserLogin, type LoginRequest, matchesUrl, type OpenBrowserRequest } from '@carrel/protocol';
import type { Logger } from 'pino';
import type { OpenBrowser } from '../browsers/open-browser.js';
import type { BrowserRegistry } from '../browsers/registry.js';
import type { GoodLink, LiveLinks } from '../live/index.js';
import type { Actor, VerifiedKey } from '../store/index.js';
import { type EndUserCredentials, MAX_BYTES } from './credentials.js';

/** What a browser takes to begin and to be saved, beside what the person takes. */
const MARGIN_SECONDS = 120;
const SAVE_MS = 30_000;
const SAVED = 'Thank you, that was all: you are signed in. You can close this page.';
const NOT_SAVED = 'Nothing that you signed in to could be kept. Ask for another link to try again.';
/** How often it is looked whether they are signed in, besides when a page comes. */
const LOOK_MS = 1_000;
/** Of the web, and pages that are their own address, in whatever text. */
const ADDRESS = /(?:https?:\/\/|data:|blob:)[^\s"'<>]+/g;

export interface LoginsOptions {
  readonly registry: BrowserRegistry;
  readonly links: LiveLinks;
  readonly credentials: EndUserCredentials;
  readonly logger: Logger;
}

/** It is not recorded: what a person types there nobody knows to be a secret before. */
const NOTHING_KNOWN = { hasSecrets: false, secretsIn: () => [] };

/** Why a person is not waited for any more. */
type Outcome = 'done' | 'matched' | 'late' | 'ended';

/** Has people sign in by themselves, in a browser of their own, and keeps what they are signed in to. */
export class Logins {
  readonly #options: LoginsOptions;

  constructor(options: LoginsOptions) {
    this.#options = options;
  }

  /**
   * Opens a browser at the page to sign in at.
   * @throws {CarrelError} as opening a browser does; `invalid_request` when there is no such page, or `until` holds there already
   */
  async start(caller: VerifiedKey, endUserId: string, request: LoginRequest, signal: AbortSignal): Promise<EndUserLogin> {
    const { url, timeoutSeconds, kind, proxies, identity } = request;
    const limitSeconds = timeoutSeconds + MARGIN_SECONDS;
    const asked: OpenBrowserRequest = {
      endUserId,
      metadata: { purpose: 'login' },
      record: false,
      ...{ idleTimeoutSeconds: limitSeconds, maxDurationSeconds: limitSeconds },
      ...(kind === undefined ? {} : { kind }),
      ...(proxies === undefined ? {} : { proxies }),
      ...(identity === undefined ? {} : { identity }),
    };
    // It holds what nobody is to read, as that of a turn does.
    const browser = await this.#options.registry.openForTurn(caller, asked, {
      signal,
      turn: { purpose: 'sign_in', redact: withoutAddresses, hidden: NOTHING_KNOWN, task: null },
    });
    try {
      const { success, message } = await browser.engine.use((pages) => pages.execute(action.parse({ type: 'goto', url }), signal));
      if (!success) throw new CarrelError('invalid_request', `The page to sign in at cannot be opened: ${message}`);
      if (await isSignedIn(browser.engine, request.until)) throw holdsAlready(request.until);
      const { link, url: liveUrl } = this.#options.links.create(browser, { scope: 'control', ttlSeconds: timeoutSeconds });
      const waiting = this.#wait(browser, request, { liveUrl, since: link.createdAt, expiresAt: link.expiresAt });
      void waiting.then((outcome) => this.#finish(browser, { caller, endUserId, outcome, timeoutSeconds, link }));
      return { browserId: browser.id, liveUrl, expiresAt: link.expiresAt.toISOString() };
    } catch (error) {
      await browser.engine.close();
      throw error;
    }
  }

  async #wait(
    browser: OpenBrowser,
    { url, until, timeoutSeconds }: LoginRequest,
    { liveUrl, since, expiresAt }: { liveUrl: string; since: Date; expiresAt: Date },
  ): Promise<Outcome> {
    const message = `Sign in at ${new URL(url).host}${until === undefined ? ', then press Done.' : '.'}`;
    let settle: (outcome: Outcome) => void = () => {};
    const settled = new Promise<Outcome>((resolve) => {
      settle = resolve;
    });
    const needed = { reason: 'sign_in' as const, message, since: since.toISOString(), expiresAt: expiresAt.toISOString(), liveUrl };
    const stopNeeding = browser.needHuman(needed, { onDone: () => settle('done') });
    const look = () => {
      // What does not answer at the moment is looked at again.
      isSignedIn(browser.engine, until).then(
        (is) => is && settle('matched'),
        () => {},
      );
    };
    const stopFollowing = browser.follow(({ type }) => type === 'tab.navigated' && look());
    const looking = until === undefined ? undefined : setInterval(look, LOOK_MS);
    const late = setTimeout(() => settle('late'), timeoutSeconds * 1000);
    void browser.engine.ending.then(() => settle('ended'));
    const outcome = await settled;
    clearInterval(looking);
    clearTimeout(late);
    stopFollowing();
    stopNeeding(outcome === 'done' || outcome === 'matched');
    return outcome;
  }

  async #finish(
    browser: OpenBrowser,
    {
      caller,
      endUserId,
      outcome,
      timeoutSeconds,
      link,
    }: { caller: VerifiedKey; endUserId: string; outcome: Outcome; timeoutSeconds: number; link: GoodLink },
  ): Promise<void> {
    const { logger, links } = this.#options;
    let parting = NOT_SAVED;
    try {
      if (outcome === 'ended') browser.tell('login.failed', { message: 'The browser was closed before anybody had signed in.' });
      else if (outcome === 'late') browser.tell('login.failed', { message: `Nobody had signed in after ${timeoutSeconds} seconds.` });
      else {
        browser.tell('login.saved', await this.#save(browser.engine, { projectId: caller.projectId, apiKeyId: caller.id }, endUserId));
        parting = SAVED;
      }
    } catch (error) {
      const message = error instanceof CarrelError ? error.message : 'What was signed in to could not be kept.';
      browser.tell('login.failed', { message });
      logger.warn({ err: error, browserId: browser.id }, 'what a person has signed in to could not be kept');
    } finally {
      links.finish(link, parting);
      await browser.engine
        .close()
        .catch((error: unknown) => logger.error({ err: error, browserId: browser.id }, 'a browser could not be closed'));
    }
  }

  /** Keeps what the sites that the person was on have stored; what others have stored meanwhile is not theirs. */
  async #save(browser: Browser, actor: Actor, endUserId: string): Promise<{ cookies: number; origins: number }> {
    const signal = AbortSignal.timeout(SAVE_MS);
    const visited = await browser.use(async (pages) => pages.visitedOrigins());
    const hosts = new Set(visited.map((origin) => new URL(origin).hostname));
    const isOfVisited = ({ domain }: { domain: string }) => {
      const host = domain.replace(/^\./, '');
      return [...hosts].some((own) => own === host || (domain.startsWith('.') && own.endsWith(`.${host}`)));
    };
    const cookies = (await browser.use((pages) => pages.readCookies(signal))).filter(isOfVisited);
    const { origins } = await browser.use(() => readStorage(browser, { origins: visited, maxBytes: MAX_BYTES, signal }));
    if (cookies.length + origins.length === 0) throw new CarrelError('invalid_request', 'No site has left anything.');
    await this.#options.credentials.keepSignedIn(actor, endUserId, { cookies, origins });
    return { cookies: cookies.length, origins: origins.length };
  }
}

async function isSignedIn(browser: Browser, until: LoginRequest['until']): Promise<boolean> {
  const { url, cookie } = until ?? {};
  if (url !== undefined) return await browser.use(async (pages) => pages.tabs().some((tab) => matchesUrl(url, tab.url)));
  if (cookie === undefined) return false;
  return (await browser.use((pages) => pages.readCookies())).some(({ name }) => name === cookie);
}

/** It would be over before anybody has done anything, with nothing of theirs to keep. */
function holdsAlready({ url, cookie }: NonNullable<LoginRequest['until']> = {}): CarrelError {
  const what =
    url === undefined
      ? `has a cookie ${JSON.stringify(cookie)} already (\`until.cookie\`): name one that comes with signing in`
      : `matches \`until.url\` (${JSON.stringify(url)}) itself: name a page that is reached by signing in`;
  return new CarrelError('invalid_request', `The page to sign in at ${what}, or leave \`until\` out and have them press Done.`);
}

/** Addresses carry codes and tokens while somebody signs in: of each only the origin is written down. */
function withoutAddresses<T>(value: T): T {
  const text = JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'string' ? inner.replace(ADDRESS, withoutPath) : inner));
  return text === undefined ? value : (JSON.parse(text) as T);
}

function withoutPath(url: string): string {
  if (!URL.canParse(url)) return '';
  const { origin, protocol } = new URL(url);
  return origin === 'null' ? protocol : origin;
}
