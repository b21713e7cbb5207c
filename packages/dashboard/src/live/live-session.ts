import {
  type ClientMessage,
  decodeFrame,
  type FrameHeader,
  type LiveDialog,
  type LivePicker,
  type LivePointer,
  type LiveState,
  type ServerMessage,
} from './messages.js';

/** How the server closes a link that is good for nothing any more. */
const CLOSE_REASONS: Readonly<Record<number, string>> = {
  4000: 'The browser has ended.',
  4001: 'This link was revoked.',
  4002: 'That was all. You can close this page.',
  4003: 'This link has expired.',
  4004: 'This link leads nowhere: it has expired, was revoked, or its browser has ended.',
  4005: 'Too many windows are open through this link.',
};
const EXPIRED = 4003;
const NOT_FOUND = 4004;

const PING_INTERVAL_MS = 2_000;
const RETRY_DELAYS_MS = [250, 500, 1_000, 2_000, 5_000];
/** Tries in a row that nothing came of, after which the server is taken for gone. */
const MAX_RETRIES = 8;

export interface LiveView {
  /** `ended` is for good. */
  readonly connection: 'connecting' | 'open' | 'ended';
  /** Why it ended. */
  readonly reason: string | null;
  readonly state: LiveState | null;
  readonly dialog: LiveDialog | null;
  readonly picker: LivePicker | null;
  readonly fileChooser: { id: string; multiple: boolean } | null;
  readonly downloads: readonly { name: string; sizeBytes: number }[];
  readonly cursor: string;
  /** What the page had on its clipboard, when it was asked for. */
  readonly clipboard: string | null;
  readonly notice: string | null;
  /** There and back. */
  readonly latencyMs: number | null;
}

const AT_FIRST: LiveView = {
  connection: 'connecting',
  reason: null,
  state: null,
  dialog: null,
  picker: null,
  fileChooser: null,
  downloads: [],
  cursor: 'default',
  clipboard: null,
  notice: null,
  latencyMs: null,
};

/** What is asked or told through a connection is over with it: the next one says what still stands. */
const NOTHING_ASKED = { dialog: null, picker: null, fileChooser: null, clipboard: null, notice: null, latencyMs: null };

/** Shows a frame; when it is through, the next one may come. */
export type DrawFrame = (header: FrameHeader, picture: ImageBitmap) => void;

/** One watcher of a browser: a WebSocket that is made again when it breaks, and what is known from it. */
export class LiveSession {
  readonly #linkUrl: string;
  readonly #listeners = new Set<() => void>();
  #view = AT_FIRST;
  #socket: WebSocket | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #ping: ReturnType<typeof setInterval> | undefined;
  #failures = 0;
  #lastDrawn = -1;
  #size: { width: number; height: number } | undefined;
  /** What shows the frames. Until there is something, they are let go. */
  onFrame: DrawFrame | undefined;
  /** Called with each movement of the agent's pointer: too often for a drawing of everything. */
  onPointer: ((pointer: LivePointer) => void) | undefined;
  /** Called when the link is over for its age. */
  onExpired: (() => void) | undefined;

