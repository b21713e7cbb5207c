/**
 * Cuts the byte stream of Chromium's debugging pipe into messages: each ends with a NUL byte
 * (https://source.chromium.org/chromium/chromium/src/+/main:content/browser/devtools/devtools_pipe_handler.cc).
 *
 * A message longer than `maxBytes` is not collected: its first bytes go to `onOversized`, so that the caller it was meant for can be told,
 * and the rest is skipped.
 */
export declare class FrameReader {
    #private;
    constructor(options: {
        maxBytes: number;
        onMessage: (message: Buffer) => void;
        onOversized: (start: Buffer) => void;
    });
    push(chunk: Buffer): void;
}
//# sourceMappingURL=frames.d.ts.map