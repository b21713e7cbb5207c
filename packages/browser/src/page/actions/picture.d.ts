import type { Locator } from 'playwright-core';
import { type PictureRequest } from '../capture.js';
import { type ActionContext, type Handler } from './action-context.js';
/** Brings an element into view and says where it is in the viewport. */
export declare function boxOf(context: ActionContext, locator: Locator, label: string): Promise<PictureRequest['part']>;
export declare const screenshot: Handler<'screenshot'>;
//# sourceMappingURL=picture.d.ts.map