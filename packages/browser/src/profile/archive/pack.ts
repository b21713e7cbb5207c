import { closeSync, read } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CarrelError } from '@carrel/protocol';
import { createTarPacker, type TarHeader } from 'modern-tar';
import type { ProfileSnapshot, ProfileState } from '../state.js';
import { tooLarge } from './failures.js';
import { openPlain, PIECE_BYTES, readSmall } from './files.js';
import { type KeptEntry, ownerOf, walkKept } from './kept.js';
import { MAX_STATE_BYTES, profileState } from './state.js';

/** The first entry. */
export const STATE_NAME = 'state.json';

const readPiece = promisify(read);

type TarPacker = ReturnType<typeof createTarPacker>['controller'];

/** How much may be packed, and how much was. */
export interface Budget {
  readonly maxBytes: number;
  usedBytes: number;
}

/**
 * A snapshot as tar (POSIX.1-2001 pax, as only that has times to the microsecond), in pieces that are worth a call of the compressor.
 * @throws {CarrelError} `profile_too_large`
 */
export async function* packSnapshot(snapshot: ProfileSnapshot, budget: Budget): AsyncGenerator<Uint8Array> {
  const { readable, controller } = createTarPacker();
  const writing = packAll(controller, snapshot, budget)
    .then(() => controller.finalize())
    .catch((error: unknown) => controller.error(error)); // whoever reads is given it
  try {
    yield* inPieces(readable);
  } finally {
    // Where nobody reads on, its next write fails: no file is left open.
    await writing;
  }
}

async function packAll(tar: TarPacker, snapshot: ProfileSnapshot, budget: Budget): Promise<void> {
  await packState(tar, snapshot.state, budget);
  const owner = ownerOf(snapshot.directory);
  for await (const entry of walkKept(snapshot.directory)) {
    const path = join(snapshot.directory, entry.path);
    if (entry.isDirectory) await tar.add({ ...headerOf(entry), name: `${entry.path}/`, type: 'directory', size: 0 }).close();
    else if (entry.sizeBytes > PIECE_BYTES) await packLarge(tar, path, entry, owner, budget);
    else {
      const content = readSmall(path, owner);
      if (content !== undefined) await packBytes(tar, headerOf(entry), content, budget);
    }
  }
}

async function packState(tar: TarPacker, state: ProfileState, budget: Budget): Promise<void> {
  const parsed = profileState.safeParse(state);
  // What is written must be readable again; to find out later would be too late.
  if (!parsed.success)
    throw new CarrelError('internal', `The state of the browser cannot be kept: ${parsed.error.message}`, { cause: parsed.error });
  const bytes = Buffer.from(JSON.stringify(state));
  if (bytes.length > MAX_STATE_BYTES) throw tooLarge(MAX_STATE_BYTES);
  await packBytes(tar, { name: STATE_NAME, mtime: new Date(state.savedAt) }, bytes, budget);
}

async function packBytes(tar: TarPacker, header: Omit<TarHeader, 'size'>, content: Uint8Array, budget: Budget): Promise<void> {
  take(budget, content.length);
  const writer = tar.add({ ...header, type: 'file', size: content.length }).getWriter();
  if (content.length > 0) await writer.write(content);
  await writer.close();
}

/** A file has the size that it had when it was opened: what it has grown by is left out, what it has lost is zeros. */
async function packLarge(tar: TarPacker, path: string, entry: KeptEntry, owner: bigint, budget: Budget): Promise<void> {
  const file = openPlain(path, owner);
  if (file === undefined) return;
  try {
    take(budget, file.sizeBytes);
    const writer = tar.add({ ...headerOf(entry), type: 'file', size: file.sizeBytes }).getWriter();
    for (let left = file.sizeBytes; left > 0; ) {
      // A new buffer each time: it is passed on as it is.
      const buffer = Buffer.alloc(Math.min(PIECE_BYTES, left));
      await readFully(file.descriptor, buffer);
      await writer.write(buffer);
      left -= buffer.length;
    }
    await writer.close();
  } finally {
    closeSync(file.descriptor);
  }
}

/** Fills the buffer from where the file is, as far as the file goes. */
async function readFully(descriptor: number, buffer: Buffer): Promise<void> {
  for (let filled = 0; filled < buffer.length; ) {
    const { bytesRead } = await readPiece(descriptor, buffer, filled, buffer.length - filled, null);
    if (bytesRead === 0) return;
    filled += bytesRead;
  }
}

function take(budget: Budget, bytes: number): void {
  if (budget.usedBytes + bytes > budget.maxBytes) throw tooLarge(budget.maxBytes);
  budget.usedBytes += bytes;
}

const headerOf = ({ path, mtimeMicroseconds }: KeptEntry): Omit<TarHeader, 'size'> => ({
  name: path,
  mtime: new Date(Math.floor(mtimeMicroseconds / 1000)),
  pax: { mtime: `${Math.floor(mtimeMicroseconds / 1e6)}.${String(mtimeMicroseconds % 1e6).padStart(6, '0')}` },
});

/** Puts small pieces together. */
async function* inPieces(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let gathered: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of source) {
    gathered.push(piece);
    bytes += piece.length;
    if (bytes < PIECE_BYTES) continue;
    yield gathered.length === 1 ? piece : Buffer.concat(gathered);
    gathered = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(gathered);
}
