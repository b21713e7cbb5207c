import type { Protocol } from 'devtools-protocol';
import { CdpSession, type Multiplexer } from '../cdp/index.js';

const ATTACH = { autoAttach: true, waitForDebuggerOnStart: false, flatten: true } as const;
/** What has a console of its own; what workers write comes by that of their page. */
const TYPES = ['page', 'iframe'];

/** A page that writes more than this in a second has us listen no more: all of it takes our time. */
const MAX_PER_SECOND = 1_000;
const SECOND_MS = 1_000;

/** Something that a page, or Chromium on its behalf, has written to its console. */
export interface ConsoleMessage {
  tabId: string;
  /** `debug`, `info`, `log`, `warning` or `error`. */
  level: string;
  /** `console-api`, `exception`, or what of Chromium complains: `network`, `security`, … */
  source: string;
  /** As the page wrote it: hostile, and of any length. */
  text: string;
  url: string | null;
  /** Counts from 1. */
  line: number | null;
}

export interface ConsoleWatchOptions {
  readonly onMessage: (message: ConsoleMessage) => void;
  /** Nothing more is heard of a page of this tab, or of a frame in it: it writes too much. */
  readonly onMuted: (tabId: string) => void;
  /** Whether errors that nobody catches are told too. Pages can find that out. */
  readonly uncaughtErrors: boolean;
}

/**
 * Follows what pages write to their console. It is one more client of the browser. A page finds out nothing of it: what is listened to is
 * text that V8 has made of the arguments anyway, and `Runtime` stays off, for which it would look into objects, which their getters notice.
 * V8 tells of uncaught errors by `Runtime` alone, so that whoever wants those too is found out.
 */
export class ConsoleWatch implements AsyncDisposable {
  readonly #session: CdpSession;
  readonly #options: ConsoleWatchOptions;
  /** Ids of tabs, by the sessions of their pages and frames. */
  readonly #tabs = new Map<string, string>();
  /** How many messages came in the second that began then, by session. */
  readonly #rates = new Map<string, { sinceMs: number; count: number }>();

  static async start(multiplexer: Pick<Multiplexer, 'attach'>, options: ConsoleWatchOptions): Promise<ConsoleWatch> {
    const watch = new ConsoleWatch(await CdpSession.open(multiplexer), options);
    await watch.#session.send('Target.setAutoAttach', ATTACH);
    return watch;
  }

  private constructor(session: CdpSession, options: ConsoleWatchOptions) {
    this.#session = session;
    this.#options = options;
    session.on('Target.attachedToTarget', (event, parent) => this.#attached(event, parent));
    session.on('Target.detachedFromTarget', ({ sessionId }) => this.#forget(sessionId));
    session.on('Console.messageAdded', ({ message }, sessionId) => this.#tell(message, sessionId));
    session.on('Runtime.exceptionThrown', ({ exceptionDetails }, sessionId) => this.#tellError(exceptionDetails, sessionId));
    session.on('Log.entryAdded', ({ entry: { lineNumber, ...entry } }, sessionId) => {
      this.#tell({ ...entry, ...(lineNumber !== undefined && { line: lineNumber + 1 }) }, sessionId);
    });
  }

  #tellError({ text, exception, url, lineNumber }: Protocol.Runtime.ExceptionDetails, sessionId: string | undefined): void {
    const told = exception?.description ?? (exception?.value === undefined ? text : `${text} ${JSON.stringify(exception.value)}`);
    this.#tell({ level: 'error', source: 'exception', text: told, ...(url !== undefined && { url }), line: lineNumber + 1 }, sessionId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }

  #attached({ sessionId, targetInfo: { type, targetId } }: Protocol.Target.AttachedToTargetEvent, parent: string | undefined): void {
    const tabId = type === 'page' ? targetId : this.#tabs.get(parent ?? '');
    if (tabId === undefined || !TYPES.includes(type)) return;
    this.#tabs.set(sessionId, tabId);
    const methods = ['Console.enable', 'Log.enable', ...(this.#options.uncaughtErrors ? (['Runtime.enable'] as const) : [])] as const;
    for (const method of methods) this.#session.send(method, undefined, { sessionId }).catch(gone);
    this.#session.send('Target.setAutoAttach', ATTACH, { sessionId }).catch(gone);
  }

  #tell(
    { level, source, text, url, line }: Pick<Protocol.Console.ConsoleMessage, 'text' | 'url' | 'line'> & { level: string; source: string },
    sessionId = '',
  ): void {
    const tabId = this.#tabs.get(sessionId);
    if (tabId === undefined) return;
    if (this.#isTooMuch(sessionId)) this.#mute(sessionId, tabId);
    else this.#options.onMessage({ tabId, level, source, text, url: url ?? null, line: line ?? null });
  }

  #isTooMuch(sessionId: string): boolean {
    const now = performance.now();
    const rate = this.#rates.get(sessionId);
    const isNew = rate === undefined || now - rate.sinceMs > SECOND_MS;
    const { sinceMs, count } = isNew ? { sinceMs: now, count: 0 } : rate;
    this.#rates.set(sessionId, { sinceMs, count: count + 1 });
    return count >= MAX_PER_SECOND;
  }

  #mute(sessionId: string, tabId: string): void {
    this.#forget(sessionId);
    for (const method of ['Console.disable', 'Log.disable', 'Runtime.disable'] as const) {
      this.#session.send(method, undefined, { sessionId }).catch(gone);
    }
    this.#options.onMuted(tabId);
  }

  #forget(sessionId: string): void {
    this.#tabs.delete(sessionId);
    this.#rates.delete(sessionId);
  }
}

const gone = (): void => {
  // The page has closed, or the browser: there is nothing to hear of it any more.
};
