import { CarrelError, routes } from '@carrel/protocol';
import type { Router } from '../http/routing.js';
import type { Recordings } from './recordings.js';

/** What was recorded of browsers: lists, timelines, pictures. */
export function recordingRoutes(router: Router, recordings: Recordings): void {
  router.implement(routes.listRecordings, ({ caller, query }) => recordings.list(caller.projectId, query));
  router.implement(routes.getRecording, ({ caller, params }) => recordings.get(caller.projectId, params.id));
  router.implement(routes.listRecordingLines, ({ caller, params, query }) => recordings.lines(caller.projectId, params.id, query));
  router.implement(routes.getRecordingFrames, async ({ caller, params, query, reply }) => {
    reply.header('cache-control', 'no-store');
    return { body: await recordings.frames(caller.projectId, params.id, query), contentType: 'application/octet-stream' };
  });
  router.implement(routes.getRecordingFrame, async ({ caller, params, query, reply }) => {
    const body = await recordings.frameAt(caller.projectId, params.id, query.atMs ?? Number.POSITIVE_INFINITY);
    if (body === null) throw new CarrelError('not_found', `The recording of browser ${params.id} has no picture of that moment yet.`);
    reply.header('cache-control', 'no-store');
    return { body, contentType: 'image/jpeg' };
  });
  router.implement(routes.exportRecording, async ({ caller, params: { id }, query: { format }, signal, reply }) => {
    const body = await recordings.film(caller.projectId, id, format, signal);
    if (body === null)
      throw new CarrelError('not_found', `The recording of browser ${id} has no picture yet: there is nothing to make a film of.`);
    reply.header('cache-control', 'no-store');
    return { body, contentType: `video/${format}`, fileName: `${id}.${format}` };
  });
  router.implement(routes.deleteRecording, ({ caller, params }) => recordings.delete(caller.projectId, params.id));
}
