import type { Page } from 'playwright-core';
import type { CdpSession } from '../cdp/index.js';
import type { Deadline } from './deadline.js';
import type { TabState } from './tab.js';
export interface Box {
    x: number;
    y: number;
    width: number;
    height: number;
}
/** What the accessibility snapshot does not say of the fields and frames in a document. */
export interface FieldFacts {
    isReadonly: boolean;
    isRequired: boolean;
    /** The element itself is what `contenteditable` makes editable; then its text. */
    isEditable: boolean;
    text: string;
    /** Where the content of a frame begins, from the corner of its box. */
    inset: {
        x: number;
        y: number;
    };
}
/** The fields of one document, found by where they are. */
export interface Survey {
    at(box: Box | undefined): FieldFacts | undefined;
    /** Whether a text is what a password field holds. Where the fields could not be read, every text may be. */
    mayBePassword(text: string): boolean;
}
/** Of the page itself: in an isolated world, which the page cannot reach. */
export declare function surveyPage(session: CdpSession, tab: TabState, deadline: Deadline): Promise<Survey>;
/**
 * Of the frame with this ref, which may be of another process. What a hostile page does to its own world can make that impossible: then
 * nothing is known of it, and its values are not shown.
 */
export declare function surveyFrame(page: Page, frameRef: string, signal: AbortSignal): Promise<Survey>;
//# sourceMappingURL=field-survey.d.ts.map