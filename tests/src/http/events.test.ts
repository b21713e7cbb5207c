import { type Browser, type BrowserEvent, browserEvent, routes } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from '../running/api.js';
import { startTestServer, type TestServer } from '../running/server-and-site.js';

let server: TestServer;
let api: Api;
/** A stream of a browser to which nothing happens, from the beginning of the tests to their end. */
let quiet: { browser: Browser; stream: Stream };

beforeAll(async () => {
  server = await startTestServer();
  api = new Api(server.url, server.apiKey);
  const browser = await api.must(routes.openBrowser, { body: { idleTimeoutSeconds: 600 } });
  quiet = { browser, stream: await follow(browser) };
});
afterAll(async () => {
  await quiet?.stream.hangUp();
  await server?.[Symbol.asyncDispose]();
});

/** Longer than all tests here together: one stream lasts from their beginning to their end. */
const STREAM_DEADLINE_MS = 180_000;

/** Follows a log as an EventSource does. */
class Stream {
  readonly response: Response;
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #controller: AbortController;
  #text = '';

  constructor(response: Response, controller: AbortController) {
    if (response.body === null) throw new Error(`status ${response.status} without a body`);
    this.response = response;
    this.#controller = controller;
    this.#reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next block of lines, or undefined at the end. */
  async next(): Promise<string | undefined> {
    for (let end = this.#text.indexOf('\n\n'); ; end = this.#text.indexOf('\n\n')) {
      if (end !== -1) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        return block;
      }
      const { done, value } = await this.#reader.read();
      if (done) return this.#text === '' ? undefined : this.#text;
      this.#text += value;
    }
  }

  /** The next event, past comments. */
  async nextEvent(): Promise<BrowserEvent | undefined> {
    for (let block = await this.next(); block !== undefined; block = await this.next()) {
      if (block.startsWith(':')) continue;
      const [id, type, data] = block.split('\n');
      const event = browserEvent.strict().parse(JSON.parse(data?.slice('data: '.length) ?? ''));
      expect([id, type]).toEqual([`id: ${event.id}`, `event: ${event.type}`]);
      return event;
    }
    return undefined;
  }

  async rest(): Promise<BrowserEvent[]> {
    const events: BrowserEvent[] = [];
    for (let event = await this.nextEvent(); event !== undefined; event = await this.nextEvent()) events.push(event);
    return events;
  }

  async hangUp(): Promise<void> {
    this.#controller.abort();
    await this.#reader.cancel().catch(() => {}); // it ends with our own abort
  }
}

async function request(browser: Browser, headers: Record<string, string> = {}, query = {}, controller = new AbortController()) {
  return await fetch(api.urlOf(routes.listEvents, { params: { id: browser.id }, query }), {
    headers: { authorization: `Bearer ${server.apiKey}`, accept: 'text/event-stream', ...headers },
    signal: AbortSignal.any([controller.signal, AbortSignal.timeout(STREAM_DEADLINE_MS)]),
  });
}

async function follow(browser: Browser, headers: Record<string, string> = {}, query = {}): Promise<Stream> {
  const controller = new AbortController();
  return new Stream(await request(browser, headers, query, controller), controller);
}

const open = () => api.must(routes.openBrowser);
const close = ({ id }: Browser) => api.must(routes.closeBrowser, { params: { id } });
const visit = ({ id }: Browser, text: string) =>
  api.must(routes.execute, { params: { id }, body: { type: 'goto', url: `data:text/html,${text}` } });
const read = ({ id }: Browser, query = {}) => api.must(routes.listEvents, { params: { id }, query });
const closed = ({ id }: Browser) => expect.poll(async () => (await api.must(routes.getBrowser, { params: { id } })).status).toBe('closed');

