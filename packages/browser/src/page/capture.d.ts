import { type Image, type PdfRequest } from '@carrel/protocol';
import { type CdpSession } from '../cdp/index.js';
import type { Deadline } from './deadline.js';
import type { TabState } from './tab.js';
export interface PictureRequest {
    format: Image['format'];
    quality?: number | undefined;
    /** What to show: the viewport, the whole page, or a part of the viewport's plane in CSS pixels. */
    part: 'viewport' | 'page' | {
        x: number;
        y: number;
        width: number;
        height: number;
    };
}
export interface Picture {
    bytes: Buffer;
    width: number;
    height: number;
}
/**
 * Takes a picture of a tab, at one pixel for each CSS pixel. A page longer or wider than 16,384 pixels is shown up to there, which the
 * height and width of the picture tell.
 */
export declare function takePicture(session: CdpSession, tab: TabState, request: PictureRequest, deadline: Deadline): Promise<Picture>;
/** Prints a tab. */
export declare function printPdf(session: CdpSession, tab: TabState, request: PdfRequest, deadline: Deadline): Promise<Buffer>;
//# sourceMappingURL=capture.d.ts.map