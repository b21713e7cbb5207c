import type { SnapshotNode } from './snapshot.js';
export interface SnapshotText {
    text: string;
    /** Characters of the whole, when `text` is only its beginning; else 0. */
    wholeChars: number;
}
/**
 * Writes a snapshot as text in the form that Playwright uses (and models know), cut at a line end near `maxChars`. The rest is counted
 * but not kept.
 */
export declare function renderSnapshot(nodes: readonly (SnapshotNode | string)[], maxChars: number): SnapshotText;
//# sourceMappingURL=snapshot-text.d.ts.map