import pLimit from 'p-limit';
import { Watch } from './watch.js';
/** Of one browser. A page that opens windows in a loop would use up what the browser may use of the machine, and so end it. */
export const MAX_TABS = 50;
export const TOO_MANY_TABS = `The browser has ${MAX_TABS} tabs open, as many as it may: close one first.`;
const MAX_DIALOG_CHARS = 10_000;
/**
 * What is known of one tab, from the events of the browser and never by asking the page, so that a page that hangs cannot hang this.
 */
export class TabState {
    id;
    openerId;
    /** The engine's own session on this tab, once attached. */
    sessionId;
    url;
    title;
    dialog;
    isCrashed = false;
    isClosed = false;
    mainFrameId;
    /** A navigation of the main frame was asked for and has neither happened nor failed yet. */
    isNavigating = false;
    /** How often the page has asked for a download by a link. */
    downloadRequests = 0;
    /** How many documents the main frame has had since we look. */
    commits = 0;
    /** Whether the current document has been read to its end. */
    isContentLoaded = true;
    /** The elements of the last observation by ref; undefined: not observed yet. */
    seen;
    /** Notified after every change of the above. */
    watch = new Watch();
    /** Actions on one tab share one mouse and one keyboard: one after the other. */
    inTurn = pLimit(1);
    constructor(info) {
        this.id = info.targetId;
        this.mainFrameId = info.targetId;
        this.openerId = info.openerId;
        this.url = info.url;
        this.title = titleOf(info);
    }
    get obstacle() {
        if (this.isClosed)
            return 'closed';
        if (this.isCrashed)
            return 'crashed';
        return this.dialog === undefined ? undefined : 'dialog';
    }
    toTab(active) {
        return { id: this.id, url: this.url, title: this.title, active };
    }
    /** Takes over what the browser says of the target. */
    update(info) {
        // On its way elsewhere, the browser already names the URL that the page is not at yet, and may never be. Of the first page of a window
        // that a page opened it is the only one to tell: that page can be there before we listen.
        if (!this.isNavigating || this.commits === 0)
            this.url = info.url;
        this.title = titleOf(info);
        this.watch.notify();
    }
    openDialog(event) {
        this.dialog = {
            type: event.type,
            message: event.message.slice(0, MAX_DIALOG_CHARS),
            ...(event.type === 'prompt' ? { defaultValue: (event.defaultPrompt ?? '').slice(0, MAX_DIALOG_CHARS) } : {}),
        };
        this.watch.notify();
        return this.dialog;
    }
    closeDialog() {
        this.dialog = undefined;
        this.watch.notify();
    }
    startNavigation(frameId) {
        if (frameId !== this.mainFrameId)
            return;
        this.isNavigating = true;
        this.watch.notify();
    }
    requestNavigation({ frameId, disposition }) {
        if (disposition === 'currentTab')
            this.startNavigation(frameId);
        if (disposition === 'download')
            this.downloadRequests += 1;
        this.watch.notify();
    }
    endNavigation(frameId) {
        if (frameId !== this.mainFrameId)
            return;
        this.isNavigating = false;
        this.watch.notify();
    }
    /** A new document in some frame. */
    commit(frame) {
        if (frame.parentId !== undefined)
            return;
        this.mainFrameId = frame.id;
        this.url = frame.url + (frame.urlFragment ?? '');
        this.isNavigating = false;
        this.isContentLoaded = false;
        this.commits += 1;
        this.watch.notify();
    }
    /** The same document under another URL. */
    moveWithinDocument(event) {
        if (event.frameId !== this.mainFrameId)
            return;
        this.url = event.url;
        this.isNavigating = false;
        this.watch.notify();
    }
    contentLoaded() {
        this.isContentLoaded = true;
        this.watch.notify();
    }
    crash() {
        this.isCrashed = true;
        this.watch.notify();
    }
    close() {
        this.isClosed = true;
        this.watch.notify();
    }
}
/** Chromium gives a page without a title its URL for one; that is no title. */
function titleOf(info) {
    const bare = (url) => url.replace(/^[a-z]+:\/\//, '').replace(/\/$/, '');
    return bare(info.title) === bare(info.url) ? '' : info.title;
}
/** Says that there is no such tab, and what to do. */
export function noSuchTab(id) {
    return id === undefined
        ? 'The browser has no open tab; open one.'
        : `There is no tab with the id ${id}; list the tabs to see which are open.`;
}
//# sourceMappingURL=tab.js.map