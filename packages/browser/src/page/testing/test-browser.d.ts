import type { BrowserEventType, BrowserKind } from '@carrel/protocol';
import { CdpSession, Multiplexer } from '../../cdp/index.js';
import type { JsonObject } from '../events.js';
import { Pages } from '../pages.js';
export interface EmittedEvent {
    type: BrowserEventType;
    data: JsonObject;
}
/** A real Chromium with a `Pages` on it, as the engine puts them together; disposing of it leaves nothing behind. */
export interface TestBrowser extends AsyncDisposable {
    pages: Pages;
    /** A second engine session, to do behind the back of `pages` what another client would do. */
    other: CdpSession;
    multiplexer: Multiplexer;
    events: EmittedEvent[];
    directories: {
        downloads: string;
        uploads: string;
    };
    browserUid: number | undefined;
    /** Resolves once an event of this type has been emitted. */
    emitted(type: BrowserEventType): Promise<EmittedEvent>;
    kill(): Promise<void>;
}
export interface TestBrowserOptions {
    kind?: BrowserKind;
    maxFileBytes?: number;
    maxFilesBytes?: number;
}
export declare function startTestBrowser(options?: TestBrowserOptions): Promise<TestBrowser>;
//# sourceMappingURL=test-browser.d.ts.map