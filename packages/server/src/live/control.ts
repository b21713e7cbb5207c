import { CarrelError } from '@carrel/protocol';
import type { OpenBrowser } from '../browsers/open-browser.js';

/** A person who holds a browser, by a live link. */
export interface Holder {
  readonly linkId: string;
  readonly since: Date;
}

/** Hears who holds a browser from now on; undefined: nobody. */
export type ControlListener = (browserId: string, holder: Holder | undefined) => void;

/**
 * Who holds which browser of this server: one person at a time, and while one does, programs and agents wait. That it is held and given back
 * is written in the log of the browser, with by whom.
 */
export class Control {
  readonly #holders = new Map<string, Holder>();
  readonly #listeners = new Set<ControlListener>();

  /** Who holds a browser; undefined: nobody. */
  holderOf(browserId: string): Holder | undefined {
    return this.#holders.get(browserId);
  }

  /** Calls back after every change; returns how to stop. */
  onChange(listener: ControlListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Gives a browser to a person. @returns false when somebody else holds it */
  take(browser: OpenBrowser, holder: Holder): boolean {
    if (this.#holders.has(browser.id)) return false;
    this.#holders.set(browser.id, holder);
    browser.tell('control.taken', { linkId: holder.linkId });
    this.#notify(browser.id, holder);
    return true;
  }

  /** Takes it back; nothing when that is not who holds it. */
  release(browser: OpenBrowser, holder: Holder): void {
    if (this.#holders.get(browser.id) !== holder) return;
    this.#holders.delete(browser.id);
    browser.tell('control.released', { linkId: holder.linkId, heldMs: Date.now() - holder.since.getTime() });
    this.#notify(browser.id, undefined);
  }

  /**
   * Waits until nobody holds a browser.
   * @throws {CarrelError} `human_in_control` when somebody does after `timeoutMs`; the reason of `signal`
   */
  async untilFree(browserId: string, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (!this.#holders.has(browserId)) return;
    let settle: (how: 'free' | 'over' | 'aborted') => void = () => {};
    const settled = new Promise<'free' | 'over' | 'aborted'>((resolve) => {
      settle = resolve;
    });
    const stopListening = this.onChange((id, holder) => {
      if (id === browserId && holder === undefined) settle('free');
    });
    const timer = setTimeout(() => settle('over'), timeoutMs);
    const onAbort = () => settle('aborted');
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const how = await settled;
      signal?.throwIfAborted();
      if (how === 'over') throw humanInControl(browserId, timeoutMs);
    } finally {
      stopListening();
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  #notify(browserId: string, holder: Holder | undefined): void {
    for (const listener of [...this.#listeners]) listener(browserId, holder);
  }
}

const humanInControl = (browserId: string, timeoutMs: number) =>
  new CarrelError(
    'human_in_control',
    `A person holds browser ${browserId} and has not given it back within ${timeoutMs} ms; nothing was done. Try again, or give more time.`,
    { details: { browserId } },
  );
