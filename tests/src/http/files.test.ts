import { type Browser, routes } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from '../running/api.js';
import { exchange } from '../running/raw-http.js';
import { startTestServer, type TestServer } from '../running/server-and-site.js';

const MAX_FILE_BYTES = 100_000;

let server: TestServer;
let api: Api;
let browser: Browser;

beforeAll(async () => {
  server = await startTestServer({ CARREL_MAX_FILE_BYTES: String(MAX_FILE_BYTES), CARREL_MAX_FILES_BYTES: String(MAX_FILE_BYTES * 2) });
  api = new Api(server.url, server.apiKey);
  browser = await api.must(routes.openBrowser);
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

const BINARY = { 'content-type': 'application/octet-stream' };
const of = (name: string) => ({ params: { id: browser.id, name } });
const put = (name: string, rawBody: Uint8Array<ArrayBuffer> | string | ReadableStream<Uint8Array>) =>
  ({ ...of(name), rawBody, headers: BINARY }) as const;
const list = async () => (await api.must(routes.listFiles, { params: { id: browser.id } })).data;

/** A body whose length nobody says beforehand. */
function chunked(chunks: number, chunkBytes: number): ReadableStream<Uint8Array> {
  let left = chunks;
  return new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(new Uint8Array(chunkBytes));
      else controller.close();
    },
  });
}

describe('the files of a browser', () => {
  it.each([
    'plain.txt',
    'ü & ö, "quoted" \'single\' (1)*;=%.txt',
    'ж'.repeat(127),
    '🗂️ عربى.pdf',
    '..a',
    '-rf',
    '~',
    'CON',
    '__proto__',
    'constructor',
    'a%2fb',
    ' ',
  ])('should be called what the caller calls them: %s', async (name) => {
    const content = Uint8Array.from({ length: 300 }, (_, at) => at % 256);
    const stored = await api.must(routes.putFile, put(name, content));
    expect(stored).toMatchObject({ name, kind: 'upload', sizeBytes: 300 });
    expect(await list()).toEqual([stored]);
    const answer = await api.call(routes.getFile, of(name));
    if (!answer.ok) throw new Error(answer.error.error);
    expect(Buffer.from(answer.body)).toEqual(Buffer.from(content));
    // Nothing that a page put there is ever shown as a page of this server.
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    const disposition = answer.headers.get('content-disposition') ?? '';
    expect(disposition).toMatch(/^attachment; filename\*=UTF-8''[\w.!#$&+^`|~%-]+$/);
    expect(decodeURIComponent(disposition.slice(disposition.indexOf("''") + 2))).toBe(name);
    await api.must(routes.deleteFile, of(name));
    await api.mustFail(routes.getFile, 'not_found', of(name));
    await api.mustFail(routes.deleteFile, 'not_found', of(name));
  });

  it.each(['..%2f..%2fetc%2fpasswd', '%2fetc%2fpasswd', '..%5cwin', 'a%00b', 'a%0ab', '%7f', '%2e%2e%2f', 'ж'.repeat(128)])(
    'should not be called %s',
    async (name) => {
      const path = `/v1/browsers/${browser.id}/files/${name.includes('%') ? name : encodeURIComponent(name)}`;
      for (const method of ['PUT', 'GET', 'DELETE']) {
        const headers = { authorization: `Bearer ${server.apiKey}`, ...(method === 'PUT' && BINARY) };
        const answer = await exchange(server.url, { method, path, headers, ...(method === 'PUT' && { body: 'x' }) });
        expect([answer.status, JSON.parse(answer.body).code]).toEqual([400, 'invalid_request']);
      }
      expect(await list()).toEqual([]);
    },
  );

  it.each(['/', '/.', '/..', '/../../../health', '/%2e%2e', '/%'])('should not be reached by the path files%s', async (rest) => {
    const path = `/v1/browsers/${browser.id}/files${rest}`;
    const headers = { authorization: `Bearer ${server.apiKey}`, ...BINARY };
    const answer = await exchange(server.url, { method: 'PUT', path, headers, body: 'x' });
    expect([400, 404, 405]).toContain(answer.status);
    expect(JSON.parse(answer.body)).toHaveProperty('requestId');
    expect(await list()).toEqual([]);
  });

  it('should be empty when an empty body is sent', async () => {
    expect(await api.must(routes.putFile, put('empty', ''))).toMatchObject({ sizeBytes: 0 });
    expect(await api.must(routes.putFile, of('empty too'))).toMatchObject({ sizeBytes: 0 });
    expect((await api.must(routes.getFile, of('empty'))).length).toBe(0);
    for (const name of ['empty', 'empty too']) await api.must(routes.deleteFile, of(name));
  });

  it('should have at most so many bytes each, whether or not the length is said, and leave nothing of what is more', async () => {
    const most = new Uint8Array(MAX_FILE_BYTES);
    expect(await api.must(routes.putFile, put('most', most))).toMatchObject({ sizeBytes: MAX_FILE_BYTES });
    const { details } = await api.mustFail(routes.putFile, 'payload_too_large', put('more', new Uint8Array(MAX_FILE_BYTES + 1)));
    expect(details).toMatchObject({ maxFileBytes: MAX_FILE_BYTES });
    await api.mustFail(routes.putFile, 'payload_too_large', put('more', chunked(50, MAX_FILE_BYTES)));
    await api.mustFail(routes.putFile, 'payload_too_large', put('more', new Uint8Array(50 * MAX_FILE_BYTES)));
    expect((await list()).map(({ name }) => name)).toEqual(['most']);
    // The room of what was refused is free again.
    await api.must(routes.putFile, put('other', chunked(10, MAX_FILE_BYTES / 10)));
    await api.mustFail(routes.putFile, 'payload_too_large', put('third', 'x'));
    await api.must(routes.deleteFile, of('most'));
    await api.must(routes.putFile, put('third', 'x'));
    for (const name of ['other', 'third']) await api.must(routes.deleteFile, of(name));
  });

  it('should be replaced by one of the same name', async () => {
    await api.must(routes.putFile, put('same', 'first'));
    await api.must(routes.putFile, put('same', 'second'));
    expect(new TextDecoder().decode(await api.must(routes.getFile, of('same')))).toBe('second');
    expect(await list()).toHaveLength(1);
    await api.must(routes.deleteFile, of('same'));
  });

  it('should take bytes of any type, JSON too, as they are', async () => {
    for (const type of ['application/json', 'text/html', 'multipart/form-data; boundary=x', 'x/y']) {
      await api.must(routes.putFile, { ...of('typed'), rawBody: '{"a', headers: { 'content-type': type } });
      expect(new TextDecoder().decode(await api.must(routes.getFile, of('typed')))).toBe('{"a');
    }
    await api.must(routes.deleteFile, of('typed'));
  });
});
