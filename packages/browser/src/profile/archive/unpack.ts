import { pipeline, Readable } from 'node:stream';
import { createBrotliDecompress } from 'node:zlib';
import { CarrelError } from '@carrel/protocol';
import { createTarDecoder, type TarHeader } from 'modern-tar';
import { damaged, hostile } from './failures.js';
import { isKeptPath, type KeptEntry } from './kept.js';
import { STATE_NAME } from './pack.js';
import { MAX_STATE_BYTES } from './state.js';

/** What an entry takes in the tar beside its content: its header, a pax header with its block, two paddings. */
const OVERHEAD_BYTES = 4096;
/** What may be inflated before it is known what it is: what the decoder holds, and the padding at the end of a tar. */
const SLACK_BYTES = 4 * 1024 * 1024;
const PIECE_BYTES = 128 * 1024;
/** What `pack.ts` writes. A pax header can say more, such as that a file has holes; we have never written that. */
const PAX_KEYS = ['path', 'mtime', 'size'];

export interface UnpackLimits {
  maxBytes: number;
  /** Files and directories. */
  maxEntries: number;
}

/** An entry of an archive that may be written: its name is within what is kept, and was not there before. */
export interface UnpackedEntry extends KeptEntry {
  /** To be read to its end before the next entry is asked for. */
  content: AsyncIterable<Uint8Array>;
}

interface TarEntry {
  header: TarHeader;
  /** To be read to its end before the next entry is asked for. */
  body: AsyncIterable<Uint8Array>;
}

/** What was unpacked so far, and how much it may become: stops a bomb while it goes off, not after. */
class Meter {
  readonly #limits: UnpackLimits;
  #inflated = 0;
  #accepted = 0;
  #entries = 0;

  constructor(limits: UnpackLimits) {
    this.#limits = limits;
  }

  inflated(bytes: number): void {
    this.#inflated += bytes;
    const explained = this.#accepted + this.#entries * OVERHEAD_BYTES + SLACK_BYTES;
    if (this.#inflated > explained) throw hostile('it grows without end when it is unpacked');
  }

  entry(bytes: number): void {
    this.#entries++;
    this.#accepted += bytes;
    const { maxBytes, maxEntries } = this.#limits;
    // The state is not counted among them.
    if (this.#entries > maxEntries + 1) throw hostile(`it has more than ${maxEntries} files`);
    if (this.#accepted > maxBytes) throw hostile(`it takes more than the ${maxBytes} bytes that a profile may`);
  }
}

/** The first entry: the state, as JSON. Nothing of the rest is looked at. */
export async function unpackState(plain: AsyncIterable<Uint8Array>, limits: UnpackLimits): Promise<Buffer> {
  for await (const entry of tarEntries(plain, new Meter(limits))) return await readState(entry);
  throw damaged('there is nothing in it');
}

/** What follows the state, parents before what is in them. */
export async function* unpackFiles(plain: AsyncIterable<Uint8Array>, limits: UnpackLimits): AsyncGenerator<UnpackedEntry> {
  const names = new Set<string>();
  let isFirst = true;
  for await (const entry of tarEntries(plain, new Meter(limits))) {
    if (isFirst) {
      await readState(entry);
      isFirst = false;
      continue;
    }
    const kept = keptEntryOf(entry);
    // Compared without case: not every file system tells the two apart.
    const name = kept.path.toLowerCase();
    if (names.has(name)) throw hostile(`it has ${JSON.stringify(kept.path)} twice`);
    names.add(name);
    yield { ...kept, content: entry.body };
  }
}

async function readState({ header, body }: TarEntry): Promise<Buffer> {
  if (header.type !== 'file' || header.name !== STATE_NAME) throw damaged('it does not begin with the state');
  if (header.size > MAX_STATE_BYTES) throw hostile(`its state takes more than ${MAX_STATE_BYTES} bytes`);
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

function keptEntryOf({ header }: TarEntry): KeptEntry {
  const { name, type, size, pax = {} } = header;
  const shown = JSON.stringify(name.slice(0, 200));
  if (type !== 'file' && type !== 'directory') throw hostile(`${shown} is a ${type}, not a plain file`);
  const isDirectory = type === 'directory';
  const path = isDirectory && name.endsWith('/') ? name.slice(0, -1) : name;
  if (!isKeptPath(path)) throw hostile(`${shown} is not a name that belongs in a profile`);
  const unknown = Object.keys(pax).find((key) => !PAX_KEYS.includes(key));
  if (unknown !== undefined) throw hostile(`${shown} has an attribute that no profile has`);
  return { path, isDirectory, sizeBytes: size, mtimeMicroseconds: microseconds(pax.mtime ?? '', shown) };
}

function microseconds(text: string, shown: string): number {
  const [, seconds, fraction] = /^(\d{1,10})\.(\d{6})$/.exec(text) ?? [];
  if (seconds === undefined || fraction === undefined) throw hostile(`${shown} does not say when it was changed`);
  return Number(seconds) * 1e6 + Number(fraction);
}

/** Whoever leaves the loop ends the work behind it. */
async function* tarEntries(plain: AsyncIterable<Uint8Array>, meter: Meter): AsyncGenerator<TarEntry> {
  const decoder = createTarDecoder({ strict: true });
  const feeding = feed(plain, decoder.writable, meter);
  try {
    for await (const { header, body } of withFailures(decoder.readable)) {
      meter.entry(header.size);
      yield { header, body: withFailures(body) };
    }
  } finally {
    await feeding;
  }
}

async function feed(plain: AsyncIterable<Uint8Array>, writable: WritableStream<Uint8Array>, meter: Meter): Promise<void> {
  const writer = writable.getWriter();
  const inflated = createBrotliDecompress({ chunkSize: PIECE_BYTES });
  // An error of either ends `inflated` with it, and with that the loop below.
  pipeline(Readable.from(plain), inflated, () => undefined);
  try {
    for await (const piece of inflated) {
      meter.inflated(piece.length);
      await writer.write(piece);
    }
    await writer.close();
  } catch (error) {
    // Whoever reads the entries is given it; where it came from there, this changes nothing.
    await writer.abort(error).catch(() => undefined);
  }
}

async function* withFailures<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (error) {
    throw asFailure(error);
  }
}

/** What the decompressor and the decoder say is said of the archive; the rest, such as a disk that cannot be read, is not. */
function asFailure(error: unknown): unknown {
  if (error instanceof CarrelError || !(error instanceof Error) || 'syscall' in error) return error;
  return damaged('it cannot be unpacked', error);
}
