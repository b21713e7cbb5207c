import { EventEmitter, once } from 'node:events';
import type { Browser, Captcha, CaptchaWatch } from '@carrel/browser';
import type { BrowserEventType, Json, NeedsHuman } from '@carrel/protocol';
import type { Riddle, SolvingService } from './solving-service.js';

/** How long a service may take, and a page to take its answer. */
const SERVICE_MS = 120_000;
const TAKEN_WITHIN_MS = 5_000;
/** Who wrote the wrong answer gets the page once more, with another captcha in it, which comes a moment after the last has gone. */
const GONE_FOR_MS = 2_000;

const WISH = 'Solve the captcha that the page shows. The browser goes on by itself when it is solved.';
const WISH_FOR_TEXT = 'Write what the picture shows into its field, and send the form or give control back: then the browser goes on.';

export interface CaptchaDeskOptions {
  readonly browser: Browser;
  /** Asked first, if there is one. */
  readonly service: SolvingService | undefined;
  /** How long a person has. */
  readonly humanTimeoutMs: number;
  readonly log: (type: BrowserEventType, data: Record<string, Json>) => void;
  /** Says that a person is needed, for at most that long, until what is returned is called, with whether they have done it. */
  readonly askHuman: (wish: Pick<NeedsHuman, 'reason' | 'message'>) => (isDone: boolean) => void;
  readonly holding: Holding;
}

/** Whether a person holds the browser at the moment. */
export interface Holding {
  readonly isHeld: () => boolean;
  /** Calls back after every change; returns how to stop. */
  readonly onChange: (listener: () => void) => () => void;
}

/** That a person is asked. */
export interface AskedHuman {
  /** What they are to do. */
  readonly wish: string;
  readonly expiresAt: Date;
  /** Resolves when that is over, with whether they have done it. */
  readonly over: Promise<boolean>;
}

/** How the captchas that stood at once were got rid of. */
type SolvedBy = 'service' | 'human';

/**
 * Sees to the captchas of one browser: a service is asked, then a person, and whoever is quicker ends it. It tells how it went, and never
 * waits for ever: what nobody solves in time is left alone until the page shows another.
 */
export class CaptchaDesk {
  readonly #options: CaptchaDeskOptions;
  #watch: CaptchaWatch | undefined;
  #standing: readonly Captcha[] = [];
  /** What the log says of those that stand. */
  #told: ReadonlySet<string> = new Set();
  #isAttended = false;
  /** While a person is asked. */
  #human: AskedHuman | undefined;
  /** Why those that stand were given up, until somebody was told. */
  #givenUp: string | null = null;
  /** Says `change` at every one. */
  readonly #changes = new EventEmitter();

  constructor(options: CaptchaDeskOptions) {
    this.#options = options;
  }

