import { type FileHandle, open } from 'node:fs/promises';
import { CarrelError, type RecordingLine } from '@carrel/protocol';
import { seal, unseal } from '../store/index.js';

const MAGIC = Buffer.from('CARRELR1');
/** How long the two sealed parts are: the head, and the pictures. */
const LENGTHS_BYTES = 8;

/** A picture, as the head of its segment has it; the pictures lie behind each other in that order. */
export interface FrameHead {
  readonly atMs: number;
  readonly tabId: string;
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
}

/** What happened in about a second. */
export interface SegmentHead {
  readonly frames: readonly FrameHead[];
  readonly lines: readonly RecordingLine[];
}

/** A segment that was read: its pictures are, when they are asked for, be it after all others were read. */
export interface Segment {
  readonly head: SegmentHead;
  pictures(): Promise<Buffer>;
}

/** Whose recording it is. Each part is sealed for its place in that one. */
export interface SegmentOwner {
  readonly browserId: string;
  readonly key: Buffer;
}

const contextOf = ({ browserId }: SegmentOwner, index: number) => `${browserId}\n${index}`;

/**
 * Writes a recording as it goes, segment by segment, each encrypted by itself: whatever cuts the writing off takes the last one at most.
 * A segment is the lengths of its two parts (4 bytes each, big-endian) and the parts: the head as JSON, and the pictures.
 */
export class SegmentWriter implements AsyncDisposable {
  readonly #handle: FileHandle;
  readonly #owner: SegmentOwner;
  #index = 0;
  #sizeBytes = MAGIC.length;

  private constructor(handle: FileHandle, owner: SegmentOwner) {
    this.#handle = handle;
    this.#owner = owner;
  }

  static async create(path: string, owner: SegmentOwner): Promise<SegmentWriter> {
    const handle = await open(path, 'wx', 0o600);
    try {
      await handle.writeFile(MAGIC);
      return new SegmentWriter(handle, owner);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async append(head: SegmentHead, pictures: readonly Buffer[]): Promise<void> {
    const context = contextOf(this.#owner, this.#index++);
    const { key } = this.#owner;
    const sealedHead = seal(key, 'recording-head', context, Buffer.from(JSON.stringify(head)));
    const sealedPictures = seal(key, 'recording-pictures', context, Buffer.concat(pictures));
    const lengths = Buffer.alloc(LENGTHS_BYTES);
    lengths.writeUInt32BE(sealedHead.length, 0);
    lengths.writeUInt32BE(sealedPictures.length, 4);
    const segment = Buffer.concat([lengths, sealedHead, sealedPictures]);
    await this.#handle.writeFile(segment); // behind what was written before
    await this.#handle.datasync(); // a machine that goes down loses no more than a server that dies
    this.#sizeBytes += segment.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}

/**
 * Reads a recording from its beginning, also one that is being written: up to the last segment that is whole.
 * @throws {CarrelError} `recording_unavailable` when there is no such file, or it was changed
 */
export async function* readSegments(path: string, owner: SegmentOwner): AsyncGenerator<Segment> {
  const handle = await openFile(path);
  try {
    const { size } = await handle.stat();
    if (!(await read(handle, 0, MAGIC.length)).equals(MAGIC)) throw unavailable('its file is no recording');
    let position = MAGIC.length;
    for (let index = 0; position + LENGTHS_BYTES <= size; index++) {
      const lengths = await read(handle, position, LENGTHS_BYTES);
      const [headBytes, pictureBytes] = [lengths.readUInt32BE(0), lengths.readUInt32BE(4)];
      const headAt = position + LENGTHS_BYTES;
      const picturesAt = headAt + headBytes;
      position = picturesAt + pictureBytes;
      if (position > size) return; // it was cut off there, or is not written yet
      const context = contextOf(owner, index);
      const head = unsealPart(owner, 'recording-head', context, await read(handle, headAt, headBytes));
      yield {
        head: JSON.parse(head.toString('utf8')) as SegmentHead,
        pictures: async () => {
          await using own = await openFile(path);
          return unsealPart(owner, 'recording-pictures', context, await read(own, picturesAt, pictureBytes));
        },
      };
    }
  } finally {
    await handle.close();
  }
}

/** Those pictures of a segment that are wanted. */
export async function picturesOf(segment: Segment, isWanted: (frame: FrameHead) => boolean): Promise<{ frame: FrameHead; jpeg: Buffer }[]> {
  const { frames } = segment.head;
  if (!frames.some(isWanted)) return [];
  const pictures = await segment.pictures();
  let start = 0;
  const all = frames.map((frame) => {
    const jpeg = pictures.subarray(start, start + frame.bytes);
    start += frame.bytes;
    return { frame, jpeg };
  });
  return all.filter(({ frame }) => isWanted(frame));
}

const openFile = (path: string) =>
  open(path, 'r').catch((cause: unknown) => {
    throw unavailable('its file cannot be opened', cause);
  });

async function read(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead < length) throw unavailable('its file became shorter');
  return buffer;
}

function unsealPart({ key }: SegmentOwner, purpose: 'recording-head' | 'recording-pictures', context: string, sealed: Buffer): Buffer {
  try {
    return unseal(key, purpose, context, sealed);
  } catch (cause) {
    throw unavailable('its file was changed', cause);
  }
}

function unavailable(why: string, cause?: unknown): CarrelError {
  const message = `The recording cannot be read: ${why}. Have the operator restore it from a backup, or delete it.`;
  return new CarrelError('recording_unavailable', message, { cause });
}
