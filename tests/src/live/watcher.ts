import { once } from 'node:events';
import {
  decodeLiveFrame,
  type LiveClientMessageInput,
  type LiveFrameHeader,
  type LiveServerMessage,
  liveServerMessage,
} from '@carrel/protocol';
import { WebSocket } from 'ws';

const DEADLINE_MS = 15_000;

type Heard<T extends LiveServerMessage['type']> = Extract<LiveServerMessage, { type: T }>;

/** Somebody at the WebSocket of a live link, who acknowledges every frame, and keeps all that they were told. */
export class Watcher implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly messages: LiveServerMessage[] = [];
  readonly frames: (LiveFrameHeader & { jpeg: Buffer })[] = [];
  closed: { code: number; reason: string } | undefined;
  /** Whether frames are acknowledged. */
  acknowledges = true;
  #wake = () => {};

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) {
        const { header, jpeg } = decodeLiveFrame(data);
        this.frames.push({ ...header, jpeg: Buffer.from(jpeg) });
        if (this.acknowledges) this.say({ type: 'ack', sequence: header.sequence });
      } else this.messages.push(liveServerMessage.parse(JSON.parse(String(data))));
      this.#wake();
    });
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
      this.#wake();
    });
  }

  /** Opens the WebSocket of a link by the link's URL. */
  static async open(url: string | undefined, headers: Record<string, string> = {}): Promise<Watcher> {
    const socket = new WebSocket(`${url?.replace(/^http/, 'ws')}/socket`, { headers });
    const watcher = new Watcher(socket);
    await once(socket, 'open');
    return watcher;
  }

  say(message: LiveClientMessageInput): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  /** The last message of a type. */
  last<T extends LiveServerMessage['type']>(type: T): Heard<T> | undefined {
    return this.messages.findLast((message): message is Heard<T> => message.type === type);
  }

  /** Takes control, and waits until it is theirs. */
  async take(): Promise<void> {
    this.say({ type: 'control.take' });
    await this.until(() => this.last('state')?.control.holder === 'you', 'control');
  }

  /** What `look` gives as soon as that is something. */
  async until<T>(look: () => T | undefined | false, what: string): Promise<T> {
    let isOver = false;
    const timer = setTimeout(() => {
      isOver = true;
      this.#wake();
    }, DEADLINE_MS);
    try {
      for (;;) {
        const found = look();
        if (found !== undefined && found !== false) return found;
        if (isOver) throw new Error(`${what} did not come in time: ${JSON.stringify({ ...this, frames: this.frames.length, socket: 0 })}`);
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    this.socket.terminate();
    await this.until(() => this.closed, 'the end');
  }
}

/** The status that the upgrade of a WebSocket is refused with. */
export async function refusal(url: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  const socket = new WebSocket(url, { headers });
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode?: number; destroy(): void }];
  response.destroy();
  socket.on('error', () => {}); // of ending what never began
  socket.terminate();
  return response.statusCode;
}