  /** Begins to look; ends with the browser. @throws {CarrelError} `browser_not_running`, `browser_crashed` */
  async open(): Promise<void> {
    const { browser, log } = this.#options;
    const watch = await browser.watchCaptchas((captchas) => {
      this.#standing = captchas;
      for (const { isFilled: _, ...captcha } of this.#open.filter((one) => !this.#told.has(nameOf(one))))
        log('captcha.detected', { ...captcha });
      const open = new Set(this.#open.map(nameOf));
      this.#told = new Set(captchas.map(nameOf).filter((name) => open.has(name) || this.#told.has(name)));
      this.#changes.emit('change');
      if (open.size > 0 && !this.#isAttended) void this.#attend();
    });
    this.#watch = watch;
    // A browser that keeps something takes a while to end, and nobody looks at it then.
    void browser.ending.then(() => watch[Symbol.asyncDispose]());
  }

  /** Whether the page shows one, as far as was seen last. */
  get isStanding(): boolean {
    return this.#open.length > 0;
  }

  /** Those that nobody has answered. */
  get #open(): readonly Captcha[] {
    return this.#standing.filter(({ isFilled }) => !isFilled);
  }

  /**
   * Resolves when nobody is at it any more: it is solved, or given up.
   * @param onHuman called while a person is asked; when it resolves before that is over, nobody is waited for any longer
   * @returns why one that still stands was given up, once; null: none was
   */
  async whenUnattended(onHuman: (human: AskedHuman) => Promise<unknown>, signal: AbortSignal): Promise<string | null> {
    await this.#watch?.look();
    while (this.#isAttended && this.#human === undefined) {
      await once(this.#changes, 'change', { signal }).catch(() => signal.throwIfAborted());
    }
    // Whoever goes on while somebody is at it was told to.
    if (this.#human !== undefined) await onHuman(this.#human);
    const why = this.isStanding ? this.#givenUp : null;
    this.#givenUp = null;
    return why;
  }

  async #attend(): Promise<void> {
    const { log, browser } = this.#options;
    const startedAt = performance.now();
    this.#isAttended = true;
    try {
      const by = await browser.use(async () => (await this.#byService()) ?? (await this.#byHuman()));
      if (by === undefined) return;
      this.#givenUp = null;
      this.#told = new Set();
      log('captcha.solved', { by, durationMs: Math.round(performance.now() - startedAt) });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#givenUp = message;
      // Of one that has ended the log says that already.
      if (browser.status === 'running') log('captcha.failed', { message });
    } finally {
      this.#isAttended = false;
      this.#changes.emit('change');
    }
  }

  /** @returns undefined: there is no service, or it did not solve it */
  async #byService(): Promise<SolvedBy | undefined> {
    const { service, log } = this.#options;
    if (service === undefined) return undefined;
    for (const captcha of this.#open) {
      const riddle = await this.#riddleOf(captcha);
      if (riddle === undefined) continue;
      try {
        const answer = await service.solve(riddle, AbortSignal.timeout(SERVICE_MS));
        await this.#watch?.answer({ ...captcha, kind: riddle.kind }, answer);
      } catch (error) {
        log('captcha.failed', { kind: captcha.kind, message: error instanceof Error ? error.message : String(error) });
      }
    }
    return (await this.#until(() => !this.isStanding, TAKEN_WITHIN_MS)) ? 'service' : undefined;
  }

  /** @returns undefined: nobody solved it in time */
  async #byHuman(): Promise<SolvedBy | undefined> {
    const { askHuman, humanTimeoutMs, log } = this.#options;
    const kinds = [...new Set(this.#open.map(({ kind }) => kind))];
    const message = kinds.includes('image') ? WISH_FOR_TEXT : WISH;
    const stopAsking = askHuman({ reason: 'captcha', message });
    const over = this.#untilHumanIsDone(humanTimeoutMs).then((isDone) => {
      this.#human = undefined;
      stopAsking(isDone);
      if (isDone) return true;
      this.#givenUp = `Nobody solved it within ${Math.round(humanTimeoutMs / 1000)} seconds.`;
      log('captcha.failed', { kinds, message: this.#givenUp });
      return false;
    });
    this.#human = { wish: message, expiresAt: new Date(Date.now() + humanTimeoutMs), over };
    this.#changes.emit('change');
    return (await over) ? 'human' : undefined;
  }

  /** @returns undefined: no service can do it */
  async #riddleOf({ kind, siteKey, tabId }: Captcha): Promise<Riddle | undefined> {
    if (kind === 'image') {
      const picture = await this.#watch?.picture(tabId);
      return picture === undefined ? undefined : { kind, picture };
    }
    if (siteKey === null || (kind !== 'recaptcha' && kind !== 'hcaptcha' && kind !== 'turnstile')) return undefined;
    const pageUrl = await this.#options.browser.use(async (pages) => pages.tabs().find(({ id }) => id === tabId)?.url);
    return pageUrl === undefined ? undefined : { kind, siteKey, pageUrl };
  }

  /**
   * Until none stands that nobody has answered. Whoever holds the browser is not thrown out while they write, nor when the page shows them
   * another: for them it stands until it has gone and stayed so.
   * @returns false: the time was over, or the browser
   */
  #untilHumanIsDone(withinMs: number): Promise<boolean> {
    const { isHeld, onChange } = this.#options.holding;
    let goneAt: number | undefined;
    let looking: NodeJS.Timeout | undefined;
    const stopFollowing = onChange(() => this.#changes.emit('change'));
    const isDone = () => {
      if (!isHeld()) return !this.isStanding;
      if (this.#standing.length > 0) {
        goneAt = undefined;
        return false;
      }
      goneAt ??= performance.now();
      const leftMs = goneAt + GONE_FOR_MS - performance.now();
      clearTimeout(looking);
      if (leftMs > 0) looking = setTimeout(() => this.#changes.emit('change'), leftMs);
      return leftMs <= 0;
    };
    return this.#until(isDone, withinMs).finally(() => {
      clearTimeout(looking);
      stopFollowing();
    });
  }

  /** @returns false: the time was over, or the browser */
  #until(isSo: () => boolean, withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (result: boolean) => {
        clearTimeout(timer);
        this.#changes.off('change', look);
        resolve(result);
      };
      const look = () => {
        if (isSo()) settle(true);
      };
      const timer = setTimeout(() => settle(false), withinMs);
      void this.#options.browser.ending.then(() => settle(false));
      this.#changes.on('change', look);
      look();
    });
  }
}

/** What an agent is told of a captcha that was given up. @param why what {@link CaptchaDesk.whenUnattended} gave; null: none was */
export const givenUpNotice = (why: string | null): string | null =>
  why && `A captcha stands in the way. ${why} Go on without what is behind it, or say in the answer what it kept you from.`;

const nameOf = ({ tabId, kind, siteKey }: Captcha) => `${tabId} ${kind} ${siteKey}`;
