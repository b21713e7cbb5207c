import { z } from 'zod';
import { browserId, browserKind, browserStatus } from './browsers.js';
import { timestamp } from './common.js';
import { idSchema } from './ids.js';
import { tab } from './tabs.js';

export const liveLinkId = idSchema('liveLink').describe('Id of a live link.');

export const liveScope = z
  .enum(['view', 'control'])
  .describe('`view`: see what the browser shows. `control`: take it over as well, with mouse, keyboard and all.');
export type LiveScope = z.infer<typeof liveScope>;

const MAX_TTL_SECONDS = 7 * 86_400;

export const createLiveLinkRequest = z
  .strictObject({
    scope: liveScope.default('view'),
    ttlSeconds: z.number().int().min(1).max(MAX_TTL_SECONDS).default(900).describe('For how long the link is good, at most a week.'),
  })
  .meta({ id: 'CreateLiveLinkRequest' });
export type CreateLiveLinkRequest = z.infer<typeof createLiveLinkRequest>;

/** A link by which a person sees a browser, or takes it over, without an account. */
export const liveLink = z
  .object({
    id: liveLinkId,
    browserId,
    scope: liveScope,
    createdAt: timestamp,
    expiresAt: timestamp,
    url: z
      .string()
      .optional()
      .describe(
        'The page to open or to embed; a secret, which only the answer that makes the link has. `?chrome=none` leaves only the picture and, with control, the button for it.',
      ),
  })
  .meta({ id: 'LiveLink' });
export type LiveLink = z.infer<typeof liveLink>;

export const ofLiveLink = z.strictObject({ id: browserId, linkId: liveLinkId });

/** How the WebSocket of a live link is closed by the server, beside the codes of RFC 6455. */
export const LIVE_CLOSE = { ended: 4000, revoked: 4001, done: 4002, expired: 4003, notFound: 4004, full: 4005 } as const;

/** First byte of every binary message. */
const FRAME_VERSION = 1;
const HEADER_LENGTH_AT = 1;
const HEADER_AT = 5;

/** What comes before the JPEG in a binary message. */
export const liveFrameHeader = z.object({
  sequence: z.number().int().describe('To be acknowledged.'),
  tabId: z.string(),
  width: z.number().describe('Of the viewport, in CSS pixels: coordinates of input are in these.'),
  height: z.number(),
  takenAtMs: z.number().describe('When it was drawn, in Unix milliseconds.'),
});
export type LiveFrameHeader = z.infer<typeof liveFrameHeader>;

/** One byte of version, four of the length of the header (big-endian), the header as JSON in UTF-8, the JPEG. */
export function encodeLiveFrame(header: LiveFrameHeader, jpeg: Uint8Array): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(HEADER_AT + json.length + jpeg.length);
  bytes[0] = FRAME_VERSION;
  new DataView(bytes.buffer).setUint32(HEADER_LENGTH_AT, json.length);
  bytes.set(json, HEADER_AT);
  bytes.set(jpeg, HEADER_AT + json.length);
  return bytes;
}

/** The reverse. @throws {Error} when it is no such message */
export function decodeLiveFrame(bytes: Uint8Array): { header: LiveFrameHeader; jpeg: Uint8Array } {
  if (bytes[0] !== FRAME_VERSION || bytes.length < HEADER_AT) throw new Error('This is no frame of a live view that is known here.');
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(HEADER_LENGTH_AT);
  const header = liveFrameHeader.parse(JSON.parse(new TextDecoder().decode(bytes.subarray(HEADER_AT, HEADER_AT + length))));
  return { header, jpeg: bytes.subarray(HEADER_AT + length) };
}

const MAX_TEXT_CHARS = 100_000;
/** No screen is larger, and no finger further off it. */
const MAX_COORDINATE = 100_000;
const coordinate = z.number().min(-MAX_COORDINATE).max(MAX_COORDINATE);
const side = z.number().int().min(1).max(10_000);
const modifiers = z.number().int().min(0).max(15).default(0).describe('Sum of Alt 1, Control 2, Meta 4, Shift 8.');
const text = z.string().max(MAX_TEXT_CHARS);
const shortText = z.string().max(64);
const pickerId = z.string().min(1).max(64);
const fileName = z.string().min(1).max(255);
const message = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) => z.strictObject({ type: z.literal(type), ...shape });

