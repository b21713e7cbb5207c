import type { BrowserFile } from '@carrel/protocol';
import type { Protocol } from 'devtools-protocol';
import type { CdpSession } from '../../cdp/index.js';
import { type Emit, loggableUrl } from '../events.js';
import { Watch } from '../watch.js';
import { safeName } from './names.js';
import type { FileStore } from './store.js';

/** A download from its beginning to its end. */
export interface Download {
  name: string;
  url: string;
  state: 'running' | 'finished' | 'failed';
  /** Once finished. */
  file?: BrowserFile;
  /** Once failed. */
  reason?: string;
}

export interface DownloadsOptions {
  session: CdpSession;
  files: FileStore;
  emit: Emit;
  /** Where Chromium writes, by GUID. */
  downloadPath: string;
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MAX_REMEMBERED = 1_000;

/** Follows what pages download. Chromium is told to keep each download under a GUID; the name that a page suggests is only shown. */
export class Downloads {
  /** Notified when a download begins or ends. */
  readonly watch = new Watch();
  readonly #options: DownloadsOptions;
  readonly #running = new Map<string, Download>();
  readonly #all: Download[] = [];
  #forgotten = 0;
  readonly #unsubscribe: (() => void)[] = [];

  constructor(options: DownloadsOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { session } = this.#options;
    this.#unsubscribe.push(
      session.on('Browser.downloadWillBegin', (event) => this.#begin(event)),
      session.on('Browser.downloadProgress', (event) => this.#progress(event)),
    );
    await this.arm();
  }

  /** Tells Chromium where downloads go. What another session asked for last holds, and ends with that session. */
  async arm(): Promise<void> {
    const { session, downloadPath } = this.#options;
    await session.send('Browser.setDownloadBehavior', { behavior: 'allowAndName', downloadPath, eventsEnabled: true });
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  /** All that have begun since a mark, in order; the mark is how many there were. */
  since(mark: { readonly count: number }): Download[] {
    return this.#all.slice(Math.max(0, mark.count - this.#forgotten));
  }

  mark(): { readonly count: number } {
    return { count: this.#all.length + this.#forgotten };
  }

  /** Takes note of a file that was fetched in another way than by a page. */
  add(file: BrowserFile): void {
    const url = file.url ?? '';
    this.#remember({ name: file.name, url, state: 'finished', file });
    this.#options.emit('download.finished', { name: file.name, url, sizeBytes: file.sizeBytes });
    this.watch.notify();
  }

  #begin({ guid, url, suggestedFilename }: Protocol.Browser.DownloadWillBeginEvent): void {
    // It becomes part of a path; from a browser that behaves it is always one of these.
    if (!GUID.test(guid) || this.#running.has(guid)) return;
    const download: Download = { name: safeName(suggestedFilename), url: loggableUrl(url), state: 'running' };
    this.#running.set(guid, download);
    this.#remember(download);
    this.#options.emit('download.started', { name: download.name, url: download.url });
    this.watch.notify();
  }

  #remember(download: Download): void {
    this.#all.push(download);
    if (this.#all.length <= MAX_REMEMBERED) return;
    this.#all.shift();
    this.#forgotten += 1;
  }

  #progress({ guid, state, receivedBytes, totalBytes }: Protocol.Browser.DownloadProgressEvent): void {
    const download = this.#running.get(guid);
    if (download === undefined) return;
    if (Math.max(receivedBytes, totalBytes) > this.#options.files.freeBytes) {
      download.reason = 'it is larger than the files of this browser may be';
      this.#cancel(guid);
    }
    if (state === 'inProgress') return;
    this.#running.delete(guid);
    if (state === 'canceled') this.#fail(download, download.reason ?? 'it was cut off or cancelled');
    else this.#adopt(guid, download);
  }

  #adopt(guid: string, download: Download): void {
    this.#options.files.adoptDownload(guid, download.name, download.url).then(
      (file) => this.#finish(download, file),
      (error: unknown) => this.#fail(download, error instanceof Error ? error.message : String(error)),
    );
  }

  #cancel(guid: string): void {
    this.#options.session.send('Browser.cancelDownload', { guid }).catch(() => {
      // It has just ended by itself, which its last event tells.
    });
  }

  #finish(download: Download, file: BrowserFile): void {
    download.state = 'finished';
    download.file = file;
    this.#options.emit('download.finished', { name: file.name, url: download.url, sizeBytes: file.sizeBytes });
    this.watch.notify();
  }

  #fail(download: Download, reason: string): void {
    download.state = 'failed';
    download.reason = reason;
    this.#options.emit('download.failed', { name: download.name, url: download.url, reason });
    this.watch.notify();
  }
}
