import { CarrelError, isNavigable, type LiveClientMessage, type LivePicker, NAVIGABLE } from '@carrel/protocol';
import pLimit from 'p-limit';
import { CdpError, CdpSession, type Multiplexer } from '../cdp/index.js';
import type { Pages, TabList, TabState } from '../page/index.js';
import { FileChoosers } from './file-choosers.js';
import { copy, selection } from './in-page.js';
import { keyEvent, mouseEvent, opensPicker, Pressed, touchEvent, wheelEvent } from './input-events.js';
import { Looker } from './looker.js';
import { Sender } from './sender.js';
import type { FrameRef } from './worlds.js';

/** What a person says with their hands. */
export type HandMessage = Exclude<LiveClientMessage, { type: 'ack' | 'ping' | 'resize' | 'control.take' | 'control.release' | 'done' }>;
type Said<T extends HandMessage['type']> = Extract<HandMessage, { type: T }>;

/** What the person is told. */
export interface HandListener {
  onCursor(cursor: string): void;
  onPicker(picker: LivePicker): void;
  onFileChooser(chooser: { id: string; multiple: boolean }): void;
  onClipboard(text: string): void;
  /** Something that was asked for was not done, and why. */
  onNotice(message: string): void;
}

export interface HandsSource {
  multiplexer: Pick<Multiplexer, 'attach'>;
  pages: Pages;
  /** Disposed of when the hands have left. */
  held: Disposable;
}

/** What waits its turn to be given to a page that does not answer. */
const MOST_WAITING = 500;
const COMMAND_MS = 10_000;
const ATTACH_MS = 5_000;

const BUSY = 'The page takes no input at the moment: its scripts are busy. What you do now is not done.';
const ON_PAGE: ReadonlySet<HandMessage['type']> = new Set(['mouse', 'wheel', 'key', 'text', 'composition', 'touch']);

interface Stage {
  tab: TabState;
  sessionId: string;
}

/**
 * A person's hands in the active tab: mouse, keyboard, touch, and what the frame of a browser has. On a session of its own, so that all that
 * was set for them is over when they leave.
 */
export class Hands implements AsyncDisposable {
  readonly #session: CdpSession;
  readonly #pages: Pages;
  readonly #held: Disposable;
  readonly #listener: HandListener;
  readonly #looker: Looker;
  readonly #choosers: FileChoosers;
  readonly #sender: Sender;
  readonly #pressed = new Pressed();
  readonly #inTurn = pLimit(1);
  readonly #stopFollowing: () => void;
  #leave: () => void = () => {};
  /** Resolves when they have left, or the browser has ended. */
  readonly left: Promise<void> = new Promise((resolve) => {
    this.#leave = resolve;
  });
  #stage: Stage | undefined;
  /** The latest move with a button held, of all that were said. */
  #latestDrag: HandMessage | undefined;
  /** Whether the mouse was moved since a button is held. */
  #isDragging = false;
  #viewport: { width: number; height: number } | undefined;
  #zoom = 1;

  /** @throws {CarrelError} `browser_crashed` */
  static async open(source: HandsSource, listener: HandListener): Promise<Hands> {
    try {
      return new Hands(await CdpSession.open(source.multiplexer), source, listener);
    } catch (error) {
      source.held[Symbol.dispose]();
      throw error;
    }
  }

