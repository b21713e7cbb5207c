import type { CDPSession, Frame, Page } from 'playwright-core';

/** Sessions with the processes of a page's frames, as long as they are needed. */
export class FrameSessions implements AsyncDisposable {
  readonly #page: Page;
  readonly #open: CDPSession[] = [];

  constructor(page: Page) {
    this.#page = page;
  }

  /** Of the page in the tab, and of all frames that are in its process. */
  async main(): Promise<CDPSession> {
    return this.#keep(await this.#page.context().newCDPSession(this.#page));
  }

  /** Of a frame that has a session of its own; undefined: it is in that of its parent. */
  async own(frame: Frame): Promise<CDPSession | undefined> {
    try {
      return this.#keep(await this.#page.context().newCDPSession(frame));
    } catch (error) {
      if (error instanceof Error && /does not have a separate CDP session/.test(error.message)) return undefined;
      throw error;
    }
  }

  /** Of the process that a frame is in: its own, or that of the nearest frame around it that has one. */
  async of(start: Frame): Promise<CDPSession> {
    for (let frame: Frame | null = start; frame !== null && frame !== this.#page.mainFrame(); frame = frame.parentFrame()) {
      const session = await this.own(frame);
      if (session !== undefined) return session;
    }
    return await this.main();
  }

  /** Of all processes that the page is in. */
  async all(): Promise<CDPSession[]> {
    const inner = this.#page.frames().filter((frame) => frame !== this.#page.mainFrame());
    const own = await Promise.all(inner.map((frame) => this.own(frame)));
    return [await this.main(), ...own.filter((session) => session !== undefined)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.#open.splice(0)) {
      await session.detach().catch(() => {
        // The frame has gone, and the session with it.
      });
    }
  }

  #keep(session: CDPSession): CDPSession {
    this.#open.push(session);
    return session;
  }
}
