import { type ScreenshotRequest } from '@carrel/protocol';
import { type ExecuteParts } from './actions/index.js';
/**
 * Takes a picture of the viewport, the whole page or one element.
 * @throws {CarrelError} `not_found` (no such tab or element), `page_unresponsive`, `browser_crashed`
 */
export declare function takeScreenshot(parts: ExecuteParts, request: ScreenshotRequest, signal?: AbortSignal): Promise<{
    bytes: Buffer;
    mimeType: string;
}>;
//# sourceMappingURL=screenshot.d.ts.map