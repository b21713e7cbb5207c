import type { Dialog, Tab } from '@carrel/protocol';
import type { Protocol } from 'devtools-protocol';
import { Watch } from './watch.js';
/** Of one browser. A page that opens windows in a loop would use up what the browser may use of the machine, and so end it. */
export declare const MAX_TABS = 50;
export declare const TOO_MANY_TABS = "The browser has 50 tabs open, as many as it may: close one first.";
/** What an observation said of an element, kept to check refs and to name elements in messages. */
export interface SeenElement {
    role: string;
    name: string;
}
/** Why nothing can be done on a tab at the moment, if so. */
export type Obstacle = 'dialog' | 'crashed' | 'closed';
/**
 * What is known of one tab, from the events of the browser and never by asking the page, so that a page that hangs cannot hang this.
 */
export declare class TabState {
    readonly id: string;
    readonly openerId: string | undefined;
    /** The engine's own session on this tab, once attached. */
    sessionId: string | undefined;
    url: string;
    title: string;
    dialog: Dialog | undefined;
    isCrashed: boolean;
    isClosed: boolean;
    mainFrameId: string;
    /** A navigation of the main frame was asked for and has neither happened nor failed yet. */
    isNavigating: boolean;
    /** How often the page has asked for a download by a link. */
    downloadRequests: number;
    /** How many documents the main frame has had since we look. */
    commits: number;
    /** Whether the current document has been read to its end. */
    isContentLoaded: boolean;
    /** The elements of the last observation by ref; undefined: not observed yet. */
    seen: ReadonlyMap<string, SeenElement> | undefined;
    /** Notified after every change of the above. */
    readonly watch: Watch;
    /** Actions on one tab share one mouse and one keyboard: one after the other. */
    readonly inTurn: import("p-limit").LimitFunction;
    constructor(info: Protocol.Target.TargetInfo);
    get obstacle(): Obstacle | undefined;
    toTab(active: boolean): Tab;
    /** Takes over what the browser says of the target. */
    update(info: Protocol.Target.TargetInfo): void;
    openDialog(event: Protocol.Page.JavascriptDialogOpeningEvent): Dialog;
    closeDialog(): void;
    startNavigation(frameId: string): void;
    requestNavigation({ frameId, disposition }: Protocol.Page.FrameRequestedNavigationEvent): void;
    endNavigation(frameId: string): void;
    /** A new document in some frame. */
    commit(frame: Protocol.Page.Frame): void;
    /** The same document under another URL. */
    moveWithinDocument(event: Protocol.Page.NavigatedWithinDocumentEvent): void;
    contentLoaded(): void;
    crash(): void;
    close(): void;
}
/** Says that there is no such tab, and what to do. */
export declare function noSuchTab(id: string | undefined): string;
//# sourceMappingURL=tab.d.ts.map