/** Of one type, in one window. Agents at full speed stay far below. */
export const MAX_EVENTS_PER_WINDOW = 300;
const WINDOW_MS = 60_000;
/**
 * Keeps pages from filling a browser's durable log: by history.pushState in a loop, by windows, dialogs or downloads they can cause events as
 * often as they like. Of each type, 300 a minute are written; what comes after is counted until the minute is over, and told in one event.
 */
export class EventCap {
    #emit;
    #counts = new Map();
    #windowEnd;
    constructor(emit) {
        this.#emit = emit;
    }
    /** Writes an event, if there is room for it. What a client does by an action is written however often it does it. */
    emit = (type, data) => {
        if (type === 'action.executed') {
            this.#emit(type, data);
            return;
        }
        // A window begins with the first event after the last one.
        this.#windowEnd ??= setTimeout(() => this.flush(), WINDOW_MS).unref();
        const count = (this.#counts.get(type) ?? 0) + 1;
        this.#counts.set(type, count);
        if (count <= MAX_EVENTS_PER_WINDOW)
            this.#emit(type, data);
    };
    /** Tells what was left out, and begins anew. */
    flush() {
        clearTimeout(this.#windowEnd);
        this.#windowEnd = undefined;
        const counts = [...this.#counts];
        this.#counts.clear();
        for (const [type, count] of counts) {
            if (count > MAX_EVENTS_PER_WINDOW)
                this.#emit('events.omitted', { type, count: count - MAX_EVENTS_PER_WINDOW });
        }
    }
}
//# sourceMappingURL=event-cap.js.map