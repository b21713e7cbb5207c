/** The time by which an operation must be done. */
export class Deadline {
    timeoutMs;
    #endsAt;
    constructor(timeoutMs) {
        this.timeoutMs = timeoutMs;
        this.#endsAt = performance.now() + timeoutMs;
    }
    /** Milliseconds left, never below 0. */
    get remainingMs() {
        return Math.max(0, this.#endsAt - performance.now());
    }
    /** What is left for a library to which 0 means "no timeout". */
    get remainingOrOneMs() {
        return Math.max(1, Math.ceil(this.remainingMs));
    }
}
//# sourceMappingURL=deadline.js.map