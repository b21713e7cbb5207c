import { z } from 'zod';
import { endUserId, jsonValue, listQuery, timestamp } from './common.js';
import { idSchema } from './ids.js';

/** Whether a browser is recorded, and how closely. */
export const recordRequest = z
  .union([
    z.boolean(),
    z.strictObject({
      maxFramesPerSecond: z.number().int().min(1).max(25).default(5).describe('Pictures are taken only while something changes.'),
      maxWidth: z.number().int().min(160).max(3840).default(1280).describe('Of a picture, in pixels; its height goes along.'),
      uncaughtErrors: z
        .boolean()
        .default(false)
        .describe('Errors that pages do not catch on the timeline too, beside what they write to their console. Pages can find that out.'),
      quality: z.number().int().min(10).max(100).default(60).describe('Of the pictures, which are JPEG.'),
    }),
  ])
  .describe(
    'Whether the active tab is recorded: pictures as it changes, and on one timeline its log, its requests, what its pages write to their console, and the steps of its agent. A browser that is recorded is not put to sleep. Default: as the project says, else the server (`CARREL_RECORD`).',
  );
export type RecordRequest = z.infer<typeof recordRequest>;

const browserId = idSchema('browser').describe('Id of a browser.');

/** What was recorded of a browser. */
export const recording = z
  .object({
    browserId,
    endUserId: endUserId.nullable(),
    taskId: idSchema('task').nullable().describe('The task whose browser it is; null: of none.'),
    sessionId: idSchema('session').nullable().describe('Of that task.'),
    createdAt: timestamp.describe('When it begins: times in it are counted from here.'),
    endedAt: timestamp.nullable().describe('Null while it goes on.'),
    endReason: z
      .enum(['browser_ended', 'size', 'failed', 'server_died'])
      .nullable()
      .describe(
        '`size`: it had come to `CARREL_RECORDING_MAX_BYTES`; `failed`: it could not be written; `server_died`: the last second may be missing.',
      ),
    durationMs: z.number().int().min(0).describe('Up to the last thing in it.'),
    frames: z.number().int().min(0),
    lines: z.number().int().min(0).describe('Of its timeline.'),
    sizeBytes: z.number().int().min(0),
  })
  .meta({ id: 'Recording' });
export type Recording = z.infer<typeof recording>;

/** Something that happened while a browser was recorded. */
export const recordingLine = z
  .object({
    id: z.number().int().describe('Counts up from 1 within the recording.'),
    atMs: z.number().int().min(0).describe('Since the recording began.'),
    type: z
      .string()
      .describe(
        'As in the log of the browser; `network.requested` for a request that is over, `console.message`, `console.dropped` and `console.muted` for what pages write to their console, `pictures.withheld` where pictures are left out as they show a secret; of a task as in its log, from `step.started` on.',
      ),
    data: z.record(z.string(), jsonValue),
  })
  .meta({ id: 'RecordingLine' });
export type RecordingLine = z.infer<typeof recordingLine>;

export const listRecordingsQuery = listQuery.extend({
  endUserId: endUserId.optional().describe('Only those of this end user.'),
  taskId: idSchema('task').optional().describe('Only those of the browsers of this task: one for each attempt at it.'),
  sessionId: idSchema('session').optional().describe('Only those of the tasks of this session.'),
});

export const recordingLinesQuery = z.strictObject({
  after: z.coerce.number().int().min(0).default(0).describe('Only lines with a larger id.'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  search: z.string().min(1).max(200).optional().describe('Only lines with this text in them, whatever its capitals.'),
});

export const recordingFramesQuery = z.strictObject({
  fromMs: z.coerce.number().int().min(0).default(0).describe('Since the recording began; that moment included.'),
  toMs: z.coerce.number().int().min(0).optional().describe('That moment not included. Default: to the end.'),
  limit: z.coerce.number().int().min(1).max(500).default(100).describe('At most so many; fewer when they are large.'),
});

export const recordingFrameQuery = z.strictObject({
  atMs: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .describe('Since the recording began: the picture that was shown then. Default: the last one.'),
});

export const recordingExportQuery = z.strictObject({
  format: z.enum(['mp4', 'webm']).default('mp4').describe('`mp4`: H.264; `webm`: VP9.'),
});
