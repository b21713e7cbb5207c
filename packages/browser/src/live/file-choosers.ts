import { randomUUID } from 'node:crypto';
import { CarrelError } from '@carrel/protocol';
import type { CdpSession } from '../cdp/index.js';
import type { Pages } from '../page/index.js';

const COMMAND_MS = 10_000;

/** The file choosers that a page opens: told instead of shown, in frames of other sites too. */
export class FileChoosers {
  readonly #session: CdpSession;
  readonly #pages: Pages;
  #open: { id: string; sessionId: string; backendNodeId: number } | undefined;

  constructor(session: CdpSession, pages: Pages, onOpened: (chooser: { id: string; multiple: boolean }) => void) {
    this.#session = session;
    this.#pages = pages;
    session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
      if (targetInfo.type === 'iframe') this.intercept(sessionId);
    });
    session.on('Page.fileChooserOpened', ({ mode, backendNodeId }, sessionId) => {
      // Of the file system API; it takes handles, which nobody can give it.
      if (backendNodeId === undefined || sessionId === undefined) return;
      this.#open = { id: randomUUID(), sessionId, backendNodeId };
      onOpened({ id: this.#open.id, multiple: mode === 'selectMultiple' });
    });
  }

  /** From now on choosers of this page, and of its frames in other processes, are told. Nobody waits for it: a page that hangs opens none. */
  intercept(sessionId: string): void {
    const children = { autoAttach: true, waitForDebuggerOnStart: false, flatten: true };
    const asked = [
      this.#session.send('Page.enable', undefined, { sessionId }),
      this.#session.send('Page.setInterceptFileChooserDialog', { enabled: true }, { sessionId }),
      this.#session.send('Target.setAutoAttach', children, { sessionId }),
    ];
    for (const answer of asked) {
      answer.catch(() => {
        // The page or frame has gone, and opens none; or it hangs, and hears of it when it goes on.
      });
    }
  }

  /**
   * Gives the chooser files of the browser's; none: it is cancelled, and the page hears nothing, as Chromium does it.
   * @throws {CarrelError} `conflict` when it is not open any more, `not_found`
   */
  async answer(id: string, fileNames: readonly string[]): Promise<void> {
    const chooser = this.#open;
    if (chooser?.id !== id) throw new CarrelError('conflict', 'The page does not wait for these files any more.');
    this.#open = undefined;
    if (fileNames.length === 0) return;
    const files = await Promise.all(fileNames.map((name) => this.#pages.pathForUpload(name)));
    const { sessionId, backendNodeId } = chooser;
    await this.#session.send('DOM.setFileInputFiles', { files, backendNodeId }, { sessionId, timeoutMs: COMMAND_MS });
  }
}
