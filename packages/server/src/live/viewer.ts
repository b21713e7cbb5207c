import type { HandMessage, Hands, Shown, Watching } from '@carrel/browser';
import { encodeLiveFrame, LIVE_CLOSE, type LiveClientMessage, type LiveServerMessage, liveClientMessage } from '@carrel/protocol';
import type { WebSocket } from 'ws';
import { AcknowledgedFrames } from './acknowledged-frames.js';
import type { Control, Holder } from './control.js';
import { Heartbeat } from './heartbeat.js';
import type { GoodLink, LinkEnd } from './links.js';
import { RateLimit } from './rate-limit.js';

/** What the socket may have unsent before frames are left out, … */
const MAX_BUFFERED_BYTES = 1024 * 1024;
/** … and with this much it is put out. */
const TOO_MANY_BUFFERED_BYTES = 16 * 1024 * 1024;
/** Who holds control and is not heard of for so long has gone. */
const HOLDER_SILENT_MS = 30_000;
const CLOSE_DEADLINE_MS = 2_000;
const LATENCY_EVERY_MS = 2_000;
const INVALID = 1007;
const POLICY = 1008;
const REASONS = { revoked: 'The link was revoked.', expired: 'The link has expired.', ended: 'The browser has ended.' };
/** Before the watcher has said how large its view is. */
const WANTS = { maxWidth: 1280, maxHeight: 1280, maxFramesPerSecond: 30, quality: 70 };
const VIEW_ONLY = 'This link is for watching only.';
const NOT_HELD = 'Take control first: then mouse and keyboard are yours.';
const GONE = 'Control was given back: nothing was heard from you for half a minute.';
const TAKEN = 'Somebody else has control at the moment.';

type AboutPictures = Extract<LiveClientMessage, { type: 'ack' | 'ping' | 'resize' }>;
const isAboutPictures = (said: LiveClientMessage): said is AboutPictures => ['ack', 'ping', 'resize'].includes(said.type);

export interface ViewerOptions {
  readonly webSocket: WebSocket;
  readonly link: GoodLink;
  readonly control: Control;
}

/** Somebody who watches a browser by a live link, and who takes it over if the link allows that. */
export class Viewer {
  readonly #options: ViewerOptions;
  readonly #frames = new AcknowledgedFrames();
  readonly #rate = new RateLimit();
  readonly #cleanups: (() => void)[] = [];
  #watching: Watching | undefined;
  #shown: Shown | undefined;
  #viewport: { width: number; height: number } | null = null;
  #holder: Holder | undefined;
  #hands: Promise<Hands> | undefined;
  #heartbeat: Heartbeat | undefined;
  #dialog: Shown['dialog'];
  #lastState = '';
  #latencySaidAt = 0;
  #isOver = false;

