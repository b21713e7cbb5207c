import type { Browser, Frame, WatcherOptions, Watching } from '@carrel/browser';

/** After a text was hidden, what was drawn before may still come for this long. */
const SETTLE_MS = 250;
/** Looking at a page takes this part of its time at most. */
const MAX_SHARE = 0.2;
/** One that did not answer for long was not busy with us. */
const MAX_REST_MS = 2_000;

/** What pictures of a browser are not to show. */
export interface HiddenFromPictures {
  /** Whether there is anything. */
  readonly hasSecrets: boolean;
  /** Where in a text it is. */
  secretsIn(text: string): Iterable<{ start: number; end: number }>;
}

export interface CleanPicturesOptions extends WatcherOptions {
  readonly hidden: HiddenFromPictures;
  /** Pictures are left out from now on: the page goes on showing a secret that cannot be hidden, or does not answer. */
  readonly onWithheld: (tabId: string) => void;
}

/**
 * Watches a browser for pictures that show no secret as text. Beside each picture the text of the page is looked through: secrets that it
 * shows are made dots, and a picture counts only when none was found since the look before it. What is drawn as a picture, or for less than
 * the time between two looks, is not found.
 */
export class CleanPictures implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #options: CleanPicturesOptions;
  #watching: Watching | undefined;
  /** It looks, or has looked so lately that it takes no other picture yet. */
  #isLooking = false;
  /** The tab that was looked at last, and since when no secret was found in it, in Unix milliseconds. */
  #clean: { tabId: string; sinceMs: number } | undefined;
  #isWithheld = false;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  static async watch(browser: Browser, options: CleanPicturesOptions): Promise<CleanPictures> {
    const pictures = new CleanPictures(browser, options);
    pictures.#watching = await browser.screencast.watch({
      wants: options.wants,
      isReady: () => options.isReady() && !pictures.#isLooking,
      onFrame: (frame) => pictures.#take(frame),
    });
    return pictures;
  }

  private constructor(browser: Browser, options: CleanPicturesOptions) {
    this.#browser = browser;
    this.#options = options;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#timer);
    await this.#watching?.[Symbol.asyncDispose]();
  }

  #take(frame: Frame): void {
    if (this.#options.hidden.hasSecrets) void this.#look(frame);
    else this.#options.onFrame(frame);
  }

  async #look(frame: Frame): Promise<void> {
    this.#isLooking = true;
    const { tabId, takenAtMs } = frame;
    const from = performance.now();
    const startedAtMs = Date.now();
    const sinceMs = this.#clean?.tabId === tabId ? this.#clean.sinceMs : Number.POSITIVE_INFINITY;
    const { wasShown, isShown } = await this.#hide(tabId);
    if (this.#isOver) return;
    const isFit = !wasShown && takenAtMs >= sinceMs;
    if (isShown) this.#clean = undefined;
    else if (wasShown) this.#clean = { tabId, sinceMs: Date.now() + SETTLE_MS };
    else if (sinceMs === Number.POSITIVE_INFINITY) this.#clean = { tabId, sinceMs: startedAtMs };
    if (isFit) this.#options.onFrame(frame);
    if (isShown && !this.#isWithheld) this.#options.onWithheld(tabId);
    this.#isWithheld = isShown;
    const tookMs = performance.now() - from;
    const restMs = Math.min(MAX_REST_MS, tookMs * (1 / MAX_SHARE - 1));
    const waitMs = Math.max(isFit ? 0 : SETTLE_MS, restMs);
    this.#timer = setTimeout(() => this.#goOn(isFit), waitMs);
  }

  #goOn(wasFit: boolean): void {
    this.#isLooking = false;
    // Of a page that stands still no other picture would come.
    if (!wasFit) this.#watching?.refresh();
    this.#watching?.ready();
  }

  async #hide(tabId: string) {
    try {
      return await this.#browser.use((pages) => pages.hideText(tabId, (text) => this.#options.hidden.secretsIn(text)));
    } catch {
      return { wasShown: true, isShown: true }; // it does not answer, or has gone: nobody can tell
    }
  }
}
