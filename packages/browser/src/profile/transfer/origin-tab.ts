import { CarrelError } from '@carrel/protocol';
import type { Protocol } from 'devtools-protocol';
import { CdpError, CdpSession, type Multiplexer } from '../../cdp/index.js';
import { type OriginStorage, STORAGE_SCRIPT } from './storage-script.js';

/** A browser that clients can be let into. */
export interface Reachable {
  attachClient: Multiplexer['attach'];
}

/** One step: loading an empty page, or what goes over in one message. */
const STEP_TIMEOUT_MS = 60_000;
const EMPTY_PAGE = Buffer.from('<!doctype html><title>Carrel</title>').toString('base64');
const EMPTY_HEADERS = [
  { name: 'content-type', value: 'text/html; charset=utf-8' },
  // Not even what the page does not have may be loaded, and nothing of it stays.
  { name: 'content-security-policy', value: "default-src 'none'" },
  { name: 'cache-control', value: 'no-store' },
];

/** Something that was given does not fit into the storage of an origin; the message is Chromium's. */
export class StorageRefusal extends Error {
  override readonly name = 'StorageRefusal';
}

/**
 * A tab that is brought to origins without asking them: whatever it requests is answered here, with an empty page, and service workers do
 * not come to hear of it.
 */
export class OriginTab implements AsyncDisposable {
  readonly #session: CdpSession;
  readonly #targetId: string;
  readonly #sessionId: string;
  /** The page that loaded last, by Chromium's id of its loading. */
  #loaded: string | undefined;
  #onLoad: () => void = () => {};
  #storage: string | undefined;

  private constructor(session: CdpSession, targetId: string, sessionId: string) {
    this.#session = session;
    this.#targetId = targetId;
    this.#sessionId = sessionId;
  }

  /** @throws {CarrelError} `browser_not_running`, `browser_crashed`, `page_unresponsive` */
  static async open(browser: Reachable): Promise<OriginTab> {
    const session = await CdpSession.open({ attach: (endpoint) => browser.attachClient(endpoint) });
    try {
      const { targetId } = await session.send('Target.createTarget', { url: 'about:blank' });
      const { sessionId } = await session.send('Target.attachToTarget', { targetId, flatten: true });
      const tab = new OriginTab(session, targetId, sessionId);
      await tab.#prepare();
      return tab;
    } catch (error) {
      await session[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * Brings the tab to an origin.
   * @throws {StorageRefusal} when Chromium does not go there
   */
  async visit(origin: string): Promise<void> {
    const { errorText, loaderId } = await this.#send('Page.navigate', { url: `${origin}/` });
    if (errorText !== undefined || loaderId === undefined) throw new StorageRefusal(errorText ?? 'the page was not opened');
    await this.#untilLoaded(loaderId);
    const { result } = await this.#send('Runtime.evaluate', { expression: 'location.origin', returnByValue: true });
    if (result.value !== origin) throw new StorageRefusal(`the page that was opened is of ${result.value}`);
    const { result: storage } = await this.#send('Runtime.evaluate', { expression: STORAGE_SCRIPT });
    this.#storage = storage.objectId;
  }

  /**
   * Does something with the storage of the origin that the tab is at. What is given goes over as text, and is read there as JSON is, not as
   * a script: names such as `__proto__` are names like others.
   * @throws {StorageRefusal}
   */
  async call<M extends keyof OriginStorage>(
    method: M,
    ...[given]: Parameters<OriginStorage[M]>
  ): Promise<Awaited<ReturnType<OriginStorage[M]>>> {
    const { result, exceptionDetails } = await this.#send('Runtime.callFunctionOn', {
      functionDeclaration: 'async function (method, text) { return JSON.stringify(await this[method](JSON.parse(text))); }',
      objectId: this.#storage,
      arguments: [{ value: method }, { value: JSON.stringify(given) }],
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails === undefined) {
      return (result.value === undefined ? undefined : JSON.parse(result.value)) as Awaited<ReturnType<OriginStorage[M]>>;
    }
    const { description = exceptionDetails.text } = exceptionDetails.exception ?? {};
    throw new StorageRefusal(description.split('\n', 1)[0]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.send('Target.closeTarget', { targetId: this.#targetId }).catch(() => {
      // The browser is gone, and the tab with it.
    });
    await this.#session[Symbol.asyncDispose]();
  }

  async #prepare(): Promise<void> {
    this.#session.on('Fetch.requestPaused', (event, sessionId) => {
      if (sessionId === this.#sessionId) void this.#answer(event);
    });
    this.#session.on('Page.lifecycleEvent', ({ loaderId, name }, sessionId) => {
      if (sessionId !== this.#sessionId || name !== 'load') return;
      this.#loaded = loaderId;
      this.#onLoad();
    });
    await Promise.all([
      this.#send('Fetch.enable', { patterns: [{ urlPattern: '*' }] }),
      this.#send('Network.enable', {}),
      this.#send('Network.setBypassServiceWorker', { bypass: true }),
      this.#send('Page.enable', {}),
      this.#send('Page.setLifecycleEventsEnabled', { enabled: true }),
      // Another client may hold the new tab until it has set it up: to navigate it meanwhile would crash it.
      this.#send('Runtime.evaluate', { expression: '0' }),
    ]);
  }

  async #answer({ requestId, resourceType }: Protocol.Fetch.RequestPausedEvent): Promise<void> {
    const answer =
      resourceType === 'Document'
        ? this.#send('Fetch.fulfillRequest', { requestId, responseCode: 200, responseHeaders: EMPTY_HEADERS, body: EMPTY_PAGE })
        : this.#send('Fetch.failRequest', { requestId, errorReason: 'BlockedByClient' });
    await answer.catch(() => {
      // Nobody waits for it any more: the page went on, or the browser is gone.
    });
  }

  #untilLoaded(loaderId: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const unresponsive = () => reject(new CarrelError('page_unresponsive', `An empty page did not load within ${STEP_TIMEOUT_MS} ms.`));
      const timer = setTimeout(unresponsive, STEP_TIMEOUT_MS);
      this.#onLoad = () => {
        if (this.#loaded !== loaderId) return;
        clearTimeout(timer);
        resolve();
      };
      this.#onLoad();
      void this.#session.closed.then(() => {
        clearTimeout(timer);
        reject(new CarrelError('browser_crashed', 'The browser has gone away.'));
      });
    });
  }

  #send: CdpSession['send'] = async (method, params) => {
    try {
      return await this.#session.send(method, params, { sessionId: this.#sessionId, timeoutMs: STEP_TIMEOUT_MS });
    } catch (cause) {
      if (!(cause instanceof CdpError)) throw cause;
      throw new CarrelError('browser_crashed', `The page in which state is read and written died: ${cause.message}`, { cause });
    }
  };
}
