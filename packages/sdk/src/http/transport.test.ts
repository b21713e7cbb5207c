import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Carrel } from '../client.js';
import { CarrelApiError, CarrelConnectionError, CarrelTimeoutError, isCarrelError } from '../errors.js';
import { type Answer, browserInfo, failure, hangUp, json, silence, startContractServer } from '../testing/contract-server.js';

const opened = json(201, browserInfo());
const apiKey = 'ck_test';
const noContent: Answer = (response) => void response.writeHead(204).end();

async function clientOf(...answers: Answer[]) {
  const server = await startContractServer(...answers);
  return { ...server, client: new Carrel({ url: server.url, apiKey }) };
}
/** A port that was free a moment ago. */
async function freePort(): Promise<AddressInfo> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return address;
}
const thrownBy = (promise: Promise<unknown>) =>
  promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error,
  );

describe('a call', () => {
  it('should carry the key, the body and nothing that was not asked for', async () => {
    const { client, received } = await clientOf(opened);
    await client.browsers.open({ waitMs: 5 }, { keepAlive: false });
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({ method: 'POST', path: '/v1/browsers', body: '{"waitMs":5}' });
    expect(received[0]?.headers).toMatchObject({ authorization: 'Bearer ck_test', 'content-type': 'application/json' });
    expect(received[0]?.headers).not.toHaveProperty('idempotency-key');
  });

  it('should keep the path of a server below another path, and encode ids', async () => {
    const { url, received } = await clientOf(json(200, browserInfo()));
    await new Carrel({ url: `${url}/carrel/`, apiKey }).browsers.close('br_a/../b');
    expect(received[0]?.path).toBe('/carrel/v1/browsers/br_a%2F..%2Fb');
  });

  it('should refuse an empty id before anything is sent, as it would be the call of a list', async () => {
    const { client, received } = await clientOf(json(200, { data: [], nextCursor: null }));
    const calls: Record<string, () => Promise<unknown>> = {
      get: () => client.browsers.get(''),
      'get .': () => client.browsers.get('.'),
      'get ..': () => client.browsers.get('..'),
      delete: () => client.profiles.delete(''),
      'a part': () => client.profiles.contents(''),
      list: () => client.profiles.versions('').page(),
      follow: () => client.tasks.wait(''),
      events: async () => {
        for await (const _event of client.tasks.events('', { follow: true })) return;
      },
    };
    for (const [name, call] of Object.entries(calls)) {
      const error = await thrownBy(call());
      expect([name, error]).toEqual([
        name,
        expect.objectContaining({ code: 'invalid_request', message: expect.stringMatching(/is empty/) }),
      ]);
    }
    expect(received).toEqual([]);
  });

  it('should refuse a URL that is none', () => {
    for (const url of ['localhost:7070', 'ftp://x', 'http://u:p@x', 'http://x/?a=1', '']) {
      const make = () => new Carrel({ url });
      if (url === '') expect(make).toThrow(/must be like/);
      else expect(make).toThrow(expect.objectContaining({ code: 'invalid_configuration' }));
    }
  });

  it('should turn an error of the server into one with its code, status, details and request id', async () => {
    const { client } = await clientOf(failure(422, 'limit_exceeded', {}, { field: 'idleTimeoutSeconds' }));
    const error = await thrownBy(client.browsers.open());
    expect(error).toBeInstanceOf(CarrelApiError);
    expect(error).toMatchObject({ status: 422, details: { field: 'idleTimeoutSeconds' }, requestId: 'req_1' });
    expect(isCarrelError(error, 'limit_exceeded')).toBe(true);
    expect(isCarrelError(error, 'not_found')).toBe(false);
  });

  it('should quote an answer that is not of Carrel', async () => {
    const { client } = await clientOf((response) => void response.writeHead(404).end('<h1>nginx</h1>'));
    expect(await thrownBy(client.browsers.get('br_1'))).toMatchObject({
      code: 'unexpected_response',
      status: 404,
      message: expect.stringContaining('<h1>nginx</h1>'),
    });
  });

  it('should say how to start a server where none is', async () => {
    const { port } = await freePort();
    const other = new Carrel({ url: `http://127.0.0.1:${port}`, maxRetries: 0 });
    const error = await thrownBy(other.health());
    expect(error).toBeInstanceOf(CarrelConnectionError);
    expect(error).toMatchObject({ isUnsent: true, message: expect.stringContaining('carrel serve') });
  });

  it('should not follow a redirect', async () => {
    const { client, received } = await clientOf((response) => void response.writeHead(302, { location: '/elsewhere' }).end());
    expect(await thrownBy(client.browsers.open())).toMatchObject({ code: 'unexpected_response' });
    expect(received).toHaveLength(1);
  });

  it('should give the readiness of a server that is not ready, and not ask twice', async () => {
    const check = { ok: false, message: 'no' };
    const answer = { ready: false, checks: { store: check, chromium: check, draining: check } };
    const { client, received } = await clientOf(json(503, answer));
    expect(await client.ready()).toEqual(answer);
    expect(received).toHaveLength(1);
  });
});

