import type { Readable } from 'node:stream';
import { type Action, type ActionResult, type BrowserFile, type Cookie, type NetworkFailure, type Observation, type ObserveRequest, type PdfRequest, type ScrapeRequest, type ScrapeResult, type ScreenshotRequest, type Tab } from '@carrel/protocol';
import type { ConnectOverCDPTransport } from 'playwright-core';
import type { CdpSession } from '../cdp/index.js';
import { type PartitionedCookie } from './cookies.js';
import type { Emit } from './events.js';
import { type WantedTab } from './set-out.js';
export interface PagesOptions {
    /** The engine's own root session. */
    session: CdpSession;
    /** One more client of the browser, for Playwright. Called when first needed, and again after that connection was lost. */
    connectTransport: () => ConnectOverCDPTransport;
    /** Absolute paths, the same for the browser and for us. `uploads` is ours; `downloads` is written by the browser and not trusted. */
    directories: {
        uploads: string;
        downloads: string;
    };
    /** The uid that Chromium runs as, when it is not ours. */
    browserUid: number | undefined;
    /** Why the browser's proxy last did not reach where a URL points, as far as it knows. */
    lastFailure: (url: URL) => NetworkFailure | undefined;
    /** Writes a line in the browser's log. */
    emit: Emit;
    limits: {
        maxFileBytes: number;
        maxFilesBytes: number;
    };
}
/** The files of a browser. */
export interface PageFiles {
    list(): Promise<BrowserFile[]>;
    /** @throws {CarrelError} `invalid_request`, `payload_too_large`, `conflict` */
    put(name: string, body: AsyncIterable<Uint8Array>): Promise<BrowserFile>;
    /** @throws {CarrelError} `not_found` */
    open(name: string): Promise<{
        file: BrowserFile;
        stream: Readable;
    }>;
    /** @throws {CarrelError} `not_found` */
    delete(name: string): Promise<void>;
}
/** What an agent sees of a browser's pages, and what it can do with them. */
export declare class Pages implements AsyncDisposable {
    #private;
    readonly files: PageFiles;
    /** Starts to follow tabs and downloads. Playwright is connected only once something needs it. */
    static create(options: PagesOptions): Promise<Pages>;
    private constructor();
    /** @throws {CarrelError} `not_found`, `page_unresponsive`, `browser_crashed` */
    observe(request: ObserveRequest, signal?: AbortSignal): Promise<Observation>;
    /** A failed action is an answer with `success: false`. */
    execute(action: Action, signal?: AbortSignal): Promise<ActionResult>;
    /** @throws {CarrelError} `needs_model`, `invalid_request`, `payload_too_large`, `not_found`, `page_unresponsive`, `browser_crashed` */
    scrape(request: ScrapeRequest, signal?: AbortSignal): Promise<ScrapeResult>;
    /** @throws {CarrelError} `not_found` (no such tab or element), `page_unresponsive`, `browser_crashed` */
    screenshot(request: ScreenshotRequest, signal?: AbortSignal): Promise<{
        bytes: Buffer;
        mimeType: string;
    }>;
    /** @throws {CarrelError} `not_found`, `invalid_request`, `page_unresponsive`, `browser_crashed` */
    pdf(request: PdfRequest, signal?: AbortSignal): Promise<Buffer>;
    getCookies(): Promise<Cookie[]>;
    /** @throws {CarrelError} `invalid_request` when Chromium refuses one; then none is set */
    setCookies(cookies: readonly PartitionedCookie[]): Promise<void>;
    /** In order of opening. */
    tabs(): Tab[];
    /** Why no further tab may be opened, in a sentence; undefined when one may. */
    refuseTab(): string | undefined;
    /**
     * Opens a tab, makes it the active one, and sets out for `url` without waiting for the page to load.
     * @throws {CarrelError} `invalid_request` for a URL that may not be opened, `conflict` when there are as many tabs as there may be
     */
    openTab(url?: string): Promise<Tab>;
    /**
     * Opens the tabs that another browser had, the first of them in place of the blank one, and sets out for their URLs without waiting for any.
     * What may not be opened is left out.
     * @returns the ids of the tabs, and whether each came where it was sent, once that is known
     */
    bringTabs<T extends WantedTab>(wanted: readonly T[]): Promise<{
        tabId: string;
        wanted: T;
        arrived: Promise<boolean>;
    }[]>;
    /** @throws {CarrelError} `not_found`, `page_unresponsive` */
    closeTab(id: string): Promise<void>;
    /**
     * To be called when a client of the browser has left: Chromium takes back with it what it had asked for, so that downloads are asked for
     * again.
     */
    clientLeft(): void;
    [Symbol.asyncDispose](): Promise<void>;
}
//# sourceMappingURL=pages.d.ts.map