import type { BrowserEventType } from '@carrel/protocol';
import type { Emit, JsonObject } from './events.js';
/** Of one type, in one window. Agents at full speed stay far below. */
export declare const MAX_EVENTS_PER_WINDOW = 300;
/**
 * Keeps pages from filling a browser's durable log: by history.pushState in a loop, by windows, dialogs or downloads they can cause events as
 * often as they like. Of each type, 300 a minute are written; what comes after is counted until the minute is over, and told in one event.
 */
export declare class EventCap {
    #private;
    constructor(emit: Emit);
    /** Writes an event, if there is room for it. What a client does by an action is written however often it does it. */
    readonly emit: (type: BrowserEventType, data: JsonObject) => void;
    /** Tells what was left out, and begins anew. */
    flush(): void;
}
//# sourceMappingURL=event-cap.d.ts.map