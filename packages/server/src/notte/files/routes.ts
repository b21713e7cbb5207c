import { createHash } from 'node:crypto';
import { type BrowserFile, CarrelError, idSchema } from '@carrel/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Addresses } from '../../http/addresses.js';
import { attachment } from '../../http/routing.js';
import type { VerifiedKey } from '../../store/index.js';
import type { LiveSession } from '../sessions/live-session.js';
import type { NotteSessions } from '../sessions/sessions.js';
import type { NotteRouter } from '../wire/routing.js';
import type { SignedLinks } from '../wire/signed-links.js';
import type { KeptFile, KeptFiles } from './kept-files.js';

export interface FileParts {
  readonly sessions: NotteSessions;
  readonly kept: KeptFiles;
  readonly links: SignedLinks;
  readonly logger: Logger;
  readonly addresses: () => Addresses;
}

const FILES = 'Taking files in and out';
const sessionIds = idSchema('browser');
const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  offset: z.coerce.number().int().min(0).default(0),
  source: z.string().optional(),
});
const linkQuery = z.object({ expires: z.string().max(12).default(''), token: z.string().max(128).default('') });

/** Files of sessions, as the newer clients have them: each belongs to one, and has an id. */
export function sessionFiles(router: NotteRouter, { sessions }: FileParts): void {
  const path = '/sessions/:id/files';
  router.implement({ method: 'POST', path, scope: 'browsers:write', isMultipart: true }, async ({ caller, params, request }) => {
    const session = await sessions.open(caller, params.id ?? '', FILES);
    const { name, stream } = await uploadOf(request);
    return await toSessionFile(session, await session.browser.engine.use((pages) => pages.files.put(name, stream)));
  });
  router.implement({ method: 'GET', path, scope: 'browsers:read', query: listQuery }, async ({ caller, params, query }) => {
    const session = await sessions.open(caller, params.id ?? '', FILES);
    const all = await session.browser.engine.use((pages) => pages.files.list());
    const files = all.filter((file) => query.source === undefined || sourceOf(file) === query.source);
    const { limit, offset } = query;
    const shown = files.slice(offset, offset + limit);
    return { files: await Promise.all(shown.map((file) => toSessionFile(session, file))), total: files.length, limit, offset };
  });
  router.implement({ method: 'GET', path: `${path}/:fileId`, scope: 'browsers:read' }, async ({ caller, params, reply }) => {
    const session = await sessions.open(caller, params.id ?? '', FILES);
    const { file, stream } = await session.browser.engine.use((pages) => pages.files.open(nameOf(params.fileId ?? '')));
    return sendFile(reply, file.name, stream);
  });
  router.implement({ method: 'DELETE', path: `${path}/:fileId`, scope: 'browsers:write' }, async ({ caller, params }) => {
    const session = await sessions.open(caller, params.id ?? '', FILES);
    await session.browser.engine.use((pages) => pages.files.delete(nameOf(params.fileId ?? '')));
    return { success: true, message: 'The file was deleted.' };
  });
}

/** The storage of the older clients: uploads for all sessions of the project, and what a session has downloaded, also when it was stopped. */
export function storage(router: NotteRouter, { sessions, kept, links, addresses }: FileParts): void {
  const uploads = ({ projectId }: VerifiedKey) => ({ projectId, area: 'uploads' });
  const linkTo = (parts: readonly string[]) => {
    const path = parts.map(encodeURIComponent).join('/');
    return { url: `${addresses().publicUrl}/notte/storage/links/${path}?${links.query(parts).query}` };
  };

  router.implement(
    { method: 'POST', path: '/storage/uploads/:name', scope: 'browsers:write', isMultipart: true },
    async ({ caller, params, request }) => {
      const { stream } = await uploadOf(request);
      await kept.put(uploads(caller), params.name ?? '', stream);
      return { success: true };
    },
  );
  router.implement({ method: 'GET', path: '/storage/uploads', scope: 'browsers:read' }, async ({ caller }) => ({
    files: (await kept.list(uploads(caller))).map(toFileInfo),
  }));
  router.implement({ method: 'GET', path: '/storage/uploads/:name', scope: 'browsers:read' }, async ({ caller, params }) => {
    const { file, stream } = await kept.open(uploads(caller), params.name ?? '');
    stream.destroy();
    return linkTo([caller.projectId, 'uploads', file.name]);
  });

  const downloads = async (caller: VerifiedKey, id: string): Promise<KeptFile[]> => {
    const live = await liveOf(sessions, caller, id);
    if (live === undefined) return await kept.list({ projectId: caller.projectId, area: id });
    return (await downloadsOf(live)).map(({ name, sizeBytes, createdAt }) => ({ name, sizeBytes, updatedAt: new Date(createdAt) }));
  };
  router.implement({ method: 'GET', path: '/storage/:id/downloads', scope: 'browsers:read' }, async ({ caller, params }) => ({
    files: (await downloads(caller, params.id ?? '')).map(toFileInfo),
  }));
  router.implement({ method: 'GET', path: '/storage/:id/downloads/:name', scope: 'browsers:read' }, async ({ caller, params }) => {
    const { id = '', name = '' } = params;
    if (!(await downloads(caller, id)).some((file) => file.name === name)) {
      throw new CarrelError('not_found', `Session ${id} has downloaded no file ${JSON.stringify(name)}.`);
    }
    return linkTo([caller.projectId, id, name]);
  });
  router.implement(
    { method: 'POST', path: '/storage/:id/downloads/:name', scope: 'browsers:write', isMultipart: true },
    async ({ caller, params, request }) => {
      const { id = '', name = '' } = params;
      const { stream } = await uploadOf(request);
      const live = await liveOf(sessions, caller, id);
      if (live === undefined) await kept.put({ projectId: caller.projectId, area: id }, name, stream);
      else await live.browser.engine.use((pages) => pages.files.put(name, stream));
      return { success: true };
    },
  );
  // Whoever has the link has no key.
  router.implement(
    { method: 'GET', path: '/storage/links/:projectId/:area/:name', scope: null, query: linkQuery },
    async ({ params, query, reply }) => {
      const { projectId = '', area = '', name = '' } = params;
      if (!links.isGood([projectId, area, name], query))
        throw new CarrelError('not_found', 'This link is over, or is none. Ask for another one.');
      const live = area === 'uploads' ? undefined : await liveOf(sessions, { projectId }, area);
      if (live === undefined) return sendFile(reply, name, (await kept.open({ projectId, area }, name)).stream);
      return sendFile(reply, name, (await live.browser.engine.use((pages) => pages.files.open(name))).stream);
    },
  );
}

