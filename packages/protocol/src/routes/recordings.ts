import { listOf } from '../common.js';
import {
  listRecordingsQuery,
  recording,
  recordingFrameQuery,
  recordingFramesQuery,
  recordingLine,
  recordingLinesQuery,
} from '../recordings.js';
import { ofBrowser, type RouteContract, route } from './contract.js';

const onRecording = ['not_found', 'browser_elsewhere', 'recording_unavailable', 'profile_key_missing'] as const;

/** What was recorded of browsers. */
export const recordingRoutes = {
  listRecordings: route({
    method: 'GET',
    path: '/v1/recordings',
    tag: 'Recordings',
    summary: 'List recordings, newest first',
    scope: 'browsers:read',
    query: listRecordingsQuery,
    status: 200,
    response: listOf(recording).meta({ id: 'RecordingList' }),
    errors: [],
  }),
  getRecording: route({
    method: 'GET',
    path: '/v1/browsers/:id/recording',
    tag: 'Recordings',
    summary: 'What was recorded of a browser, or is being recorded',
    scope: 'browsers:read',
    params: ofBrowser,
    status: 200,
    response: recording,
    errors: onRecording,
  }),
  listRecordingLines: route({
    method: 'GET',
    path: '/v1/browsers/:id/recording/timeline',
    tag: 'Recordings',
    summary: 'What happened when, or where in the recording a text is',
    scope: 'browsers:read',
    params: ofBrowser,
    query: recordingLinesQuery,
    status: 200,
    response: listOf(recordingLine).meta({ id: 'RecordingLineList' }),
    errors: onRecording,
  }),
  getRecordingFrames: route({
    method: 'GET',
    path: '/v1/browsers/:id/recording/frames',
    tag: 'Recordings',
    summary:
      'Pictures of a part of it, one behind the other: 4 bytes that say how long the next part is (big-endian), {atMs, tabId, width, height, bytes} as JSON, and a JPEG of so many bytes; nothing when there are none',
    scope: 'browsers:read',
    params: ofBrowser,
    query: recordingFramesQuery,
    status: 200,
    response: { binary: ['application/octet-stream'] },
    errors: onRecording,
  }),
  getRecordingFrame: route({
    method: 'GET',
    path: '/v1/browsers/:id/recording/frame',
    tag: 'Recordings',
    summary: 'The picture that was shown at a moment',
    scope: 'browsers:read',
    params: ofBrowser,
    query: recordingFrameQuery,
    status: 200,
    response: { binary: ['image/jpeg'] },
    errors: onRecording,
  }),
  deleteRecording: route({
    method: 'DELETE',
    path: '/v1/browsers/:id/recording',
    tag: 'Recordings',
    summary: 'Delete a recording; one that goes on ends with that',
    scope: 'browsers:write',
    params: ofBrowser,
    status: 204,
    errors: onRecording,
  }),
} as const satisfies Record<string, RouteContract>;
