import { Readable } from 'node:stream';
import { browserFile, CarrelError, fileName, type LiveScope } from '@carrel/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { goodLink } from './door.js';
import type { LiveLinks } from './links.js';

const PARAMS = z.object({ token: z.string().max(128), name: fileName });

/** Files to and from a browser by a live link with control: what a person uploads to its pages, and what those download. */
export function liveFiles(app: FastifyInstance, links: LiveLinks): void {
  const find = (request: FastifyRequest) => {
    const parsed = PARAMS.safeParse(request.params);
    if (!parsed.success) throw new CarrelError('invalid_request', 'This is no name that a file can have.');
    const { token, name } = parsed.data;
    const link = goodLink(links, token);
    if (link.scope !== ('control' satisfies LiveScope)) {
      throw new CarrelError('insufficient_scope', 'This link is for watching only: files need one with control.');
    }
    return { engine: link.browser.engine, name };
  };
  app.register(async (files) => {
    files.removeAllContentTypeParsers();
    files.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    files.put('/live/:token/files/:name', async (request) => {
      const { engine, name } = find(request);
      const body = (request.body as Readable | undefined) ?? Readable.from([]);
      return browserFile.parse(await engine.use((pages) => pages.files.put(name, body)));
    });
    files.get('/live/:token/files/:name', async (request, reply) => {
      const { engine, name } = find(request);
      const { file, stream } = await engine.use((pages) => pages.files.open(name));
      return reply
        .type('application/octet-stream')
        .headers({
          'x-content-type-options': 'nosniff',
          'cache-control': 'no-store',
          'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.name).replace(/['()*]/g, escapeChar)}`,
        })
        .send(stream);
    });
  });
}

/** The `value-chars` of RFC 8187, section 3.2.1. */
const escapeChar = (char: string) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