describe('the log of a browser', () => {
  it('should count from 1, say what happened, and end with the end', async () => {
    const browser = await open();
    await visit(browser, 'hello');
    await close(browser);
    await closed(browser);
    const { data, nextCursor } = await read(browser);
    expect(nextCursor).toBeNull();
    expect(data.map(({ id }) => id)).toEqual(data.map((_, at) => at + 1));
    const types = data.map(({ type }) => type);
    expect(types.at(0)).toBe('browser.starting');
    expect(types).toEqual(expect.arrayContaining(['browser.running', 'tab.opened', 'tab.navigated', 'action.executed']));
    expect(types.slice(types.indexOf('browser.closing'))).toEqual(['browser.closing', 'browser.closed']);
    expect(data.at(-1)?.data).toMatchObject({ reason: { code: 'closed_by_client' } });
  });

  it('should be read on from where one was', async () => {
    const browser = await open();
    await visit(browser, 'hello');
    const { data } = await read(browser);
    const first = await read(browser, { limit: 2 });
    expect(first).toEqual({ data: data.slice(0, 2), nextCursor: '2' });
    expect((await read(browser, { after: first.nextCursor, limit: 2 })).data).toEqual(data.slice(2, 4));
    for (const after of [data.length, 2 ** 31, 2 ** 53 - 1]) expect((await read(browser, { after })).data).toEqual([]);
    await close(browser);
  });

  it.each([{ after: -1 }, { after: 'x' }, { after: 1.5 }, { after: 2 ** 53 }, { limit: 0 }, { limit: 1001 }])(
    'should refuse the query %j',
    async (query) => {
      await api.mustFail(routes.listEvents, 'invalid_request', { params: { id: quiet.browser.id }, query });
    },
  );
});

describe('the stream of a browser', () => {
  it('should give what was and what comes, and end when the browser has ended', async () => {
    const browser = await open();
    const stream = await follow(browser);
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(stream.response.headers.get('cache-control')).toBe('no-store');
    expect(await stream.nextEvent()).toMatchObject({ id: 1, type: 'browser.starting' });
    await visit(browser, 'while%20followed');
    await close(browser);
    const events = await stream.rest();
    expect(events.at(-1)?.type).toBe('browser.closed');
    expect(events.map(({ id }) => id)).toEqual(events.map((_, at) => at + 2));
    expect([{ id: 1 }, ...events].slice(1)).toEqual((await read(browser)).data.slice(1));
  });

  it('should go on after Last-Event-ID, which wins over the query, and be over for good at the end', async () => {
    const browser = await open();
    await close(browser);
    await closed(browser);
    const { data } = await read(browser);
    const last = data.at(-1)?.id ?? 0;
    expect(await (await follow(browser, { 'last-event-id': String(last - 2) })).rest()).toEqual(data.slice(-2));
    expect(await (await follow(browser, {}, { after: last - 1 })).rest()).toEqual(data.slice(-1));
    expect(await (await follow(browser, { 'last-event-id': String(last - 1) }, { after: 0 })).rest()).toEqual(data.slice(-1));
    for (const id of [last, last + 1, 2 ** 40]) {
      const response = await request(browser, { 'last-event-id': String(id) });
      expect([response.status, await response.text()]).toEqual([204, '']);
    }
  });

  it.each(['x', '-1', '1.5', String(2 ** 53)])('should refuse the Last-Event-ID %s', async (id) => {
    const options = { params: { id: quiet.browser.id }, headers: { accept: 'text/event-stream', 'last-event-id': id } };
    await api.mustFail(routes.listEvents, 'invalid_request', options);
  });

  it('should serve many followers, each from its own place, and forget those that hang up', async () => {
    const browser = await open();
    const streams = await Promise.all([0, 1, 2, 0, 1].map((after) => follow(browser, {}, { after })));
    await streams[0]?.hangUp();
    await streams[1]?.nextEvent();
    await streams[1]?.hangUp();
    await visit(browser, 'x');
    await close(browser);
    const all = await Promise.all(streams.slice(2).map((stream) => stream.rest()));
    const { data } = await read(browser);
    expect(all).toEqual([data.slice(2), data, data.slice(1)]);
  });

  it('should not be given without a key, in any form', async () => {
    const response = await request(quiet.browser, { authorization: '' });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: 'unauthorized' });
  });

  it('should show signs of life when nothing happens', async () => {
    let block = await quiet.stream.next();
    while (block !== undefined && !block.startsWith(':')) block = await quiet.stream.next();
    expect(block).toBe(': heartbeat');
  });
});
