import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { openApiDocument } from '@carrel/protocol/openapi';
import staticFiles from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { VERSION } from '../version.js';
import type { Addresses } from './addresses.js';
import { filesOf } from './files-of.js';

/** Where the built site is: all that there is of the package `@carrel/site`. */
const SITE_DIRECTORY = join(dirname(createRequire(import.meta.url).resolve('@carrel/site/package.json')), 'dist');

const NOT_FOUND = '/404.html';
/** Hashes of the scripts that stand in the pages, as the build writes them down. */
const SCRIPTS = '.scripts.json';
/** Files whose name changes with what is in them. */
const NAMED_BY_CONTENT = /^\/assets\/[^/]+\.[\w-]{8,}(\.lean)?\.\w+$/;
/** What is beside the files of the site: never asked for by name. */
const NOT_SERVED = /\/\.|\.(br|gz)$/;

const NOT_BUILT = `The documentation has not been built: npm run build, and start the server again.
Every call of the API is in /openapi.json.
`;

export interface DocumentationOptions {
  readonly addresses: () => Addresses;
  /** Default: the built site. */
  readonly directory?: string;
}

/** The contract for machines at `/openapi.json`, and for people at `/docs`, a site of files. */
export async function documentation(app: FastifyInstance, { addresses, directory = SITE_DIRECTORY }: DocumentationOptions): Promise<void> {
  app.get('/openapi.json', async (_request, reply) => {
    reply.header('access-control-allow-origin', '*');
    return openApiDocument(VERSION, addresses().publicUrl);
  });
  const files = await filesOf(directory);
  if (!files.has('/index.html')) {
    const say = async (_request: FastifyRequest, reply: FastifyReply) => reply.code(404).type('text/plain; charset=utf-8').send(NOT_BUILT);
    app.get('/docs', say);
    app.get('/docs/*', say);
    return;
  }
  const policy = policyFor(JSON.parse(await readFile(join(directory, SCRIPTS), 'utf8')) as string[]);
  // Only what was there at the start is looked up: no path of a request leads anywhere else.
  await app.register(staticFiles, { root: directory, serve: false, index: false, preCompressed: true, cacheControl: false });
  const serve = (path: string, request: FastifyRequest, reply: FastifyReply) => {
    const file = fileFor(path, files);
    // The page that says so is for people.
    if (file === undefined && !(request.headers.accept ?? '').includes('text/html')) return reply.callNotFound();
    reply.headers({
      'content-security-policy': policy,
      'cache-control': file !== undefined && NAMED_BY_CONTENT.test(file) ? 'public, max-age=31536000, immutable' : 'no-cache',
    });
    if (file === undefined) reply.code(404);
    return reply.sendFile(file ?? NOT_FOUND);
  };
  // Links of the pages are relative to the slash.
  app.get('/docs', (request, reply) => (/^\/docs(\?|$)/.test(request.url) ? reply.redirect('/docs/') : serve('/', request, reply)));
  app.get('/docs/*', (request, reply) => serve(`/${(request.params as { '*': string })['*']}`, request, reply));
}

/** The file that is meant by a path: itself, the page of that name, or the index of a folder; undefined: none. */
function fileFor(path: string, files: ReadonlySet<string>): string | undefined {
  return [path, `${path}.html`, `${path.replace(/\/$/, '')}/index.html`].find((file) => files.has(file) && !NOT_SERVED.test(file));
}

/** Nothing but the site's own files and the scripts that the build put into its pages is run. Colours of code are in attributes of style. */
const policyFor = (hashes: readonly string[]) =>
  [
    "default-src 'none'",
    `script-src 'self' ${hashes.map((hash) => `'${hash}'`).join(' ')}`,
    "style-src 'self'",
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "font-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