  private constructor(session: CdpSession, { pages, held }: HandsSource, listener: HandListener) {
    this.#session = session;
    this.#pages = pages;
    this.#held = held;
    this.#listener = listener;
    this.#looker = new Looker(session, (cursor) => listener.onCursor(cursor));
    this.#sender = new Sender(session, { onRefused: () => listener.onNotice(BUSY), onFailed: (error) => this.#tell(error) });
    this.#choosers = new FileChoosers(session, pages, (chooser) => listener.onFileChooser(chooser));
    void session.closed.then(() => this.#leave());
    this.#stopFollowing = followOpened(pages.tabList);
    void this.#inTurn(() => this.#enter()).catch((error: unknown) => this.#tell(error));
  }

  /** Does what a person asks for, one thing after the other. What cannot be done is told. */
  do(said: HandMessage): void {
    if (isDrag(said)) this.#latestDrag = said;
    if (ON_PAGE.has(said.type) && this.#inTurn.pendingCount > MOST_WAITING) this.#sender.refuse();
    else this.#inTurn(() => this.#perform(said)).catch((error: unknown) => this.#tell(error));
  }

  /** Lets go of every key and button. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopFollowing();
    this.#inTurn.clearQueue();
    const { mouse, keys } = this.#pressed.release();
    for (const event of mouse) this.#sender.send('Input.dispatchMouseEvent', event);
    for (const event of keys) this.#sender.send('Input.dispatchKeyEvent', event);
    await this.#session[Symbol.asyncDispose]();
    this.#held[Symbol.dispose]();
    this.#leave();
  }

  async #perform(said: HandMessage): Promise<void> {
    const handler = this.#handlers[said.type] as (said: HandMessage, stage: Stage) => unknown;
    const stage = await this.#enter();
    // A page with a dialog stands still: what it is given now, it would take for an answer to nothing when it goes on.
    if (stage.tab.dialog !== undefined && ON_PAGE.has(said.type)) return;
    await handler(said, stage);
  }

  /** The tab that is active now, with a session on it. */
  async #enter(): Promise<Stage> {
    const { tabList } = this.#pages;
    const tab = tabList.active();
    if (tab === undefined) throw new CarrelError('not_found', 'The browser has no tab open.');
    if (this.#stage?.tab === tab) return this.#stage;
    const left = this.#stage;
    this.#stage = undefined;
    const { sessionId } = await this.#session.send('Target.attachToTarget', { targetId: tab.id, flatten: true }, { timeoutMs: ATTACH_MS });
    this.#stage = { tab, sessionId };
    this.#sender.turnTo(sessionId);
    this.#looker.clear();
    if (left !== undefined) {
      this.#session.send('Target.detachFromTarget', { sessionId: left.sessionId }).catch(() => {
        // The tab has closed, and the session with it.
      });
    }
    if (this.#viewport !== undefined || this.#zoom !== 1) this.#resize(this.#stage);
    this.#choosers.intercept(sessionId);
    return this.#stage;
  }

  readonly #handlers: { [T in HandMessage['type']]: (said: Said<T>, stage: Stage) => unknown } = {
    mouse: (said, stage) => this.#mouse(said, stage),
    wheel: (said) => this.#sender.isBusy || this.#sender.send('Input.dispatchMouseEvent', wheelEvent(said)),
    key: (said, stage) => this.#key(said, stage),
    text: ({ text }) => this.#sender.isFull || this.#sender.send('Input.insertText', { text }),
    composition: (said) => this.#sender.isFull || this.#sender.send('Input.imeSetComposition', pickComposition(said)),
    touch: (said) => this.#sender.isFull || this.#sender.send('Input.dispatchTouchEvent', touchEvent(said)),
    navigate: ({ url }) => {
      if (!isNavigable(url)) throw new CarrelError('invalid_request', `Only ${NAVIGABLE} may be opened.`);
      this.#sender.send('Page.navigate', { url });
    },
    back: (_, stage) => this.#travel(stage, -1),
    forward: (_, stage) => this.#travel(stage, 1),
    reload: () => this.#sender.send('Page.reload', {}),
    stop: () => this.#sender.send('Page.stopLoading', {}),
    'tab.open': () => this.#pages.openTab(),
    'tab.show': ({ tabId }) => this.#pages.tabList.activate(this.#pages.tabList.get(tabId)),
    'tab.close': ({ tabId }) => this.#pages.closeTab(tabId),
    viewport: ({ width, height }, stage) => {
      this.#viewport = { width, height };
      this.#resize(stage);
    },
    zoom: ({ factor }, stage) => this.#setZoom(factor, stage),
    dialog: ({ accept, text }, { tab }) => {
      if (tab.dialog === undefined) throw new CarrelError('conflict', 'No dialog is open any more.');
      this.#sender.send('Page.handleJavaScriptDialog', { accept, ...(text === undefined ? {} : { promptText: text }) });
    },
    picker: ({ id, values = [], value = '', cancel }) => cancel === true || this.#looker.pick(id, values, value),
    fileChooser: ({ id, fileNames = [], cancel }) => this.#choosers.answer(id, cancel === true ? [] : fileNames),
    'clipboard.read': async (_, stage) => {
      await this.#sender.settled();
      this.#listener.onClipboard(await this.#readSelection(stage));
    },
    'clipboard.write': async ({ text }, stage) => {
      await this.#sender.settled();
      const isDone = await this.#looker.worlds.run(frameOf(stage), copy, [text], COMMAND_MS);
      if (!isDone) throw new CarrelError('conflict', 'The page did not let the text into the clipboard. Paste it as text instead.');
    },
  };

