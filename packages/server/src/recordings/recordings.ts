import { mkdirSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { CarrelError, type Recording, type RecordingLine, type RecordRequest } from '@carrel/protocol';
import type { Logger } from 'pino';
import type { OpenBrowser } from '../browsers/open-browser.js';
import type { Settings } from '../settings/index.js';
import type { Page, PageQuery, RecordingExtent, RecordingFilter, RecordingRow, Store } from '../store/index.js';
import { Exports } from './export.js';
import type { FilmFormat } from './film/index.js';
import { type RecordedTurn, Recorder } from './recorder.js';
import { type FrameHead, picturesOf, readSegments, type Segment } from './segment-file.js';

const PRUNE_INTERVAL_MS = 10 * 60_000;
/** Of pictures in one answer. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

export interface RecordingsOptions {
  readonly store: Store;
  readonly settings: Pick<
    Settings,
    'dataDir' | 'record' | 'recordingMaxBytes' | 'recordingsMaxBytes' | 'recordingsKeepDays' | 'ffmpegPath'
  >;
  readonly logger: Logger;
}

/** The recordings of this server: a file each, in its data directory. */
export class Recordings implements AsyncDisposable {
  readonly #options: RecordingsOptions;
  readonly #directory: string;
  /** What is being recorded, by browser, and when it is done. */
  readonly #underWay = new Map<string, { recorder: Recorder; done: Promise<void> }>();
  readonly #exports: Exports;
  #pruning: NodeJS.Timeout | undefined;

  private constructor(options: RecordingsOptions) {
    this.#options = options;
    this.#exports = new Exports(options.settings.ffmpegPath);
    this.#directory = join(options.settings.dataDir, 'recordings');
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
  }

  /** Ends what a server that died was recording, and removes what is too old or too much, now and from time to time. */
  static async open(options: RecordingsOptions): Promise<Recordings> {
    const recordings = new Recordings(options);
    await recordings.#recover();
    await recordings.#prune();
    recordings.#pruning = setInterval(() => void recordings.#prune(), PRUNE_INTERVAL_MS).unref();
    return recordings;
  }

  /** What records a browser that is about to be opened; undefined: nothing does. */
  recorderFor(request: RecordRequest = this.#options.settings.record, turn?: RecordedTurn): Recorder | undefined {
    if (request === false) return undefined;
    const { store, settings, logger } = this.#options;
    return new Recorder({ store, request, turn, maxBytes: settings.recordingMaxBytes, logger, pathOf: (id) => this.#pathOf(id) });
  }

  /** Has it record the browser. */
  begin(recorder: Recorder, browser: OpenBrowser): void {
    const done = recorder.record(browser).finally(() => this.#underWay.delete(browser.id));
    this.#underWay.set(browser.id, { recorder, done });
  }

  /** Adds a line to the timeline of a browser, if that is recorded. */
  note(browserId: string, type: string, data: RecordingLine['data']): void {
    this.#underWay.get(browserId)?.recorder.note(type, data);
  }

  async list(projectId: string, query: PageQuery & RecordingFilter): Promise<Page<Recording>> {
    const { data, nextCursor } = await this.#options.store.recordings.list(projectId, query);
    return { data: data.map((row) => this.#resource(row)), nextCursor };
  }

  /** @throws {CarrelError} `not_found` */
  async get(projectId: string, browserId: string): Promise<Recording> {
    return this.#resource(await this.#row(projectId, browserId));
  }

  /** Lines with a larger id, in order, at most `limit`. @throws {CarrelError} `not_found`, `browser_elsewhere`, `recording_unavailable` */
  async lines(projectId: string, browserId: string, query: { after: number; limit: number; search?: string | undefined }) {
    const search = query.search?.toLowerCase();
    const isWanted = ({ id, type, data }: RecordingLine) =>
      id > query.after && (search === undefined || `${type} ${JSON.stringify(data)}`.toLowerCase().includes(search));
    const lines: RecordingLine[] = [];
    for await (const { head } of this.#segments(projectId, browserId)) {
      lines.push(...head.lines.filter(isWanted));
      if (lines.length > query.limit) break;
    }
    const data = lines.slice(0, query.limit);
    return { data, nextCursor: lines.length > query.limit ? String(data.at(-1)?.id) : null };
  }

  /** Pictures from one moment up to another, at most `limit`, and no more than fit in an answer. @throws as `lines` does */
  async frames(projectId: string, browserId: string, query: { fromMs: number; toMs?: number | undefined; limit: number }): Promise<Buffer> {
    const { fromMs, toMs = Number.POSITIVE_INFINITY, limit } = query;
    const parts: Buffer[] = [];
    let count = 0;
    let bytes = 0;
    for await (const segment of this.#segments(projectId, browserId)) {
      if ((segment.head.frames[0]?.atMs ?? 0) >= toMs || count >= limit || bytes > MAX_ANSWER_BYTES) break;
      for (const { frame, jpeg } of await picturesOf(segment, ({ atMs }) => atMs >= fromMs && atMs < toMs)) {
        count++;
        bytes += jpeg.length;
        if (count > limit || bytes > MAX_ANSWER_BYTES) break;
        const header = Buffer.from(JSON.stringify(frame));
        const length = Buffer.alloc(4);
        length.writeUInt32BE(header.length);
        parts.push(length, header, jpeg);
      }
    }
    return Buffer.concat(parts);
  }

  /** The picture that was shown at a moment; null before the first. @throws as `lines` does */
  async frameAt(projectId: string, browserId: string, atMs: number): Promise<Buffer | null> {
    let shown: { segment: Segment; frame: FrameHead } | undefined;
    for await (const segment of this.#segments(projectId, browserId)) {
      const frame = segment.head.frames.findLast((one) => one.atMs <= atMs);
      if (frame !== undefined) shown = { segment, frame };
      if ((segment.head.frames.at(-1)?.atMs ?? -1) > atMs) break;
    }
    if (shown === undefined) return null;
    const { segment, frame } = shown;
    return (await picturesOf(segment, (one) => one.atMs === frame.atMs))[0]?.jpeg ?? null;
  }

  /**
   * A film of one, as it is made; null: there is no picture in it yet.
   * @param signal ends it
   * @throws {CarrelError} `recording_export_unavailable`, `recording_export_failed`, `overloaded`, and as `lines` does
   */
  async film(projectId: string, browserId: string, format: FilmFormat, signal: AbortSignal): Promise<Readable | null> {
    const { durationMs } = await this.get(projectId, browserId);
    const segments = () => this.#segments(projectId, browserId);
    return await this.#exports.begin({ segments, durationMs }, format, signal);
  }

  /** Removes one; what is being recorded ends with that. @throws {CarrelError} `not_found`, `browser_elsewhere` */
  async delete(projectId: string, browserId: string): Promise<void> {
    const row = await this.#here(projectId, browserId);
    const underWay = this.#underWay.get(row.id);
    underWay?.recorder.end('failed');
    await underWay?.done;
    await this.#remove([row.id]);
  }

  /** Resolves when all that is being recorded has come to its end, as its browsers have. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#pruning);
    this.#exports[Symbol.dispose]();
    await Promise.all([...this.#underWay.values()].map(({ done }) => done));
  }

  /** Of what goes on, up to now. */
  async *#segments(projectId: string, browserId: string): AsyncGenerator<Segment> {
    const row = await this.#here(projectId, browserId);
    await this.#underWay.get(browserId)?.recorder.flush();
    yield* readSegments(this.#pathOf(browserId), { browserId, key: this.#options.store.recordings.key(row) });
  }

  async #row(projectId: string, browserId: string): Promise<RecordingRow> {
    const row = await this.#options.store.recordings.find(projectId, browserId);
    if (row === null) throw new CarrelError('not_found', `There is no recording of a browser ${browserId} in this project.`);
    return row;
  }

  async #here(projectId: string, browserId: string): Promise<RecordingRow> {
    const row = await this.#row(projectId, browserId);
    const { store } = this.#options;
    if (row.nodeId === store.nodeId) return row;
    const url = (await store.nodes.get(row.nodeId))?.url ?? null;
    throw new CarrelError('browser_elsewhere', `The recording of browser ${browserId} is on another server of this database.`, {
      details: { url, nodeId: row.nodeId },
    });
  }

  #resource(row: RecordingRow): Recording {
    const { id, endUserId, taskId, sessionId, createdAt, endedAt, endReason } = row;
    const { durationMs, frames, lines, sizeBytes }: RecordingExtent = this.#underWay.get(id)?.recorder.extent ?? row;
    return {
      browserId: id,
      endUserId,
      taskId,
      sessionId,
      createdAt: createdAt.toISOString(),
      endedAt: endedAt?.toISOString() ?? null,
      endReason,
      ...{ durationMs, frames, lines, sizeBytes },
    };
  }

  #pathOf(browserId: string): string {
    return join(this.#directory, browserId);
  }

  async #recover(): Promise<void> {
    const { store, logger } = this.#options;
    for (const row of await store.recordings.unended()) {
      const path = this.#pathOf(row.id);
      const extent = { durationMs: 0, frames: 0, lines: 0, sizeBytes: 0 };
      let endedAt = row.createdAt;
      try {
        const { mtime, size } = await stat(path);
        endedAt = mtime;
        extent.sizeBytes = size;
        for await (const { head } of readSegments(path, { browserId: row.id, key: store.recordings.key(row) })) {
          extent.frames += head.frames.length;
          extent.lines += head.lines.length;
          for (const { atMs } of [...head.frames, ...head.lines]) extent.durationMs = Math.max(extent.durationMs, atMs);
        }
      } catch (error) {
        logger.warn({ err: error, browserId: row.id }, 'a recording of a server that died cannot be read to its end');
      }
      await store.recordings.end(row.id, 'server_died', endedAt, extent);
    }
  }

  async #prune(): Promise<void> {
    const { store, settings, logger } = this.#options;
    try {
      const limits = { keepDays: settings.recordingsKeepDays, maxProjectBytes: settings.recordingsMaxBytes };
      await this.#remove(await store.recordings.superfluous(limits));
      // Whose browser, end user or project was deleted has no record any more.
      const names = await readdir(this.#directory);
      const known = await store.recordings.known(names);
      for (const name of names) if (!known.has(name)) await rm(this.#pathOf(name), { force: true });
    } catch (error) {
      logger.warn({ err: error }, 'recordings that are over could not be removed; it is tried again in ten minutes');
    }
  }

  /** The record first, and the key with it: a file that stays nobody can read. */
  async #remove(browserIds: readonly string[]): Promise<void> {
    await this.#options.store.recordings.delete(browserIds);
    for (const id of browserIds) await rm(this.#pathOf(id), { force: true });
  }
}