  constructor(options: ViewerOptions) {
    this.#options = options;
    const { webSocket, link, control } = options;
    webSocket.on('error', () => {
      // What is no WebSocket, or too large: it closes by itself, with the code that says so.
    });
    webSocket.on('close', () => this.#end());
    webSocket.on('message', (data, isBinary) => this.#hear(String(data), isBinary));
    const onLinkEnd = () => {
      const end = link.signal.reason as LinkEnd;
      this.#hangUp(LIVE_CLOSE[end.how], end.how === 'done' ? end.parting : REASONS[end.how]);
    };
    link.signal.addEventListener('abort', onLinkEnd, { once: true });
    this.#cleanups.push(() => link.signal.removeEventListener('abort', onLinkEnd));
    this.#cleanups.push(control.onChange((id) => id === link.browser.id && this.#sayState()));
    this.#cleanups.push(
      link.browser.follow(({ type, data }) => {
        if (type.startsWith('human.')) this.#sayState();
        if (type === 'download.finished') this.#say({ type: 'download', name: String(data.name), sizeBytes: Number(data.sizeBytes) });
      }),
    );
  }

  /** Begins to show. */
  async start(): Promise<void> {
    const { engine } = this.#options.link.browser;
    const following = engine.followShown((shown) => {
      this.#shown = shown;
      this.#sayState();
      this.#sayDialog();
    });
    this.#cleanups.push(() => following[Symbol.dispose]());
    this.#cleanups.push(
      engine.followPointer(({ tabId, by, ...pointed }) => {
        // Whoever moves it knows where it is.
        if (tabId !== this.#shown?.tabId || (by === 'person' && this.#holder !== undefined)) return;
        this.#say({ type: 'pointer', by, ...pointed });
      }),
    );
    const watching = await engine.screencast.watch({
      isReady: () => this.#frames.areTaken && this.#options.webSocket.bufferedAmount < MAX_BUFFERED_BYTES,
      wants: WANTS,
      onFrame: ({ jpeg, ...about }) => {
        const { width, height } = about;
        if (this.#viewport?.width !== width || this.#viewport.height !== height) {
          this.#viewport = { width, height };
          this.#sayState();
        }
        this.#options.webSocket.send(encodeLiveFrame({ sequence: this.#frames.sent(), ...about }, jpeg));
      },
    });
    this.#watching = watching;
    if (this.#isOver) await watching[Symbol.asyncDispose]();
  }

  #hear(text: string, isBinary: boolean): void {
    if (this.#isOver) return;
    const said = isBinary ? undefined : parse(text);
    if (!this.#rate.take()) this.#hangUp(POLICY, 'More messages than a person makes.');
    else if (said === undefined) this.#hangUp(INVALID, 'That is no message of a live view.');
    else if (isAboutPictures(said)) this.#hearAboutPictures(said);
    else if (this.#options.link.scope !== 'control') this.#notice(VIEW_ONLY);
    else if (said.type === 'control.take') this.#take();
    else if (said.type === 'control.release') this.#release();
    else if (said.type === 'done') this.#options.link.browser.humanIsDone();
    else this.#obey(said);
  }

  #hearAboutPictures(said: AboutPictures): void {
    if (said.type === 'ping') this.#say({ type: 'pong', sentAt: said.sentAt });
    else if (said.type === 'resize') this.#watching?.change({ ...WANTS, maxWidth: said.width, maxHeight: said.height });
    else {
      this.#frames.acknowledge(said.sequence);
      this.#watching?.ready();
      this.#sayLatency();
    }
  }

  #obey(said: HandMessage): void {
    if (this.#hands === undefined) {
      this.#notice(NOT_HELD);
      return;
    }
    this.#hands.then(
      (hands) => hands.do(said),
      () => {
        // That they could not be had was told when they were asked for.
      },
    );
  }

  #take(): void {
    const { link, control } = this.#options;
    if (this.#holder !== undefined) return;
    this.#holder = { linkId: link.id, since: new Date() };
    if (!control.take(link.browser, this.#holder)) {
      this.#holder = undefined;
      this.#notice(TAKEN);
      return;
    }
    this.#heartbeat = new Heartbeat(this.#options.webSocket, HOLDER_SILENT_MS, () => {
      this.#release();
      this.#notice(GONE);
    });
    const hands = link.browser.engine.takeOver({
      onCursor: (cursor) => this.#say({ type: 'cursor', cursor }),
      onPicker: (picker) => this.#say({ type: 'picker', ...picker }),
      onFileChooser: (chooser) => this.#say({ type: 'fileChooser', ...chooser }),
      onClipboard: (text) => this.#say({ type: 'clipboard', text }),
      onNotice: (message) => this.#notice(message),
    });
    this.#hands = hands;
    hands.catch(() => {
      if (this.#hands === hands) this.#release();
      this.#notice('The browser could not be taken over: it is ending.');
    });
  }

  #release(): void {
    const { link, control } = this.#options;
    const hands = this.#hands;
    const holder = this.#holder;
    this.#heartbeat?.[Symbol.dispose]();
    this.#hands = undefined;
    this.#holder = undefined;
    if (holder === undefined) return;
    const leave = async () => (await hands)?.[Symbol.asyncDispose]();
    // Whoever comes next finds nothing of theirs pressed.
    void leave()
      .catch(() => {
        // They could not be had, or the browser has gone: there is nothing to let go of.
      })
      .finally(() => control.release(link.browser, holder));
  }

  #sayState(): void {
    const { link, control } = this.#options;
    const shown = this.#shown;
    if (shown === undefined) return;
    const holder = control.holderOf(link.browser.id);
    const { tabs, url, canGoBack, canGoForward, isLoading } = shown;
    const { id, kind, status } = link.browser.engine;
    const needs = link.browser.needsHuman;
    const message: LiveServerMessage = {
      type: 'state',
      browser: { id, kind, status },
      tabs,
      url,
      canGoBack,
      canGoForward,
      isLoading,
      viewport: this.#viewport,
      control: { holder: holder === undefined ? 'nobody' : holder === this.#holder ? 'you' : 'another', name: holder?.linkId ?? null },
      needsHuman: needs === null ? null : { reason: needs.reason, message: needs.message },
      scope: link.scope,
      latencyMs: this.#frames.latencyMs,
    };
    const state = JSON.stringify({ ...message, latencyMs: null });
    if (state === this.#lastState) return;
    this.#lastState = state;
    this.#say(message);
  }

  /** Now and then: it changes all the time. */
  #sayLatency(): void {
    const now = performance.now();
    if (now - this.#latencySaidAt < LATENCY_EVERY_MS) return;
    this.#latencySaidAt = now;
    this.#lastState = '';
    this.#sayState();
  }

  #sayDialog(): void {
    const dialog = this.#shown?.dialog;
    if (dialog === this.#dialog) return;
    this.#dialog = dialog;
    if (dialog === undefined) this.#say({ type: 'dialog.closed' });
    else this.#say({ type: 'dialog', kind: dialog.type, message: dialog.message, defaultValue: dialog.defaultValue ?? null });
  }

  #notice(message: string): void {
    this.#say({ type: 'notice', message });
  }

  #say(message: LiveServerMessage): void {
    const { webSocket } = this.#options;
    if (this.#isOver || webSocket.readyState !== webSocket.OPEN) return;
    // It reads nothing of what it is told, which would pile up here.
    if (webSocket.bufferedAmount > TOO_MANY_BUFFERED_BYTES) webSocket.terminate();
    else webSocket.send(JSON.stringify(message));
  }

  #hangUp(code: number, reason: string): void {
    if (this.#isOver) return;
    const { webSocket } = this.#options;
    this.#say({ type: 'ended', reason });
    this.#end();
    webSocket.close(code, reason);
    setTimeout(() => webSocket.terminate(), CLOSE_DEADLINE_MS).unref();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const cleanup of this.#cleanups) cleanup();
    this.#release();
    void this.#watching?.[Symbol.asyncDispose]();
  }
}

function parse(text: string): LiveClientMessage | undefined {
  try {
    return liveClientMessage.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // said by the caller
  }
}
