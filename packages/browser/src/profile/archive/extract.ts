import { chownSync, lstatSync, mkdirSync, utimesSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { damaged, hostile } from './failures.js';
import { PIECE_BYTES, writeSmall } from './files.js';
import { ABOVE_KEPT, type KeptEntry, timesOf } from './kept.js';
import { Pace } from './pace.js';
import type { UnpackedEntry } from './unpack.js';

/**
 * Writes entries into a user-data-dir as `uid`'s: only what is not there yet, files 0600 and directories 0700, with the times that they had.
 * When it fails, what was written is left.
 */
export async function extractInto(directory: string, entries: AsyncIterable<UnpackedEntry>, uid: number | undefined): Promise<void> {
  const extraction = new Extraction(directory, uid);
  for await (const entry of entries) await extraction.add(entry);
  extraction.finish();
}

class Extraction {
  readonly #directory: string;
  readonly #uid: number | undefined;
  readonly #directories = new Map<string, KeptEntry | undefined>();
  readonly #pace = new Pace();

  constructor(directory: string, uid: number | undefined) {
    this.#directory = directory;
    this.#uid = uid;
  }

  async add(entry: UnpackedEntry): Promise<void> {
    await this.#pace.rest();
    this.#needDirectory(dirname(entry.path));
    if (entry.isDirectory) {
      this.#makeDirectory(entry.path);
      this.#directories.set(entry.path, entry);
    } else if (entry.sizeBytes > PIECE_BYTES) await this.#writeLarge(entry);
    else await this.#writeSmall(entry);
  }

  finish(): void {
    // After what is in them, which changes them.
    for (const [path, entry] of this.#directories) {
      if (entry !== undefined) utimesSync(join(this.#directory, path), ...timesOf(entry));
    }
  }

  /** What it stands in must have come before, unless it is what stands above all that is kept. */
  #needDirectory(path: string): void {
    if (this.#directories.has(path)) return;
    if (!ABOVE_KEPT.includes(path)) throw hostile(`something in ${JSON.stringify(path)} comes without that directory`);
    const parent = dirname(path);
    if (parent !== '.') this.#needDirectory(parent);
    // The first may be there already, with Chromium's preferences.
    const isThere = parent === '.' && lstatSync(join(this.#directory, path), { throwIfNoEntry: false })?.isDirectory() === true;
    if (!isThere) this.#makeDirectory(path);
    this.#directories.set(path, undefined);
  }

  #makeDirectory(path: string): void {
    const whole = join(this.#directory, path);
    mkdirSync(whole, { mode: 0o700 });
    if (this.#uid !== undefined) chownSync(whole, this.#uid, this.#uid);
  }

  async #writeSmall(entry: UnpackedEntry): Promise<void> {
    const pieces: Uint8Array[] = [];
    for await (const piece of entry.content) pieces.push(piece);
    const content = Buffer.concat(pieces);
    if (content.length !== entry.sizeBytes) throw cutOff();
    writeSmall(join(this.#directory, entry.path), content, entry, this.#uid);
  }

  async #writeLarge(entry: UnpackedEntry): Promise<void> {
    // O_EXCL: fails where there is anything, a link that leads nowhere included.
    const handle = await open(join(this.#directory, entry.path), 'wx', 0o600);
    try {
      let written = 0;
      for await (const piece of entry.content) {
        await handle.writeFile(piece);
        written += piece.length;
      }
      if (written !== entry.sizeBytes) throw cutOff();
      if (this.#uid !== undefined) await handle.chown(this.#uid, this.#uid);
      await handle.utimes(...timesOf(entry));
    } finally {
      await handle.close();
    }
  }
}

const cutOff = () => damaged('a file in it is cut off');
