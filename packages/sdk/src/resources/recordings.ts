import { type CallOptions, Transport } from '../http/transport.js';
import type { ListRecordingsQuery, Recording, RecordingLine } from '../types.js';
import { type Page, PageList } from './page-list.js';

/** A picture of a recording. */
export interface RecordingFrame {
  /** Since the recording began. */
  atMs: number;
  tabId: string;
  /** Of the viewport that it shows, in CSS pixels; the picture itself may be smaller. */
  width: number;
  height: number;
  jpeg: Uint8Array<ArrayBuffer>;
}

const LENGTH_BYTES = 4;
const pathOf = (browserId: string, ...rest: string[]) => Transport.pathOf('v1', 'browsers', browserId, 'recording', ...rest);

/** What was recorded of browsers that were opened with `record`. */
export class Recordings {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Newest first. */
  list(query: ListRecordingsQuery = {}, options: CallOptions = {}): PageList<Recording> {
    return new PageList<Recording>(this.#transport, { method: 'GET', path: '/v1/recordings', query }, options);
  }

  /** How long it is, and how it ended. */
  get(browserId: string, options: CallOptions = {}): Promise<Recording> {
    return this.#transport.json<Recording>({ method: 'GET', path: pathOf(browserId) }, options);
  }

  /** What happened when, in its order: all of it, or lines with a text. */
  async *timeline(
    browserId: string,
    query: { after?: number; search?: string } = {},
    options: CallOptions = {},
  ): AsyncGenerator<RecordingLine, void> {
    let after: string | null = String(query.after ?? 0);
    while (after !== null) {
      const request = { method: 'GET' as const, path: pathOf(browserId, 'timeline'), query: { ...query, after, limit: 1000 } };
      const page: Page<RecordingLine> = await this.#transport.json<Page<RecordingLine>>(request, options);
      yield* page.data;
      after = page.nextCursor;
    }
  }

  /**
   * Its pictures in their order, from one moment up to another, fetched as they are used.
   *
   * @example
   * for await (const { atMs, jpeg } of client.recordings.frames(id, { fromMs: 0, toMs: 10_000 })) console.log(atMs, jpeg.length);
   */
  async *frames(
    browserId: string,
    range: { fromMs?: number; toMs?: number } = {},
    options: CallOptions = {},
  ): AsyncGenerator<RecordingFrame, void> {
    for (let fromMs = range.fromMs ?? 0; ; ) {
      const request = { method: 'GET' as const, path: pathOf(browserId, 'frames'), query: { ...range, fromMs } };
      const frames = framesIn(await this.#transport.bytes(request, options));
      yield* frames;
      const last = frames.at(-1);
      if (last === undefined) return;
      fromMs = last.atMs + 1;
    }
  }

  /** The picture (JPEG) that was shown at a moment; without one, the last. */
  frame(browserId: string, atMs?: number, options: CallOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    return this.#transport.bytes({ method: 'GET', path: pathOf(browserId, 'frame'), query: { atMs } }, options);
  }

  /**
   * A film of it, as it is made; the server needs ffmpeg for that. It fails where the connection breaks, and is not tried again.
   *
   * @example
   * await writeFile('film.mp4', await client.recordings.export(id));
   */
  async export(
    browserId: string,
    query: { format?: 'mp4' | 'webm' } = {},
    { signal }: Pick<CallOptions, 'signal'> = {},
  ): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const given = [signal, this.#transport.signal].filter((one) => one !== undefined);
    const { body } = await this.#transport.stream({ method: 'GET', path: pathOf(browserId, 'export'), query }, AbortSignal.any(given));
    return body ?? new ReadableStream({ start: (controller) => controller.close() });
  }

  /** Deletes it; one that goes on ends with that. */
  delete(browserId: string, options: CallOptions = {}): Promise<void> {
    return this.#transport.none({ method: 'DELETE', path: pathOf(browserId) }, options);
  }
}

/** Each behind 4 bytes that say how long its header is, and that header, which says how long the picture is. */
function framesIn(bytes: Uint8Array<ArrayBuffer>): RecordingFrame[] {
  const frames: RecordingFrame[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let position = 0; position < bytes.length; ) {
    const headerAt = position + LENGTH_BYTES;
    const jpegAt = headerAt + view.getUint32(position);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(headerAt, jpegAt))) as Omit<RecordingFrame, 'jpeg'> & {
      bytes: number;
    };
    position = jpegAt + header.bytes;
    const { atMs, tabId, width, height } = header;
    frames.push({ atMs, tabId, width, height, jpeg: bytes.subarray(jpegAt, position) });
  }
  return frames;
}
