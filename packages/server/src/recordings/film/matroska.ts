// Matroska (RFC 9559), as much of it as takes to say of each of a row of JPEGs when it is shown.

/** Ids of elements, with their length marks (RFC 9559, section 5). */
const ID = {
  ebml: 0x1a45dfa3,
  docType: 0x4282,
  docTypeVersion: 0x4287,
  docTypeReadVersion: 0x4285,
  segment: 0x18538067,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  muxingApp: 0x4d80,
  writingApp: 0x5741,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  trackUid: 0x73c5,
  trackType: 0x83,
  codecId: 0x86,
  video: 0xe0,
  pixelWidth: 0xb0,
  pixelHeight: 0xba,
  cluster: 0x1f43b675,
  timestamp: 0xe7,
  simpleBlock: 0xa3,
} as const;

const NANOSECONDS_PER_MS = 1_000_000;
const VIDEO = 1;
const TRACK = 1;
/** Each picture has its own. ffmpeg takes one that is less than three quarters as high as was said for half of an interlaced one. */
const ANY_SIZE = 1;
/** It goes on until the end of the file. */
const UNKNOWN_SIZE = Buffer.from([0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
/** Of the one track, at the time of its cluster, a frame that stands for itself. */
const BLOCK_HEAD = Buffer.from([0x80 | TRACK, 0, 0, 0x80]);

/** A JPEG, and when it is shown. */
export interface FilmPicture {
  readonly atMs: number;
  readonly jpeg: Buffer;
}

/** A film of JPEGs, each shown until the next one is. */
export async function* matroska(pictures: AsyncIterable<FilmPicture>): AsyncGenerator<Buffer> {
  const head = element(ID.ebml, text(ID.docType, 'matroska'), number(ID.docTypeVersion, 4), number(ID.docTypeReadVersion, 2));
  const info = element(ID.info, number(ID.timestampScale, NANOSECONDS_PER_MS), text(ID.muxingApp, 'carrel'), text(ID.writingApp, 'carrel'));
  const video = element(ID.video, number(ID.pixelWidth, ANY_SIZE), number(ID.pixelHeight, ANY_SIZE));
  const kind = [number(ID.trackNumber, TRACK), number(ID.trackUid, TRACK), number(ID.trackType, VIDEO), text(ID.codecId, 'V_MJPEG')];
  yield Buffer.concat([head, idOf(ID.segment), UNKNOWN_SIZE, info, element(ID.tracks, element(ID.trackEntry, ...kind, video))]);
  for await (const { atMs, jpeg } of pictures) {
    yield element(ID.cluster, number(ID.timestamp, atMs), element(ID.simpleBlock, BLOCK_HEAD, jpeg));
  }
}

function element(id: number, ...content: Buffer[]): Buffer {
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE((1n << 56n) | BigInt(content.reduce((sum, { length }) => sum + length, 0)));
  return Buffer.concat([idOf(id), size, ...content]);
}

function number(id: number, value: number): Buffer {
  const content = Buffer.alloc(8);
  content.writeBigUInt64BE(BigInt(value));
  return element(id, content);
}

const text = (id: number, value: string) => element(id, Buffer.from(value, 'latin1'));

function idOf(id: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(id);
  return bytes.subarray(bytes.findIndex((byte) => byte !== 0));
}
