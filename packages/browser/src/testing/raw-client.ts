import { type ClientEnd, type ClientEndpoint, type Message, type Multiplexer, type MultiplexerClient, parseMessage } from '../cdp/index.js';

/** A message as it comes over the wire. */
export interface RawMessage {
  id?: number;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: { code: number; message: string };
  sessionId?: string;
}

const DEADLINE_MS = 10_000;

/** A CDP client that writes what it likes and keeps all that it is sent. */
export class RawClient implements ClientEndpoint {
  readonly received: RawMessage[] = [];
  end: ClientEnd | undefined;
  /** What the client pretends not to have read yet. */
  backlogBytes = 0;
  isPaused = false;
  #client: MultiplexerClient | undefined;
  #waiting: (() => void)[] = [];
  /** Above those that tests write by hand. */
  #nextId = 1000;

  static async connect(multiplexer: Pick<Multiplexer, 'attach'>): Promise<RawClient> {
    const client = new RawClient();
    client.#client = await multiplexer.attach(client);
    return client;
  }

  deliver(message: Message): void {
    this.received.push(parseMessage(message) as RawMessage);
    this.#wake();
  }

  ended(reason: ClientEnd): void {
    this.end = reason;
    this.#wake();
  }

  bufferedBytes(): number {
    return this.backlogBytes;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  /** Sends a frame as it is. */
  raw(text: string): void {
    this.#client?.receive(text);
  }

  drained(): void {
    this.#client?.drained();
  }

  leave(): void {
    this.#client?.leave();
  }

  /** Sends a command and waits for its answer, whatever it is. */
  async call(method: string, params: Record<string, unknown> = {}, sessionId?: string): Promise<RawMessage> {
    const id = this.#nextId++;
    this.raw(JSON.stringify({ id, method, params, sessionId }));
    return await this.first((message) => message.id === id);
  }

  /** A session attached to the first page, flat. */
  async attachToPage(): Promise<string> {
    const { result } = await this.call('Target.getTargets');
    const targets = result?.targetInfos as { type: string; targetId: string }[] | undefined;
    const page = targets?.find(({ type }) => type === 'page');
    const attached = await this.call('Target.attachToTarget', { targetId: page?.targetId, flatten: true });
    return attached.result?.sessionId as string;
  }

  /** The first message that fits, among those received and those to come. */
  first(fits: (message: RawMessage) => boolean): Promise<RawMessage> {
    return this.until(() => this.received.find(fits), 'a message');
  }

  untilEnded(): Promise<ClientEnd> {
    return this.until(() => this.end, 'its end');
  }

  async until<T>(look: () => T | undefined, what: string): Promise<T> {
    const deadline = AbortSignal.timeout(DEADLINE_MS);
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (deadline.aborted)
        throw new Error(`the client waited for ${what} in vain; it received ${JSON.stringify(this.received).slice(0, 2000)}`);
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        deadline.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
