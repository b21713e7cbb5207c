import type { Readable } from 'node:stream';
import { CarrelError } from '@carrel/protocol';
import { type FilmFormat, type FilmPicture, findFfmpeg, jpegSize, makeFilm } from './film/index.js';
import { picturesOf, type Segment } from './segment-file.js';

/** Films that are made at once, on this server: each takes up to two cores. */
const MAX_AT_ONCE = 2;
const RETRY_AFTER_SECONDS = 30;
const MAX_EXPORT_MS = 30 * 60_000;
const MAX_SIDE_PX = 3840;

interface ExportedRecording {
  /** Reads it from its beginning. */
  readonly segments: () => AsyncIterable<Segment>;
  /** Up to the last thing in it. */
  readonly durationMs: number;
}

/** Makes films of recordings. */
export class Exports implements Disposable {
  readonly #ffmpegPath: string | undefined;
  readonly #closing = new AbortController();
  #underWay = 0;

  /** @param ffmpegPath undefined: the one on the PATH */
  constructor(ffmpegPath: string | undefined) {
    this.#ffmpegPath = ffmpegPath;
  }

  /**
   * Begins to make a film of a recording, which goes on as it is read; each picture is shown for as long as the browser showed it.
   * @param signal ends it
   * @returns null: there is no picture in it
   * @throws {CarrelError} `recording_export_unavailable`, `recording_export_failed`, `overloaded`, and what reading it throws
   */
  async begin(recording: ExportedRecording, format: FilmFormat, signal: AbortSignal): Promise<Readable | null> {
    const ffmpeg = await findFfmpeg(this.#ffmpegPath);
    if (this.#underWay >= MAX_AT_ONCE) {
      throw new CarrelError('overloaded', `This server makes ${MAX_AT_ONCE} films of recordings already: try again when one is done.`, {
        details: { retryAfterSeconds: RETRY_AFTER_SECONDS },
      });
    }
    this.#underWay += 1;
    let isOver = false;
    const end = () => {
      if (!isOver) this.#underWay -= 1;
      isOver = true;
    };
    try {
      const size = await filmSize(recording);
      if (size === null) {
        end();
        return null;
      }
      const stop = AbortSignal.any([signal, this.#closing.signal, AbortSignal.timeout(MAX_EXPORT_MS)]);
      const film = await makeFilm(picturesFor(recording), { ffmpeg, format, size, signal: stop });
      film.once('close', end);
      return film;
    } catch (error) {
      end();
      throw error;
    }
  }

  /** Ends all that are being made. */
  [Symbol.dispose](): void {
    this.#closing.abort(new CarrelError('shutting_down', 'The server is shutting down.'));
  }
}

/** The pictures at their times. The first one is shown from the beginning on, and the last one until the end. */
async function* picturesFor({ segments, durationMs }: ExportedRecording): AsyncGenerator<FilmPicture> {
  let last: FilmPicture | undefined;
  for await (const segment of segments()) {
    for (const { frame, jpeg } of await picturesOf(segment, () => true)) {
      const picture = { atMs: last === undefined ? 0 : frame.atMs, jpeg };
      // Chromium's own pictures are all that should be there.
      if (jpegSize(jpeg) === null) continue;
      yield picture;
      last = picture;
    }
  }
  if (last !== undefined && last.atMs < durationMs) yield { ...last, atMs: durationMs };
}

/** Large enough for every picture, each as large as the largest of its viewport is; null: there is none. */
async function filmSize({ segments }: ExportedRecording): Promise<{ width: number; height: number } | null> {
  let [width, height] = [0, 0];
  /** Pixels of a picture for each of its viewport. */
  let scale: number | undefined;
  for await (const segment of segments()) {
    for (const frame of segment.head.frames) [width, height] = [Math.max(width, frame.width), Math.max(height, frame.height)];
    if (scale !== undefined || segment.head.frames.length === 0) continue;
    const [first] = await picturesOf(segment, () => true);
    const size = first === undefined ? null : jpegSize(first.jpeg);
    if (first !== undefined && size !== null) scale = size.width / Math.max(1, first.frame.width);
  }
  if (scale === undefined) return null;
  const fitting = Math.min(scale, MAX_SIDE_PX / Math.max(width, height));
  return { width: even(width * fitting), height: even(height * fitting) };
}

/** Of what is shown in half its resolution, as the colours are, the sides must be. */
const even = (pixels: number) => Math.max(2, 2 * Math.round(pixels / 2));