  async #mouse(said: Said<'mouse'>, stage: Stage): Promise<void> {
    if (said.action === 'move') {
      this.#looker.hover(frameOf(stage), said);
      if (this.#sender.isBusy || (isDrag(said) && said !== this.#latestDrag)) return;
    }
    // Moves that come while Chromium begins to drag it takes up when it has begun, after later ones: the drop would miss.
    if (isDrag(said)) this.#isDragging = true;
    if (this.#isDragging) await this.#sender.settled();
    if (said.action !== 'move') this.#isDragging = false;
    if (this.#sender.isFull) return;
    if (said.action === 'down' && said.button === 'left' && (await this.#tellPicker(stage, said))) return;
    const event = mouseEvent(said);
    this.#pressed.mouse(event);
    if (said.action !== 'up') {
      const { x, y } = said;
      this.#pages.pointer.tell({ tabId: stage.tab.id, x, y, kind: said.action === 'down' ? 'click' : 'move', by: 'person' });
    }
    this.#sender.send('Input.dispatchMouseEvent', event);
  }

  async #key(said: Said<'key'>, stage: Stage): Promise<void> {
    if (this.#sender.isFull || (opensPicker(said) && (await this.#tellPicker(stage, 'focus')))) return;
    const event = keyEvent(said);
    this.#pressed.key(event);
    this.#sender.send('Input.dispatchKeyEvent', event);
  }

  /** Whether there is something that Chromium would open a window of its own for; then it is told. */
  async #tellPicker(stage: Stage, place: { x: number; y: number } | 'focus'): Promise<boolean> {
    if (this.#sender.isBusy) return false; // a page that hangs does not say what is where
    if (place === 'focus') await this.#sender.settled();
    const at = await this.#looker.lookAt(frameOf(stage), place, true);
    if (!at?.picker) return false;
    this.#listener.onPicker(at.picker);
    return true;
  }

  async #travel(stage: Stage, by: 1 | -1): Promise<void> {
    const options = { sessionId: stage.sessionId, timeoutMs: COMMAND_MS };
    const { currentIndex, entries } = await this.#session.send('Page.getNavigationHistory', undefined, options);
    const entry = entries[currentIndex + by];
    if (entry === undefined) throw new CarrelError('conflict', `There is no page to go ${by < 0 ? 'back' : 'forward'} to.`);
    await this.#session.send('Page.navigateToHistoryEntry', { entryId: entry.id }, options);
  }

  async #setZoom(factor: number, stage: Stage): Promise<void> {
    const { sessionId } = stage;
    if (this.#viewport === undefined) {
      const { cssLayoutViewport } = await this.#session.send('Page.getLayoutMetrics', undefined, { sessionId, timeoutMs: COMMAND_MS });
      this.#viewport = { width: cssLayoutViewport.clientWidth, height: cssLayoutViewport.clientHeight };
    }
    this.#zoom = factor;
    this.#resize(stage);
  }

  /** A page that is shown larger has less room, as in the window of a browser. */
  #resize(stage: Stage): void {
    const { width, height } = this.#viewport ?? { width: 0, height: 0 };
    const metrics = {
      width: Math.round(width / this.#zoom),
      height: Math.round(height / this.#zoom),
      deviceScaleFactor: this.#zoom === 1 ? 0 : this.#zoom,
      mobile: false,
    };
    this.#session
      .send('Emulation.setDeviceMetricsOverride', metrics, { sessionId: stage.sessionId })
      .catch((error: unknown) => this.#tell(error));
  }

  async #readSelection(stage: Stage): Promise<string> {
    let frame: FrameRef | undefined = frameOf(stage);
    while (frame !== undefined) {
      const selected: ReturnType<typeof selection> = await this.#looker.worlds.run(frame, selection, [], COMMAND_MS);
      if (!selected.frame) return selected.text;
      frame = await this.#looker.frameIn(frame, COMMAND_MS);
    }
    return '';
  }

  #tell(error: unknown): void {
    if (error instanceof CarrelError && error.code === 'browser_crashed') return; // the end is told to everybody
    const isKnown = error instanceof CarrelError || error instanceof CdpError;
    this.#listener.onNotice(isKnown ? error.message : 'That could not be done.');
  }
}

/** Shows each tab that the tab which is shown opens, as the window of a browser does it; returns how to stop. */
function followOpened(tabs: TabList): () => void {
  const known = new Set(tabs.all());
  return tabs.watch.on(() => {
    for (const tab of tabs.all()) {
      if (known.has(tab)) continue;
      known.add(tab);
      if (tab.openerId !== undefined && tab.openerId === tabs.active()?.id) tabs.activate(tab);
    }
  });
}

const isDrag = (said: HandMessage) => said.type === 'mouse' && said.action === 'move' && said.buttons !== 0;
const frameOf = ({ tab, sessionId }: Stage): FrameRef => ({ frameId: tab.mainFrameId, sessionId });
const pickComposition = ({ text, selectionStart, selectionEnd }: Said<'composition'>) => ({ text, selectionStart, selectionEnd });
