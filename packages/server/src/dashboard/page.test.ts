import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import helmet from '@fastify/helmet';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installErrors } from '../http/errors.js';
import { dashboardPage } from './page.js';

const HTML = '<!doctype html><title>Carrel</title><script type="module" src="/assets/index-a1.js"></script>';
const SCRIPT = `console.log(${JSON.stringify('hello '.repeat(200))});`;
const FROM_A_BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

let parent: string;
let app: FastifyInstance;

/** The page as the server has it: behind the headers and the errors that all answers have. */
async function serve(directory: string, embedOrigins: readonly string[] = []): Promise<FastifyInstance> {
  const made = Fastify();
  installErrors(made);
  await made.register(helmet, { contentSecurityPolicy: false });
  await dashboardPage(made, { directory, embedOrigins });
  return made;
}

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'carrel-page-'));
  const directory = join(parent, 'dist');
  await mkdir(join(directory, 'assets'), { recursive: true });
  await writeFile(join(parent, 'secret.txt'), 'hunter2');
  await writeFile(join(directory, 'index.html'), HTML);
  await writeFile(join(directory, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  await writeFile(join(directory, 'assets/index-a1.js'), SCRIPT);
  await writeFile(join(directory, 'assets/index-a1.js.br'), brotliCompressSync(SCRIPT));
  await symlink(join(parent, 'secret.txt'), join(directory, 'assets/linked.txt'));
  app = await serve(directory, ['https://app.example.com']);
});
afterAll(async () => {
  await app?.close();
  await rm(parent, { recursive: true, force: true });
});

describe('the page', () => {
  it.each(['/', '/sign-in', '/browsers/br_1', '/conversations/s_1?x=1', '/live/token', '/index.html'])(
    'should be there at %s',
    async (url) => {
      const { statusCode, body, headers } = await app.inject({ url, headers: FROM_A_BROWSER });
      expect([statusCode, body]).toEqual([200, HTML]);
      expect(headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-cache',
        'referrer-policy': 'no-referrer',
      });
    },
  );

  it('should not be what programs get that ask for something that is not there', async () => {
    for (const [url, headers] of [
      ['/nothing', {}],
      ['/nothing', { accept: 'application/json' }],
      ['/v1/nothing', FROM_A_BROWSER],
      ['/assets/index-old.js', FROM_A_BROWSER],
      ['/dashboard/nothing', FROM_A_BROWSER],
    ] as const) {
      const { statusCode, body } = await app.inject({ url, headers });
      expect([url, statusCode, JSON.parse(body).code]).toEqual([url, 404, 'not_found']);
    }
    expect((await app.inject({ method: 'POST', url: '/', headers: FROM_A_BROWSER })).statusCode).toBe(404);
  });

  it('should have nothing run or loaded that is not its own, and be in no frame', async () => {
    for (const url of ['/', '/sign-in', '/favicon.svg', '/assets/index-a1.js']) {
      const policy = `${(await app.inject({ url, headers: FROM_A_BROWSER })).headers['content-security-policy']}`;
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';");
      expect(policy).toContain("base-uri 'none'; frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
    }
  });

  it('should be in frames of those whom the operator named, where it is a live link', async () => {
    const { headers } = await app.inject({ url: '/live/token', headers: FROM_A_BROWSER });
    expect(headers['content-security-policy']).toContain("frame-ancestors 'self' https://app.example.com");
    expect(headers).not.toHaveProperty('x-frame-options');
    await using own = await serve(join(parent, 'dist'));
    const other = await own.inject({ url: '/live/token', headers: FROM_A_BROWSER });
    expect(other.headers['content-security-policy']).toMatch(/frame-ancestors 'self'$/);
  });
});

describe('files of the page', () => {
  it('should be kept for good when their name is of what is in them, compressed where the client can', async () => {
    const plain = await app.inject({ url: '/assets/index-a1.js' });
    expect([plain.statusCode, plain.body]).toEqual([200, SCRIPT]);
    expect(plain.headers).toMatchObject({ 'cache-control': 'public, max-age=31536000, immutable' });
    expect(plain.headers['content-type']).toMatch(/^(text|application)\/javascript/);
    const small = await app.inject({ url: '/assets/index-a1.js', headers: { 'accept-encoding': 'gzip, br' } });
    expect([small.headers['content-encoding'], small.headers['content-type']]).toEqual(['br', plain.headers['content-type']]);
    expect(small.rawPayload).toEqual(brotliCompressSync(SCRIPT));
    const icon = await app.inject({ url: '/favicon.svg' });
    expect(icon.headers).toMatchObject({ 'content-type': 'image/svg+xml', 'cache-control': 'no-cache' });
  });

  it.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/assets/%2e%2e/%2e%2e/secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/assets/..%5c..%5csecret.txt',
    '//secret.txt',
    '/assets/linked.txt',
    '/assets',
    '/assets/',
    '/assets/%00',
  ])('should be all that there is to be had: not %s', async (url) => {
    const { statusCode, body } = await app.inject({ url });
    expect([statusCode, body.includes('hunter2')]).toEqual([404, false]);
  });
});

describe('a page that has not been built', () => {
  it('should be told of at its place', async () => {
    await using made = await serve(join(parent, 'nowhere'));
    const { statusCode, headers, body } = await made.inject({ url: '/', headers: FROM_A_BROWSER });
    expect([statusCode, headers['content-type']]).toEqual([404, 'text/plain; charset=utf-8']);
    expect(body).toContain('npm run build');
    expect(body).toContain('/docs');
  });
});
