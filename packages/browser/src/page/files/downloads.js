import { loggableUrl } from '../events.js';
import { Watch } from '../watch.js';
import { safeName } from './names.js';
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MAX_REMEMBERED = 1_000;
/** Follows what pages download. Chromium is told to keep each download under a GUID; the name that a page suggests is only shown. */
export class Downloads {
    /** Notified when a download begins or ends. */
    watch = new Watch();
    #options;
    #running = new Map();
    #all = [];
    #forgotten = 0;
    #unsubscribe = [];
    constructor(options) {
        this.#options = options;
    }
    async start() {
        const { session } = this.#options;
        this.#unsubscribe.push(session.on('Browser.downloadWillBegin', (event) => this.#begin(event)), session.on('Browser.downloadProgress', (event) => this.#progress(event)));
        await this.arm();
    }
    /** Tells Chromium where downloads go. What another session asked for last holds, and ends with that session. */
    async arm() {
        const { session, downloadPath } = this.#options;
        await session.send('Browser.setDownloadBehavior', { behavior: 'allowAndName', downloadPath, eventsEnabled: true });
    }
    stop() {
        for (const unsubscribe of this.#unsubscribe)
            unsubscribe();
    }
    /** All that have begun since a mark, in order; the mark is how many there were. */
    since(mark) {
        return this.#all.slice(Math.max(0, mark.count - this.#forgotten));
    }
    mark() {
        return { count: this.#all.length + this.#forgotten };
    }
    /** Takes note of a file that was fetched in another way than by a page. */
    add(file) {
        const url = file.url ?? '';
        this.#remember({ name: file.name, url, state: 'finished', file });
        this.#options.emit('download.finished', { name: file.name, url, sizeBytes: file.sizeBytes });
        this.watch.notify();
    }
    #begin({ guid, url, suggestedFilename }) {
        // It becomes part of a path; from a browser that behaves it is always one of these.
        if (!GUID.test(guid) || this.#running.has(guid))
            return;
        const download = { name: safeName(suggestedFilename), url: loggableUrl(url), state: 'running' };
        this.#running.set(guid, download);
        this.#remember(download);
        this.#options.emit('download.started', { name: download.name, url: download.url });
        this.watch.notify();
    }
    #remember(download) {
        this.#all.push(download);
        if (this.#all.length <= MAX_REMEMBERED)
            return;
        this.#all.shift();
        this.#forgotten += 1;
    }
    #progress({ guid, state, receivedBytes, totalBytes }) {
        const download = this.#running.get(guid);
        if (download === undefined)
            return;
        if (Math.max(receivedBytes, totalBytes) > this.#options.files.freeBytes) {
            download.reason = 'it is larger than the files of this browser may be';
            this.#cancel(guid);
        }
        if (state === 'inProgress')
            return;
        this.#running.delete(guid);
        if (state === 'canceled')
            this.#fail(download, download.reason ?? 'it was cut off or cancelled');
        else
            this.#adopt(guid, download);
    }
    #adopt(guid, download) {
        this.#options.files.adoptDownload(guid, download.name, download.url).then((file) => this.#finish(download, file), (error) => this.#fail(download, error instanceof Error ? error.message : String(error)));
    }
    #cancel(guid) {
        this.#options.session.send('Browser.cancelDownload', { guid }).catch(() => {
            // It has just ended by itself, which its last event tells.
        });
    }
    #finish(download, file) {
        download.state = 'finished';
        download.file = file;
        this.#options.emit('download.finished', { name: file.name, url: download.url, sizeBytes: file.sizeBytes });
        this.watch.notify();
    }
    #fail(download, reason) {
        download.state = 'failed';
        download.reason = reason;
        this.#options.emit('download.failed', { name: download.name, url: download.url, reason });
        this.watch.notify();
    }
}
//# sourceMappingURL=downloads.js.map