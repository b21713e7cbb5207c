import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { constants as osConstants, setPriority } from 'node:os';
import { delimiter, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CarrelError } from '@carrel/protocol';
import { type FilmPicture, matroska } from './matroska.js';

const MAX_WORDS_CHARS = 2_000;

export type FilmFormat = 'mp4' | 'webm';

/** A film is sent as it is made: nothing in it is filled in afterwards. With pictures that refer to later ones (`-bf`) all would come late. */
const ENCODING: Record<FilmFormat, readonly string[]> = {
  mp4: ['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '0', '-crf', '25', '-movflags', '+frag_keyframe+empty_moov+default_base_moof'],
  webm: ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-row-mt', '1', '-crf', '34', '-b:v', '0'],
};

export interface FilmOptions {
  /** The path of ffmpeg. */
  readonly ffmpeg: string;
  readonly format: FilmFormat;
  /** Of the film, in pixels, both even: pictures of other sizes are made to fit. */
  readonly size: { readonly width: number; readonly height: number };
  /** Ends it; what reads the film then fails. */
  readonly signal: AbortSignal;
}

/** The ffmpeg that is to be used. @throws {CarrelError} `recording_export_unavailable` */
export async function findFfmpeg(given: string | undefined, searchPath = process.env.PATH ?? ''): Promise<string> {
  const places =
    given === undefined ? searchPath.split(delimiter).flatMap((place) => (place === '' ? [] : join(place, 'ffmpeg'))) : [given];
  for (const path of places) {
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  const why = given === undefined ? 'There is no ffmpeg on the PATH of the server' : `${given}, which CARREL_FFMPEG names, is no program`;
  const what = 'Install it (`apt-get install -y ffmpeg`, `brew install ffmpeg`), or name it in CARREL_FFMPEG.';
  throw new CarrelError('recording_export_unavailable', `${why}: no film can be made of the recording. ${what}`);
}

/**
 * Makes a film of pictures, each shown until the next one is, as it is read. It is ffmpeg that does, with nothing but a pipe on each side, no
 * setting of ours, and behind all else that the machine has to do.
 * @returns what it gives, once there is anything
 * @throws {CarrelError} `recording_export_failed`, or what reading the pictures throws
 */
export async function makeFilm(pictures: AsyncIterable<FilmPicture>, options: FilmOptions): Promise<Readable> {
  const film = filmOf(pictures, options);
  const first = await film.next();
  return Readable.from(startingWith(first, film), { objectMode: false });
}

async function* filmOf(pictures: AsyncIterable<FilmPicture>, { ffmpeg, format, size, signal }: FilmOptions): AsyncGenerator<Buffer> {
  signal.throwIfAborted();
  const child = spawn(ffmpeg, argumentsFor(format, size), { stdio: 'pipe', cwd: '/', env: { PATH: process.env.PATH } });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, killedBy) => resolve(code === 0 ? '' : `it ended with ${killedBy ?? code}`));
  });
  const kill = () => child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  giveWay(child);
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString('utf8')).slice(-MAX_WORDS_CHARS);
  });
  // When ffmpeg takes no more, its end says why.
  const fed = pipeline(matroska(pictures), child.stdin).then(
    () => undefined,
    (error: unknown) => {
      if (!(error instanceof CarrelError)) return undefined;
      kill();
      return error;
    },
  );
  try {
    for await (const chunk of child.stdout) yield chunk as Buffer;
    const failure = await ended;
    signal.throwIfAborted();
    const unread = await fed;
    if (unread !== undefined) throw unread;
    if (failure !== '') throw new CarrelError('recording_export_failed', `ffmpeg made no film: ${words.trim() || failure}`);
  } finally {
    kill();
    signal.removeEventListener('abort', kill);
    await Promise.all([ended, fed]);
  }
}

async function* startingWith(first: IteratorResult<Buffer>, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (first.done !== true) yield first.value;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

function argumentsFor(format: FilmFormat, { width, height }: FilmOptions['size']): string[] {
  const fitted = `scale=${width}:${height}:force_original_aspect_ratio=decrease,pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2,setsar=1,format=yuv420p`;
  return [
    ...['-hide_banner', '-nostdin', '-loglevel', 'error'],
    ...['-protocol_whitelist', 'pipe', '-f', 'matroska', '-i', 'pipe:0'],
    ...['-map', '0:v:0', '-vf', fitted, '-fps_mode', 'vfr', '-enc_time_base', '1:1000', '-threads', '2'],
    ...[...ENCODING[format], '-f', format, 'pipe:1'],
  ];
}

function giveWay({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, osConstants.priority.PRIORITY_LOW);
  } catch {
    // It has ended, which is told; or it takes as much as others do.
  }
}
