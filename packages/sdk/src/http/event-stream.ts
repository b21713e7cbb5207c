/** One server-sent event, as https://html.spec.whatwg.org/multipage/server-sent-events.html describes it. */
export interface ServerSentEvent {
  type: string;
  data: string;
  /** The last id seen so far, of this event or an earlier one. */
  lastEventId: string;
}

/** Takes a stream of server-sent events apart, in whatever pieces it comes. */
export class EventStreamParser {
  readonly #decoder = new TextDecoder(); // It drops a byte order mark, as the standard asks.
  #buffer = '';
  #data: string[] = [];
  #type = '';
  #lastEventId = '';
  /** How long the server asks to wait before connecting again, in milliseconds. */
  retryMs: number | undefined;

  /** Adds the next bytes; returns the events that they complete. */
  push(bytes: Uint8Array): ServerSentEvent[] {
    this.#buffer += this.#decoder.decode(bytes, { stream: true });
    const events: ServerSentEvent[] = [];
    for (let line = this.#takeLine(); line !== undefined; line = this.#takeLine()) {
      const event = line === '' ? this.#dispatch() : this.#field(line);
      if (event) events.push(event);
    }
    return events;
  }

  /** The next whole line. A CR at the very end may be the first half of a CR LF: it waits for what follows. */
  #takeLine(): string | undefined {
    const end = /\r\n|\n|\r(?!$)/.exec(this.#buffer);
    if (!end) return undefined;
    const line = this.#buffer.slice(0, end.index);
    this.#buffer = this.#buffer.slice(end.index + end[0].length);
    return line;
  }

  #field(line: string): undefined {
    const colon = line.indexOf(':');
    if (colon === 0) return; // A comment: the server's heartbeat.
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') this.#data.push(value);
    else if (name === 'event') this.#type = value;
    else if (name === 'id' && !value.includes('\0')) this.#lastEventId = value;
    else if (name === 'retry' && /^\d+$/.test(value)) this.retryMs = Number(value);
  }

  #dispatch(): ServerSentEvent | undefined {
    const event = { type: this.#type || 'message', data: this.#data.join('\n'), lastEventId: this.#lastEventId };
    const isEmpty = this.#data.length === 0;
    this.#data = [];
    this.#type = '';
    return isEmpty ? undefined : event;
  }
}
