import { setTimeout } from 'node:timers/promises';
import type { CdpSession } from '../cdp/index.js';

/** With so many events that the page has not taken yet, what can be left out is, … */
const MANY_UNTAKEN = 20;
/** … and with so many, everything. */
const TOO_MANY_UNTAKEN = 500;
/** A page that hangs takes nothing for as long as it does: Chromium keeps it until then. */
const TAKEN_MS = 60_000;
/** Whoever looks at what came of it waits for so long. */
const SETTLE_MS = 2_000;

/** What is sent without waiting for it. True: when it fails, the page went on meanwhile, and there is nothing to tell. */
const FAILS_SILENTLY = {
  'Input.dispatchMouseEvent': true,
  'Input.dispatchKeyEvent': true,
  'Input.dispatchTouchEvent': true,
  'Input.insertText': true,
  'Input.imeSetComposition': true,
  'Page.navigate': false,
  'Page.reload': false,
  'Page.stopLoading': false,
  'Page.handleJavaScriptDialog': false,
} as const;

export interface SenderOptions {
  /** So much is untaken that nothing more is sent; said once until all is taken. */
  onRefused: () => void;
  onFailed: (error: unknown) => void;
}

/** Sends a page what nobody waits for, in order, and no more than it takes. */
export class Sender {
  readonly #session: CdpSession;
  readonly #options: SenderOptions;
  #sessionId = '';
  #untaken = 0;
  #hasRefused = false;
  /** Whether somebody has waited in vain since the page took something last. */
  #isSilent = false;
  #last: Promise<void> = Promise.resolve();

  constructor(session: CdpSession, options: SenderOptions) {
    this.#session = session;
    this.#options = options;
  }

  /** Sends to this page from now on. */
  turnTo(sessionId: string): void {
    this.#sessionId = sessionId;
    this.#untaken = 0;
    this.#hasRefused = false;
    this.#isSilent = false;
  }

  /** Whether the page is behind. */
  get isBusy(): boolean {
    return this.#untaken >= MANY_UNTAKEN;
  }

  /** Whether the page has left so much untaken that nothing more is to be given to it; whoever asks is refused. */
  get isFull(): boolean {
    if (this.#untaken < TOO_MANY_UNTAKEN) return false;
    this.refuse();
    return true;
  }

  refuse(): void {
    if (this.#hasRefused) return;
    this.#hasRefused = true;
    this.#options.onRefused();
  }

  /** Resolves when the page has taken all that it was sent before, or does not take it in time (of a page that hangs once only): what is asked of a page may overtake input. */
  async settled(): Promise<void> {
    if (this.#untaken === 0 || this.#isSilent) return;
    const isOver = Symbol('over');
    this.#isSilent = (await Promise.race([this.#last, setTimeout(SETTLE_MS, isOver, { ref: false })])) === isOver;
  }

  send(method: keyof typeof FAILS_SILENTLY, params: object): void {
    const sessionId = this.#sessionId;
    this.#untaken += 1;
    this.#last = this.#session.send(method, params as never, { sessionId, timeoutMs: TAKEN_MS }).then(
      () => this.#taken(sessionId),
      (error: unknown) => {
        this.#taken(sessionId);
        if (!FAILS_SILENTLY[method] && sessionId === this.#sessionId) this.#options.onFailed(error);
      },
    );
  }

  #taken(sessionId: string): void {
    if (sessionId !== this.#sessionId) return;
    this.#untaken -= 1;
    this.#isSilent = false;
    if (this.#untaken === 0) this.#hasRefused = false;
  }
}