/** Keeps what a session has downloaded, as its browser is about to end. What cannot be kept stops nothing: it is said in the server's log. */
export async function keepDownloads({ kept, logger }: Pick<FileParts, 'kept' | 'logger'>, session: LiveSession): Promise<void> {
  if (session.vault !== undefined) return;
  const { browser } = session;
  try {
    for (const { name } of await downloadsOf(session)) {
      const { stream } = await browser.engine.use((pages) => pages.files.open(name));
      await kept.put({ projectId: browser.projectId, area: browser.id }, name, stream);
    }
  } catch (error) {
    logger.warn({ err: error, browserId: browser.id }, 'what a session has downloaded could not be kept');
  }
}

const downloadsOf = async ({ browser }: LiveSession): Promise<BrowserFile[]> =>
  (await browser.engine.use((pages) => pages.files.list())).filter(({ kind }) => kind === 'download');

/** The session while it runs; undefined: it has ended, or is ending, and what it has downloaded is kept. @throws {CarrelError} `not_found` when the project has none of that id */
async function liveOf(sessions: NotteSessions, project: Pick<VerifiedKey, 'projectId'>, id: string): Promise<LiveSession | undefined> {
  if (!sessionIds.safeParse(id).success) throw new CarrelError('not_found', 'There is no such session in this project.');
  try {
    const session = await sessions.open(project, id, FILES);
    return session.browser.engine.status === 'running' ? session : undefined;
  } catch (error) {
    if (error instanceof CarrelError && error.code === 'browser_not_running') return undefined;
    throw error;
  }
}

/** @throws {CarrelError} `invalid_request` when there is no file in the request */
async function uploadOf(request: FastifyRequest) {
  if (!request.isMultipart()) throw new CarrelError('unsupported_media_type', 'Send the file as multipart/form-data, as the part "file".');
  const part = await request.file();
  if (part === undefined) throw new CarrelError('invalid_request', 'There is no file in the request: send it as the part "file".');
  return { name: part.filename, stream: part.file };
}

/** Never the file's own type: what a page put there shall not be shown as a page of this server. */
const sendFile = (reply: FastifyReply, name: string, stream: NodeJS.ReadableStream) =>
  reply
    .type('application/octet-stream')
    .headers({
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'content-disposition': attachment(name),
    })
    .send(stream);

const toFileInfo = ({ name, sizeBytes, updatedAt }: KeptFile) => ({
  name,
  size: sizeBytes,
  file_ext: /\.([^.]+)$/.exec(name)?.[1] ?? '',
  updated_at: updatedAt.toISOString(),
});

/** A file's id is its name, written so that it fits in a path. */
const idOf = (name: string) => Buffer.from(name).toString('base64url');
const nameOf = (id: string) => Buffer.from(id, 'base64url').toString();
const sourceOf = ({ kind }: BrowserFile) => (kind === 'upload' ? 'user_upload' : 'session_download');

async function toSessionFile(session: LiveSession, file: BrowserFile) {
  const { browser } = session;
  return {
    id: idOf(file.name),
    session_id: browser.id,
    filename: file.name,
    mime_type: file.mimeType,
    size: file.sizeBytes,
    checksum: await checksumOf(session, file),
    created_at: file.createdAt,
    // Files are gone with their browser.
    expires_at: browser.engine.limits.expiresAt.toISOString(),
    source: sourceOf(file),
  };
}

/** SHA-256, read once for each file. */
async function checksumOf({ browser, checksums }: LiveSession, { name, createdAt, sizeBytes }: BrowserFile): Promise<string> {
  const key = JSON.stringify([name, createdAt, sizeBytes]);
  const known = checksums.get(key);
  if (known !== undefined) return known;
  const { stream } = await browser.engine.use((pages) => pages.files.open(name));
  const hash = createHash('sha256');
  for await (const chunk of stream) hash.update(chunk as Buffer);
  const sum = hash.digest('hex');
  checksums.set(key, sum);
  return sum;
}