  /** @param linkUrl the link itself, `…/live/{token}` */
  constructor(linkUrl: string) {
    const { origin, pathname } = new URL(linkUrl, location.href);
    this.#linkUrl = origin + pathname.replace(/\/$/, '');
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  read = (): LiveView => this.#view;

  /** Where a file of the browser is put or got. */
  fileUrl(name: string): string {
    return `${this.#linkUrl}/files/${encodeURIComponent(name)}`;
  }

  connect(): void {
    const socket = new WebSocket(`${this.#linkUrl.replace(/^http/, 'ws')}/socket`);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    socket.onopen = () => {
      this.#change({ connection: 'open' });
      if (this.#size) this.send({ type: 'resize', ...this.#size });
      const ping = () => this.send({ type: 'ping', sentAt: performance.now() });
      ping();
      this.#ping = setInterval(ping, PING_INTERVAL_MS);
    };
    socket.onmessage = ({ data }) => {
      this.#failures = 0;
      if (typeof data === 'string') this.#take(JSON.parse(data) as ServerMessage);
      else void this.#draw(data as ArrayBuffer);
    };
    socket.onclose = ({ code, reason }) => this.#closed(code, reason);
  }

  close(): void {
    clearTimeout(this.#retry);
    clearInterval(this.#ping);
    if (!this.#socket) return;
    this.#socket.onclose = null;
    this.#socket.onmessage = null;
    this.#socket.close();
    this.#socket = undefined;
  }

  /** Says something, when there is a connection; else nothing: what a person did then was not done. */
  send(message: ClientMessage): void {
    if (message.type === 'resize') this.#size = { width: message.width, height: message.height };
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  /** Forgets something that was answered. */
  forget(what: 'picker' | 'fileChooser' | 'clipboard' | 'notice'): void {
    this.#change({ [what]: null });
  }

  #change(change: Partial<LiveView>): void {
    this.#view = { ...this.#view, ...change };
    for (const listener of this.#listeners) listener();
  }

  #take(message: ServerMessage): void {
    if (message.type === 'pointer') this.onPointer?.(message);
    else this.#change(changeOf(message, this.#view));
  }

  async #draw(bytes: ArrayBuffer): Promise<void> {
    const frame = decodeFrame(bytes);
    if (!frame) return;
    const { header, jpeg } = frame;
    try {
      const picture = await createImageBitmap(jpeg);
      // Pictures may get ready in another order than they came in.
      if (header.sequence > this.#lastDrawn) {
        this.#lastDrawn = header.sequence;
        this.onFrame?.(header, picture);
      }
      picture.close();
    } catch {
      // A picture that is none: the next one will do, and comes only when this one is acknowledged.
    }
    this.send({ type: 'ack', sequence: header.sequence });
  }

  #closed(code: number, reason: string): void {
    clearInterval(this.#ping);
    this.#lastDrawn = -1;
    const known = CLOSE_REASONS[code];
    this.#failures += 1;
    if (known !== undefined || this.#view.connection === 'ended' || this.#failures > MAX_RETRIES) {
      const why = this.#view.reason ?? (reason || known || 'The server cannot be reached. Load this page again to try once more.');
      this.#change({ ...NOTHING_ASKED, connection: 'ended', reason: why });
      // One that was good, and is not when the connection is made again, has expired meanwhile.
      if (code === EXPIRED || (code === NOT_FOUND && this.#view.state !== null)) this.onExpired?.();
      return;
    }
    this.#change({ ...NOTHING_ASKED, connection: 'connecting' });
    const delayMs = RETRY_DELAYS_MS[Math.min(this.#failures, RETRY_DELAYS_MS.length) - 1];
    this.#retry = setTimeout(() => this.connect(), delayMs);
  }
}

/** What a message changes. One of a later server's, of a kind that is not known here, changes nothing. */
function changeOf(message: Exclude<ServerMessage, { type: 'pointer' }>, { downloads }: LiveView): Partial<LiveView> {
  switch (message.type) {
    case 'state':
      return { state: message };
    case 'cursor':
      return { cursor: message.cursor };
    case 'dialog':
      return { dialog: message };
    case 'dialog.closed':
      return { dialog: null };
    case 'picker':
      return { picker: message };
    case 'fileChooser':
      return { fileChooser: message };
    case 'download':
      return { downloads: [...downloads, { name: message.name, sizeBytes: message.sizeBytes }] };
    case 'clipboard':
      return { clipboard: message.text };
    case 'notice':
      return { notice: message.message };
    case 'pong':
      return { latencyMs: Math.round(performance.now() - message.sentAt) };
    case 'ended':
      return { ...NOTHING_ASKED, connection: 'ended', reason: message.reason };
    default:
      return {};
  }
}