describe('retries', () => {
  it('should open again after being turned away with Retry-After', async () => {
    const { client, received } = await clientOf(failure(429, 'quota_exceeded', { 'retry-after': '0' }), opened);
    const browser = await client.browsers.open({}, { keepAlive: false });
    expect(browser.id).toBe(browserInfo().id);
    expect(received).toHaveLength(2);
  });

  it('should not open again when a browser may have been opened', async () => {
    const { client, received } = await clientOf(hangUp, opened);
    expect(await thrownBy(client.browsers.open())).toMatchObject({ code: 'connection_failed', isUnsent: false });
    expect(received).toHaveLength(1);
  });

  it('should open again with the same key when one was given', async () => {
    const { client, received } = await clientOf(hangUp, opened);
    await client.browsers.open({}, { keepAlive: false, idempotencyKey: 'mine' });
    expect(received.map((request) => request.headers['idempotency-key'])).toEqual(['mine', 'mine']);
  });

  it('should make a key of its own for projects and API keys', async () => {
    const { client, received } = await clientOf(hangUp, json(201, {}));
    await client.projects.create({ name: 'a' });
    expect(received).toHaveLength(2);
    expect(received[0]?.headers['idempotency-key']).toMatch(/^[0-9a-f]{32}$/);
    expect(received[1]?.headers['idempotency-key']).toBe(received[0]?.headers['idempotency-key']);
  });

  it('should repeat an observation, but never an action', async () => {
    const { client, received } = await clientOf(json(200, browserInfo()), hangUp, json(200, { snapshot: '' }), hangUp, json(200, {}));
    const browser = await client.browsers.get('br_1');
    await browser.observe();
    expect(received.map((request) => request.path.split('/').at(-1))).toEqual(['br_1', 'observe', 'observe']);
    expect(await thrownBy(browser.execute({ type: 'back' }))).toMatchObject({ code: 'connection_failed' });
    expect(received).toHaveLength(4);
  });

  it('should read again an answer that was cut off', async () => {
    const cutOff: Answer = (response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"id"', () => response.socket?.destroy());
    };
    const { client, received } = await clientOf(cutOff, json(200, browserInfo()));
    await client.browsers.get('br_1');
    expect(received).toHaveLength(2);
  });

  it('should take a deletion for done when its answer was lost and there is nothing left', async () => {
    const { client } = await clientOf(hangUp, failure(404, 'not_found'));
    await client.projects.delete('pj_1');
    const other = await clientOf(failure(404, 'not_found'));
    expect(await thrownBy(other.client.projects.delete('pj_1'))).toMatchObject({ code: 'not_found' });
    const third = await clientOf(hangUp, noContent);
    await third.client.projects.delete('pj_1');
  });

  it('should stop after maxRetries', async () => {
    const { client, received } = await clientOf(failure(503, 'store_unavailable', { 'retry-after': '0' }));
    expect(await thrownBy(client.browsers.list().page())).toMatchObject({ code: 'store_unavailable' });
    expect(received).toHaveLength(3);
    await thrownBy(client.browsers.list({}, { maxRetries: 0 }).page());
    expect(received).toHaveLength(4);
  });

  it('should fail at once when the server asks for more time than there is', async () => {
    const { client, received } = await clientOf(failure(429, 'quota_exceeded', { 'retry-after': '3600' }));
    expect(await thrownBy(client.browsers.open())).toMatchObject({ code: 'quota_exceeded', retryAfterMs: 3_600_000 });
    expect(received).toHaveLength(1);
  });
});

