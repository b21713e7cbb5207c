import type { BrowserEventType } from '@carrel/protocol';
export type JsonValue = string | number | boolean | null | JsonValue[] | {
    [key: string]: JsonValue;
};
export type JsonObject = Record<string, JsonValue>;
/** Writes a line in the browser's log. */
export type Emit = (type: BrowserEventType, data: JsonObject) => void;
/** A URL as it may be written down: without user name and password, and not longer than a log line should be. */
export declare function loggableUrl(url: string): string;
//# sourceMappingURL=events.d.ts.map