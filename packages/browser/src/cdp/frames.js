const NUL = 0;
/**
 * Cuts the byte stream of Chromium's debugging pipe into messages: each ends with a NUL byte
 * (https://source.chromium.org/chromium/chromium/src/+/main:content/browser/devtools/devtools_pipe_handler.cc).
 *
 * A message longer than `maxBytes` is not collected: its first bytes go to `onOversized`, so that the caller it was meant for can be told,
 * and the rest is skipped.
 */
export class FrameReader {
    #maxBytes;
    #onMessage;
    #onOversized;
    #parts = [];
    #length = 0;
    #skipping = false;
    constructor(options) {
        this.#maxBytes = options.maxBytes;
        this.#onMessage = options.onMessage;
        this.#onOversized = options.onOversized;
    }
    push(chunk) {
        let start = 0;
        for (let end = chunk.indexOf(NUL); end !== -1; end = chunk.indexOf(NUL, start)) {
            this.#collect(chunk.subarray(start, end));
            this.#finish();
            start = end + 1;
        }
        if (start < chunk.length)
            this.#collect(chunk.subarray(start));
    }
    #collect(part) {
        if (this.#skipping)
            return;
        this.#parts.push(part);
        this.#length += part.length;
        if (this.#length <= this.#maxBytes)
            return;
        this.#skipping = true;
        const start = Buffer.concat(this.#parts, Math.min(this.#length, 4096));
        this.#parts = [];
        this.#onOversized(start);
    }
    #finish() {
        const { length } = this.#parts;
        if (!this.#skipping && length > 0)
            this.#onMessage(length === 1 ? this.#parts[0] : Buffer.concat(this.#parts, this.#length));
        this.#parts = [];
        this.#length = 0;
        this.#skipping = false;
    }
}
//# sourceMappingURL=frames.js.map