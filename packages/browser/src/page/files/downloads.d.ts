import type { BrowserFile } from '@carrel/protocol';
import type { CdpSession } from '../../cdp/index.js';
import { type Emit } from '../events.js';
import { Watch } from '../watch.js';
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
/** Follows what pages download. Chromium is told to keep each download under a GUID; the name that a page suggests is only shown. */
export declare class Downloads {
    #private;
    /** Notified when a download begins or ends. */
    readonly watch: Watch;
    constructor(options: DownloadsOptions);
    start(): Promise<void>;
    /** Tells Chromium where downloads go. What another session asked for last holds, and ends with that session. */
    arm(): Promise<void>;
    stop(): void;
    /** All that have begun since a mark, in order; the mark is how many there were. */
    since(mark: {
        readonly count: number;
    }): Download[];
    mark(): {
        readonly count: number;
    };
    /** Takes note of a file that was fetched in another way than by a page. */
    add(file: BrowserFile): void;
}
//# sourceMappingURL=downloads.d.ts.map