import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { CarrelError } from '@carrel/protocol';
import staticFiles from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { MAX_PATH_PART_CHARS } from '../http/app.js';
import { filesOf } from '../http/files-of.js';

/** Where the built page is: all that there is of the package `@carrel/dashboard`. */
export const PAGE_DIRECTORY = join(dirname(createRequire(import.meta.url).resolve('@carrel/dashboard/package.json')), 'dist');

const INDEX = '/index.html';
/** Paths below which other things than the page are; what is not there is not there for the page either. */
const NOT_OF_THE_PAGE = /^\/(v1|mcp|notte|dashboard|docs|answer|assets)(\/|$)/;
/** Files whose name changes with what is in them. */
const NAMED_BY_CONTENT = /^\/assets\//;
/** Whether a path is that of a live link, which others may embed, and whose secret is a part of it. */
const LIVE = /^\/live\//;

const NOT_BUILT = `The dashboard has not been built: npm run build, and start the server again.
The API is there all the same, and described at /docs.
`;

export interface PageOptions {
  /** Holds `index.html`, and what it loads below `assets/`. */
  readonly directory: string;
  /** Origins that may show live links in a frame; none: only our own. */
  readonly embedOrigins: readonly string[];
}

/**
 * Serves the dashboard: the files of the built page, and its index for every other path that a browser goes to. Which of them there are,
 * the page knows.
 */
export async function dashboardPage(app: FastifyInstance, { directory, embedOrigins }: PageOptions): Promise<void> {
  const files = await filesOf(directory);
  if (!files.has(INDEX)) {
    app.get('/', async (_request, reply) => reply.code(404).type('text/plain; charset=utf-8').send(NOT_BUILT));
    return;
  }
  // Only what was there at the start is looked up: no path of a request leads anywhere else.
  await app.register(staticFiles, { root: directory, serve: false, index: false, preCompressed: true, cacheControl: false });
  app.get('/*', (request, reply) => {
    const path = `/${(request.params as { '*': string })['*']}`;
    const isFile = files.has(path) && path !== INDEX;
    if (!isFile && !isForIndex(path, request.headers.accept)) {
      // Routes that a part is too long for leave it to this one.
      const isTooLong = path.split('/').some(({ length }) => length > MAX_PATH_PART_CHARS);
      if (isTooLong) throw new CarrelError('invalid_request', 'A part of the path is too long.');
      return reply.callNotFound();
    }
    guard(reply, LIVE.test(path) ? ["'self'", ...embedOrigins] : []);
    reply.header('cache-control', isFile && NAMED_BY_CONTENT.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache');
    return reply.sendFile(isFile ? path : INDEX);
  });
}

const isForIndex = (path: string, accept: string | undefined) =>
  path === '/' || (!NOT_OF_THE_PAGE.test(path) && (accept ?? '').includes('text/html'));

/** What the page may do, and who may show it in a frame: texts of foreign pages are in it, so that nothing but its own files is run. */
function guard(reply: FastifyReply, frameAncestors: readonly string[]): void {
  reply.headers({
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data: blob:",
      "connect-src 'self'",
      "font-src 'self'",
      "manifest-src 'self'",
      "form-action 'self'",
      "base-uri 'none'",
      `frame-ancestors ${frameAncestors.length === 0 ? "'none'" : frameAncestors.join(' ')}`,
    ].join('; '),
    'referrer-policy': 'no-referrer',
  });
  // It knows no list of origins, and the policy above says the same better.
  reply.removeHeader('x-frame-options');
}