describe('time and signals', () => {
  it('should give up when the time is over', async () => {
    const { client } = await clientOf(silence);
    const error = await thrownBy(client.health({ timeoutMs: 50 }));
    expect(error).toBeInstanceOf(CarrelTimeoutError);
    expect(error).toMatchObject({ code: 'timeout', message: expect.stringContaining('GET /health did not end within 50 ms') });
  });

  it('should throw the reason of the signal, mid-call', async () => {
    const controller = new AbortController();
    const { client } = await clientOf(() => controller.abort(new Error('enough')));
    expect(await thrownBy(client.health({ signal: controller.signal }))).toMatchObject({ message: 'enough' });
  });

  it('should throw the reason of the signal, while waiting to try again', async () => {
    const controller = new AbortController();
    const answer = failure(429, 'quota_exceeded', { 'retry-after': '30' });
    const { client, received } = await clientOf((response, request) => {
      response.once('close', () => setImmediate(() => controller.abort(new Error('enough'))));
      answer(response, request);
    });
    expect(await thrownBy(client.browsers.open({}, { signal: controller.signal }))).toMatchObject({ message: 'enough' });
    expect(received).toHaveLength(1);
  });

  it('should give up every call of a client whose signal aborts, and never begin one after', async () => {
    const controller = new AbortController();
    const server = await startContractServer(() => controller.abort(new Error('shutting down')));
    const client = new Carrel({ url: server.url, signal: controller.signal });
    expect(await thrownBy(client.health({ signal: new AbortController().signal }))).toMatchObject({ message: 'shutting down' });
    expect(await thrownBy(client.health())).toMatchObject({ message: 'shutting down' });
    expect(server.received).toHaveLength(1);
  });
});

describe('a call for a browser of another server', () => {
  /** Twice: `fetch` itself asks again after a 421. */
  const elsewhere = (url: string) => Array(2).fill(failure(421, 'browser_elsewhere', {}, { url, nodeId: 'n' }));

  it('should be made there, with the same key and body', async () => {
    const there = await clientOf(json(200, browserInfo({ metadata: { a: 'b' } })));
    const { client, received } = await clientOf(json(200, browserInfo()), ...elsewhere(there.url));
    const browser = await client.browsers.get(browserInfo().id);
    await browser.update({ metadata: { a: 'b' } });
    expect(received[1]?.body).toBe('{"metadata":{"a":"b"}}');
    expect(there.received).toEqual([{ ...received[1], headers: { ...received[1]?.headers, host: new URL(there.url).host } }]);
  });

  it('should be made nowhere else when that one sends it on, and never in the clear where it was encrypted', async () => {
    const third = await clientOf();
    const there = await clientOf(...elsewhere(third.url));
    const { client } = await clientOf(...elsewhere(there.url));
    expect(await thrownBy(client.browsers.get('br_1'))).toMatchObject({ code: 'browser_elsewhere', details: { url: third.url } });
    expect(third.received).toEqual([]);
    const asked: string[] = [];
    const fetch = async (url: string) => {
      asked.push(url);
      return Response.json({ error: 'elsewhere', code: 'browser_elsewhere', details: { url: third.url } }, { status: 421 });
    };
    const encrypted = new Carrel({ url: 'https://carrel.example', apiKey, fetch });
    expect(await thrownBy(encrypted.browsers.get('br_1'))).toMatchObject({ code: 'browser_elsewhere' });
    expect(asked).toEqual(['https://carrel.example/v1/browsers/br_1']);
    // A page that is signed in by a cookie.
    const page = new Carrel({ url: 'http://carrel.example', fetch });
    expect(await thrownBy(page.browsers.get('br_1'))).toMatchObject({ code: 'browser_elsewhere', details: { url: third.url } });
    expect(asked).toHaveLength(2);
  });
});