/** What the watcher of a live link says. Coordinates are CSS pixels of the viewport. */
export const liveClientMessage = z.discriminatedUnion('type', [
  message('ack', { sequence: z.number().int().min(0) }),
  message('ping', { sentAt: z.number() }),
  message('resize', { width: side.describe('Of the watcher’s own view, in its pixels: pictures are no larger.'), height: side }),
  message('control.take', {}),
  message('control.release', {}),
  message('done', {}),
  message('mouse', {
    action: z.enum(['move', 'down', 'up']),
    x: coordinate,
    y: coordinate,
    button: z.enum(['none', 'left', 'middle', 'right', 'back', 'forward']).default('none'),
    buttons: z.number().int().min(0).max(31).default(0).describe('As in MouseEvent.buttons.'),
    clickCount: z.number().int().min(0).max(10).default(0),
    modifiers,
  }),
  message('wheel', { x: coordinate, y: coordinate, deltaX: coordinate, deltaY: coordinate, modifiers }),
  message('key', {
    action: z.enum(['down', 'up']),
    key: shortText.describe('As in KeyboardEvent.key.'),
    code: shortText.describe('As in KeyboardEvent.code.'),
    location: z.number().int().min(0).max(3).default(0),
    text: shortText.optional().describe('What the key types, if anything.'),
    modifiers,
    repeat: z.boolean().default(false),
  }),
  message('text', { text: text.describe('As pasted, or committed by an input method.') }),
  message('composition', { text, selectionStart: z.number().int().min(0), selectionEnd: z.number().int().min(0) }),
  message('touch', {
    action: z.enum(['start', 'move', 'end', 'cancel']),
    points: z
      .array(z.strictObject({ x: coordinate, y: coordinate, id: z.number().int().min(0).max(100) }))
      .max(10)
      .describe('All fingers that are on the screen then: after an `end`, those that are left.'),
    modifiers,
  }),
  message('navigate', { url: z.string().min(1).max(65_536) }),
  message('back', {}),
  message('forward', {}),
  message('reload', {}),
  message('stop', {}),
  message('tab.open', {}),
  message('tab.show', { tabId: tab.shape.id }),
  message('tab.close', { tabId: tab.shape.id }),
  message('viewport', { width: side.max(4_096), height: side.max(4_096) }),
  message('zoom', { factor: z.number().min(0.25).max(5) }),
  message('dialog', { accept: z.boolean(), text: text.optional() }),
  message('picker', {
    id: pickerId,
    values: z.array(z.string().max(64)).max(10_000).optional().describe('Of the options that are to be chosen.'),
    value: z.string().max(256).optional(),
    cancel: z.literal(true).optional(),
  }),
  message('fileChooser', {
    id: pickerId,
    fileNames: z.array(fileName).max(100).optional().describe('Files that were put into the browser before.'),
    cancel: z.literal(true).optional(),
  }),
  message('clipboard.read', {}),
  message('clipboard.write', { text }),
]);
export type LiveClientMessage = z.infer<typeof liveClientMessage>;
export type LiveClientMessageInput = z.input<typeof liveClientMessage>;

export const livePicker = z.object({
  id: pickerId,
  kind: z.enum(['select', 'date', 'time', 'datetime-local', 'month', 'week', 'color']),
  rect: z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }).describe('Where it is in the viewport.'),
  multiple: z.boolean(),
  options: z
    .array(
      z.object({
        value: z.string().describe('To be sent back; it is not the value that the page knows.'),
        label: z.string(),
        group: z.string().nullable(),
        disabled: z.boolean(),
        selected: z.boolean(),
      }),
    )
    .describe('Of a `select`.'),
  value: z.string().describe('Of the others, as the element has it.'),
  min: z.string(),
  max: z.string(),
  step: z.string(),
});
export type LivePicker = z.infer<typeof livePicker>;

/** What the server says as text. All texts in it that come from pages are to be shown as text only. */
export const liveServerMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('state'),
    browser: z.object({ id: browserId, status: browserStatus, kind: browserKind }),
    tabs: z.array(tab),
    url: z.string().describe('Of the tab that is shown.'),
    canGoBack: z.boolean(),
    canGoForward: z.boolean(),
    isLoading: z.boolean(),
    viewport: z.object({ width: z.number(), height: z.number() }).nullable(),
    control: z.object({
      holder: z.enum(['nobody', 'you', 'another']),
      name: z.string().nullable().describe('Who holds it, by the id of the link.'),
    }),
    needsHuman: z
      .object({ reason: z.enum(['captcha', 'sign_in']), message: z.string() })
      .nullable()
      .describe('What it waits for a person with. `done` says that they have signed in.'),
    scope: liveScope,
    latencyMs: z.number().nullable().describe('From a frame that was sent to its acknowledgement, of late.'),
  }),
  z.object({ type: z.literal('cursor'), cursor: z.string().describe('A value of the CSS property `cursor`, without URLs.') }),
  z.object({
    type: z.literal('pointer'),
    x: z.number(),
    y: z.number(),
    kind: z.enum(['move', 'click']),
    by: z.enum(['agent', 'person']),
  }),
  z.object({
    type: z.literal('dialog'),
    kind: z.string().describe('`alert`, `confirm`, `prompt` or `beforeunload`.'),
    message: z.string(),
    defaultValue: z.string().nullable(),
  }),
  z.object({ type: z.literal('dialog.closed') }),
  livePicker.extend({ type: z.literal('picker') }),
  z.object({ type: z.literal('fileChooser'), id: pickerId, multiple: z.boolean() }),
  z.object({ type: z.literal('download'), name: z.string(), sizeBytes: z.number() }),
  z.object({ type: z.literal('clipboard'), text: z.string() }),
  z.object({ type: z.literal('notice'), message: z.string() }),
  z.object({ type: z.literal('pong'), sentAt: z.number() }),
  z.object({ type: z.literal('ended'), reason: z.string() }),
]);
export type LiveServerMessage = z.infer<typeof liveServerMessage>;
