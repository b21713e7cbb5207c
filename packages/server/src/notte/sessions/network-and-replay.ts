import { CarrelError } from '@carrel/protocol';
import { z } from 'zod';
import type { Addresses } from '../../http/addresses.js';
import type { Recordings } from '../../recordings/index.js';
import { NotSupported } from '../wire/errors.js';
import type { NotteRouter } from '../wire/routing.js';
import type { SignedLinks } from '../wire/signed-links.js';
import type { NotteSessions } from './sessions.js';

export interface AfterwardsParts {
  readonly sessions: NotteSessions;
  readonly recordings: Recordings;
  readonly links: SignedLinks;
  readonly addresses: () => Addresses;
}

const MAX_ENTRIES = 1_000;
const linkQuery = z.object({ expires: z.string().max(12).default(''), token: z.string().max(128).default('') });
const logsQuery = z.object({ limit: z.coerce.number().int().min(0).max(1000).optional() });

/** Films of sessions, made of their recordings by whoever follows the link. */
export function replays(router: NotteRouter, { sessions, recordings, links, addresses }: AfterwardsParts): void {
  router.implement({ method: 'GET', path: '/sessions/:id/replay', scope: 'browsers:read' }, async ({ caller, params }) => {
    const { session_id: id, status } = await sessions.get(caller, params.id ?? '');
    // Clients look for these words; to any other 404 they wait for what does not come.
    if (status === 'active') throw new CarrelError('not_found', `Session ${id} is still active: stop it first.`);
    const { projectId } = caller;
    const recording = await recordings.get(projectId, id).catch((error: unknown) => {
      if (error instanceof CarrelError && error.code === 'not_found') return undefined;
      throw error;
    });
    // Clients ask again after a 404, for minutes, and after nothing else.
    if (recording?.endedAt === null) throw new CarrelError('not_found', `The recording of session ${id} is being finished: ask again.`);
    if (recording === undefined || recording.frames === 0) {
      throw new NotSupported(
        `Session ${id} was not recorded, or the recording was deleted: CARREL_RECORD=true on the server records all that come.`,
      );
    }
    const { query, expiresAt } = links.query(['replay', projectId, id]);
    return {
      mp4_url: `${addresses().publicUrl}/notte/links/replay/${projectId}/${id}?${query}`,
      playlist_content: null,
      expires_at: expiresAt.toISOString(),
      video_start_ms: 0,
      video_duration_ms: recording.durationMs,
    };
  });
  router.implement(
    { method: 'GET', path: '/links/replay/:projectId/:id', scope: null, query: linkQuery },
    async ({ params, query, signal, reply }) => {
      const { projectId = '', id = '' } = params;
      if (!links.isGood(['replay', projectId, id], query)) throw overLink();
      const film = await recordings.film(projectId, id, 'mp4', signal);
      if (film === null) throw new CarrelError('not_found', `The recording of session ${id} has no picture.`);
      return reply.type('video/mp4').header('cache-control', 'no-store').send(film);
    },
  );
}

const overLink = () => new CarrelError('not_found', 'This link is over, or is none. Ask for another one.');

/** What a session has asked the network for: one batch, as lines of JSON. */
export function networkLogs(router: NotteRouter, { sessions, links, addresses }: AfterwardsParts): void {
  const linesOf = async (project: { projectId: string }, id: string) => {
    const { browser } = await sessions.open(project, id, 'Reading the network log');
    return await browser.engine.use(async () =>
      browser.engine.network
        .entries({ after: 0, limit: MAX_ENTRIES })
        .map((entry) => `${JSON.stringify(entry)}\n`)
        .join(''),
    );
  };
  router.implement(
    { method: 'GET', path: '/sessions/:id/network/logs', scope: 'browsers:read', query: logsQuery },
    async ({ caller, params, query }) => {
      const { id = '' } = params;
      const { projectId } = caller;
      const lines = await linesOf(caller, id);
      const isEmpty = lines === '' || query.limit === 0;
      const { query: signature, expiresInSeconds } = links.query(['network', projectId, id]);
      const batch = {
        key: 'requests.jsonl',
        size: Buffer.byteLength(lines),
        download_url: `${addresses().publicUrl}/notte/links/network/${projectId}/${id}?${signature}`,
        download_url_expires_in_seconds: expiresInSeconds,
      };
      return { session_id: id, format: 'batched_v1', batches: isEmpty ? [] : [batch], total_batch_count: lines === '' ? 0 : 1 };
    },
  );
  router.implement(
    { method: 'GET', path: '/links/network/:projectId/:id', scope: null, query: linkQuery },
    async ({ params, query, reply }) => {
      const { projectId = '', id = '' } = params;
      if (!links.isGood(['network', projectId, id], query))
        throw new CarrelError('not_found', 'This link is over, or is none. Ask for another one.');
      return reply
        .type('application/jsonl; charset=utf-8')
        .header('cache-control', 'no-store')
        .send(await linesOf({ projectId }, id));
    },
  );
}
