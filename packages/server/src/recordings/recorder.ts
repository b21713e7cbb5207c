import type { Browser, Frame } from '@carrel/browser';
import type { Recording, RecordingLine, RecordRequest } from '@carrel/protocol';
import type { Logger } from 'pino';
import type { OpenBrowser } from '../browsers/open-browser.js';
import type { Redact } from '../browsers/request-lines.js';
import type { RecordingExtent, Store } from '../store/index.js';
import { CleanPictures, type HiddenFromPictures } from './clean-pictures.js';
import { ConsoleLines } from './console-lines.js';
import { SegmentWriter } from './segment-file.js';

/** What happens is written down after this long at the latest. */
const SEGMENT_MS = 1_000;
/** More than this is written down at once. */
const MAX_SEGMENT_BYTES = 2 * 1024 * 1024;
/** While so much waits to be written, no pictures are taken. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
const AS_CLOSELY_AS_ALL = { maxFramesPerSecond: 5, maxWidth: 1280, quality: 60, uncaughtErrors: false };

/** Of a segment and of each picture in it, beside the lines and the picture itself: more than they take. */
const SEGMENT_OVERHEAD_BYTES = 1024;
const FRAME_OVERHEAD_BYTES = 256;

interface TakenFrame {
  readonly frame: Frame;
  readonly atMs: number;
}

/** The turn whose browser is recorded. */
export interface RecordedTurn {
  readonly redact: Redact;
  readonly hidden: HiddenFromPictures;
  readonly task: { readonly taskId: string; readonly sessionId: string } | null;
}

type EndReason = NonNullable<Recording['endReason']>;

export interface RecorderOptions {
  readonly store: Pick<Store, 'recordings'>;
  readonly request: Exclude<RecordRequest, false>;
  /** Undefined: it is the browser of whoever opened it. */
  readonly turn: RecordedTurn | undefined;
  /** Where the file of a browser is to be. */
  readonly pathOf: (browserId: string) => string;
  readonly maxBytes: number;
  readonly logger: Logger;
}

