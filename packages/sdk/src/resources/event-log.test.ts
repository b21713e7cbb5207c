import { describe, expect, it } from 'vitest';
import { Carrel } from '../client.js';
import { type Answer, browserInfo, eventStream, failure, hangUp, json, startContractServer } from '../testing/contract-server.js';
import type { BrowserEvent, BrowserEventType } from '../types.js';
import type { EventsOptions } from './event-log.js';

const event = (id: number, type: BrowserEventType = 'tab.navigated'): BrowserEvent => ({
  id,
  type,
  createdAt: '2026-11-22T00:00:00.000Z',
  data: {},
});
const lines = (...events: BrowserEvent[]) =>
  events.map((one) => `id: ${one.id}\nevent: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`).join('');
const list = (...events: BrowserEvent[]) => json(200, { data: events, nextCursor: null });

async function read(options: EventsOptions, ...answers: Answer[]) {
  const { url, received } = await startContractServer(json(200, browserInfo()), ...answers);
  const browser = await new Carrel({ url }).browsers.get('br_1');
  const ids: number[] = [];
  const reading = (async () => {
    for await (const { id } of browser.events(options)) ids.push(id);
  })();
  const error = await reading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { ids, error, asked: received.slice(1).map(({ path, headers }) => ({ path, lastEventId: headers['last-event-id'] })) };
}

describe('events', () => {
  it('should read what there is now, page after page', async () => {
    const full = Array.from({ length: 1000 }, (_, index) => event(index + 6));
    const { ids, asked } = await read({ after: 5 }, list(...full), list(event(1006)));
    expect(ids).toEqual([...full.map(({ id }) => id), 1006]);
    expect(asked.map(({ path }) => path.split('?')[1])).toEqual(['after=5&limit=1000', 'after=1005&limit=1000']);
  });

  it('should follow until the browser has ended, though the connection stays open', async () => {
    const { ids, asked, error } = await read(
      { follow: true },
      eventStream(`: hi\n\n${lines(event(1), event(2, 'browser.closed'))}`, 'stay'),
    );
    expect(error).toBeUndefined();
    expect(ids).toEqual([1, 2]);
    expect(asked).toHaveLength(1);
  });

  it('should connect again after the last event that came, missing none and repeating none', async () => {
    const { ids, asked, error } = await read(
      { follow: true, after: 3 },
      eventStream(`retry: 1\n\n${lines(event(4), event(5))}id: 6\ndata: {"id":6,`, 'break'),
      hangUp,
      eventStream(lines(event(6), event(7, 'browser.failed')), 'end'),
    );
    expect(error).toBeUndefined();
    expect(ids).toEqual([4, 5, 6, 7]);
    expect(asked.map(({ lastEventId }) => lastEventId)).toEqual(['3', '5', '5']);
  });

  it('should look whether the browser has ended when the server ends the stream', async () => {
    const { ids, error } = await read(
      { follow: true },
      eventStream(lines(event(1)), 'end'),
      json(200, browserInfo({ status: 'timed_out' })),
      list(event(2, 'browser.timed_out')),
    );
    expect(error).toBeUndefined();
    expect(ids).toEqual([1, 2]);
  });

  it('should take a silent connection for dead', async () => {
    const { ids, asked } = await read(
      { follow: true, silenceTimeoutMs: 100 },
      eventStream(lines(event(1)), 'stay'),
      eventStream(lines(event(2, 'browser.closed')), 'stay'),
    );
    expect(ids).toEqual([1, 2]);
    expect(asked).toHaveLength(2);
  });

  it('should give up when the browser is not there, or the server stays away', async () => {
    const gone = await read({ follow: true }, failure(404, 'not_found'));
    expect(gone.error).toMatchObject({ code: 'not_found' });
    const away = await read({ follow: true, maxRetries: 1 }, hangUp);
    expect(away.error).toMatchObject({ code: 'connection_failed' });
    expect(away.asked).toHaveLength(2);
  });

  it('should end with the reason of its signal', async () => {
    const controller = new AbortController();
    const stream = eventStream(lines(event(1)), 'stay');
    const { error } = await read({ follow: true, signal: controller.signal }, (response, request) => {
      stream(response, request);
      setImmediate(() => controller.abort(new Error('enough')));
    });
    expect(error).toMatchObject({ message: 'enough' });
  });

  it('should end with the reason of the signal of the client', async () => {
    const controller = new AbortController();
    const stream = eventStream(lines(event(1)), 'stay');
    const { url, received } = await startContractServer(json(200, browserInfo()), (response, request) => {
      stream(response, request);
      setImmediate(() => controller.abort(new Error('shutting down')));
    });
    const browser = await new Carrel({ url, signal: controller.signal }).browsers.get('br_1');
    const reading = browser.events({ follow: true, signal: new AbortController().signal });
    await expect(reading.next().then(() => reading.next())).rejects.toThrow('shutting down');
    expect(received).toHaveLength(2);
  });

  it('should let go of the connection when nobody reads on', async () => {
    let isClosed: Promise<void> | undefined;
    const stream = eventStream(lines(event(1)), 'stay');
    const { url } = await startContractServer(json(200, browserInfo()), (response, request) => {
      isClosed = new Promise((resolve) => response.once('close', () => resolve()));
      stream(response, request);
    });
    const browser = await new Carrel({ url }).browsers.get('br_1');
    for await (const one of browser.events({ follow: true })) {
      expect(one.id).toBe(1);
      break;
    }
    await isClosed;
  });
});
