import type { Readable } from 'node:stream';
import { type BrowserFile } from '@carrel/protocol';
export interface FileStoreOptions {
    directories: {
        uploads: string;
        downloads: string;
    };
    browserUid: number | undefined;
    limits: {
        maxFileBytes: number;
        maxFilesBytes: number;
    };
}
type Body = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
/**
 * The files of one browser: put there to be uploaded, or downloaded by pages. Each one that we write gets a directory of its own, so that
 * it can have its own name whatever that is; those that Chromium writes are called by a GUID and never by a name that a page chose.
 */
export declare class FileStore {
    #private;
    constructor(options: FileStoreOptions);
    list(): BrowserFile[];
    has(name: string): boolean;
    /** Bytes that may still be stored, for one file. */
    get freeBytes(): number;
    /**
     * Stores a file to upload, in place of one of the same name.
     * @throws {CarrelError} `invalid_request` (name), `payload_too_large`, `conflict` (a download has this name)
     */
    put(name: string, body: Body): Promise<BrowserFile>;
    /** Stores what was fetched as a download, under a free name near the suggested one. */
    putDownload(suggested: {
        name: string;
        mimeType?: string;
        url: string;
    }, body: Body): Promise<BrowserFile>;
    /**
     * Takes over a finished download of Chromium's.
     * @throws {CarrelError} `not_found` when it is not a plain file of the browser's, `payload_too_large`
     */
    adoptDownload(guid: string, suggestedName: string, url: string): Promise<BrowserFile>;
    /** @throws {CarrelError} `not_found` */
    open(name: string): Promise<{
        file: BrowserFile;
        stream: Readable;
    }>;
    /** @throws {CarrelError} `not_found` */
    delete(name: string): Promise<void>;
    /**
     * The path under which the browser can read a file, ending in the file's name, which is what the page gets to see.
     * @throws {CarrelError} `not_found`
     */
    pathForUpload(name: string): Promise<string>;
}
export {};
//# sourceMappingURL=store.d.ts.map