/** Records one browser, from its start to its end or until there is too much. Nothing waits for it, and what goes wrong with it stops nothing else. */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #startedAt = new Date();
  #writer: SegmentWriter | undefined;
  #frames: TakenFrame[] = [];
  #lines: Omit<RecordingLine, 'id'>[] = [];
  #waitingBytes = 0;
  #lastFrameAtMs = -1;
  #extent: RecordingExtent = { durationMs: 0, frames: 0, lines: 0, sizeBytes: 0 };
  #writing: Promise<void> = Promise.resolve();
  #stop: (reason: EndReason) => void = () => {};
  readonly #stopped = new Promise<EndReason>((resolve) => {
    this.#stop = resolve;
  });
  #isOver = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** How far it has come. */
  get extent(): RecordingExtent {
    return this.#extent;
  }

  /** Adds a line to the timeline. */
  note(type: string, data: RecordingLine['data'], at: Date = new Date()): void {
    if (this.#isOver) return;
    this.#lines.push({ atMs: this.#sinceStart(at.getTime()), type, data });
  }

  /** Ends it before its browser ends. */
  end(reason: EndReason): void {
    this.#stop(reason);
  }

  /** Writes down what there is by now. */
  async flush(): Promise<void> {
    if (this.#writer !== undefined && this.#frames.length + this.#lines.length > 0) {
      const [frames, lines] = [this.#frames, this.#lines];
      this.#frames = [];
      this.#lines = [];
      this.#writing = this.#writing.then(() => this.#write(frames, lines));
    }
    await this.#writing;
  }

  /** Records a browser that is starting, and resolves when it is done. */
  async record(browser: OpenBrowser): Promise<void> {
    const { store, pathOf, logger } = this.#options;
    const unfollow = browser.follow(({ type, data, createdAt }) => this.note(type, data, new Date(createdAt)));
    try {
      await browser.started;
    } catch {
      unfollow(); // whoever opens it hears of it, and there is nothing to record
      return;
    }
    const { id: browserId, projectId } = browser;
    const { endUserId } = browser.record;
    try {
      const { taskId, sessionId } = this.#options.turn?.task ?? { taskId: null, sessionId: null };
      const row = await store.recordings.create({ browserId, projectId, endUserId, taskId, sessionId, createdAt: this.#startedAt });
      let reason: EndReason = 'failed';
      try {
        reason = await this.#recordInto(pathOf(browserId), { browserId, key: store.recordings.key(row) }, browser);
      } finally {
        await store.recordings.end(browserId, reason, new Date(), this.#extent);
      }
    } catch (error) {
      logger.warn({ err: error, browserId }, 'a browser could not be recorded');
    } finally {
      this.#isOver = true;
      unfollow();
    }
  }

  async #recordInto(path: string, owner: { browserId: string; key: Buffer }, { engine }: OpenBrowser): Promise<EndReason> {
    await using writer = await SegmentWriter.create(path, owner);
    this.#writer = writer;
    this.#extent = { ...this.#extent, sizeBytes: writer.sizeBytes };
    const over = () => this.#stop('browser_ended');
    void engine.ended.then(over, over);
    const timer = setInterval(() => void this.flush(), SEGMENT_MS);
    try {
      const { redact = asItIs } = this.#options.turn ?? {};
      using consoleLines = new ConsoleLines({ redact, note: (type, data) => this.note(type, data) });
      // What fails was closed meanwhile, of which `ended` tells.
      await using _console = await engine
        .watchConsole({
          onMessage: (message) => consoleLines.add(message),
          onMuted: (tabId) => consoleLines.mute(tabId),
          uncaughtErrors: this.#closeness.uncaughtErrors,
        })
        .catch(() => null);
      await using _pictures = await this.#watch(engine).catch(() => null);
      return await this.#stopped;
    } finally {
      clearInterval(timer);
      await this.flush();
      this.#writer = undefined;
    }
  }

  #watch(engine: Browser): Promise<AsyncDisposable> {
    const options = {
      onFrame: (frame: Frame) => this.#take(frame),
      isReady: () => this.#waitingBytes < MAX_WAITING_BYTES,
      wants: this.#wants(),
    };
    const { turn } = this.#options;
    if (turn === undefined) return engine.screencast.watch(options);
    const onWithheld = (tabId: string) => this.note('pictures.withheld', { tabId });
    return CleanPictures.watch(engine, { ...options, hidden: turn.hidden, onWithheld });
  }

  get #closeness() {
    const { request } = this.#options;
    return request === true ? AS_CLOSELY_AS_ALL : request;
  }

  #wants() {
    const { maxFramesPerSecond, maxWidth, quality } = this.#closeness;
    return { maxFramesPerSecond, maxWidth, maxHeight: maxWidth, quality };
  }

  #take(frame: Frame): void {
    if (this.#isOver) return;
    // No two at one moment: whoever reads on from one does not miss the next.
    const atMs = Math.max(this.#sinceStart(frame.takenAtMs), this.#lastFrameAtMs + 1);
    this.#lastFrameAtMs = atMs;
    this.#frames.push({ frame, atMs });
    this.#waitingBytes += frame.jpeg.length;
    if (this.#waitingBytes > MAX_SEGMENT_BYTES) void this.flush();
  }

  async #write(all: readonly TakenFrame[], noted: readonly Omit<RecordingLine, 'id'>[]): Promise<void> {
    this.#waitingBytes -= bytesOf(all);
    const writer = this.#writer;
    if (writer === undefined || this.#isOver) return;
    const roomBytes = this.#options.maxBytes - writer.sizeBytes - SEGMENT_OVERHEAD_BYTES - Buffer.byteLength(JSON.stringify(noted));
    const taken = whatFits(all, roomBytes);
    const mayNote = roomBytes >= 0;
    if (taken.length < all.length || !mayNote) {
      this.#isOver = true;
      this.#stop('size');
    }
    let { durationMs, lines: lastLine, frames: count } = this.#extent;
    const frames = taken.map(({ frame: { jpeg, tabId, width, height }, atMs }) => ({ atMs, tabId, width, height, bytes: jpeg.length }));
    const lines = (mayNote ? noted : []).map((line) => ({ id: ++lastLine, ...line }));
    count += frames.length;
    for (const { atMs } of [...frames, ...lines]) durationMs = Math.max(durationMs, atMs);
    try {
      await writer.append(
        { frames, lines },
        taken.map(({ frame }) => frame.jpeg),
      );
      this.#extent = { durationMs, lines: lastLine, frames: count, sizeBytes: writer.sizeBytes };
    } catch (error) {
      this.#isOver = true;
      this.#options.logger.warn({ err: error }, 'a recording could not be written; it ends there');
      this.#stop('failed');
    }
  }

  #sinceStart(atMs: number): number {
    return Math.max(0, Math.round(atMs - this.#startedAt.getTime()));
  }
}

/** The first of them, up to the one for which there is no room. */
function whatFits(all: readonly TakenFrame[], roomBytes: number): readonly TakenFrame[] {
  let left = roomBytes;
  const tooLarge = all.findIndex(({ frame }) => {
    left -= frame.jpeg.length + FRAME_OVERHEAD_BYTES;
    return left < 0;
  });
  return tooLarge === -1 ? all : all.slice(0, tooLarge);
}

const asItIs: Redact = (value) => value;
const bytesOf = (frames: readonly TakenFrame[]) => frames.reduce((sum, { frame }) => sum + frame.jpeg.length, 0);
