import { CarrelError } from '@carrel/protocol';
import { takePicture } from '../capture.js';
import { ActionFailed, waiting } from './action-context.js';
import { labelOf, locate } from './place.js';
/** Brings an element into view and says where it is in the viewport. */
export async function boxOf(context, locator, label) {
    await locator.scrollIntoViewIfNeeded(waiting(context));
    const box = await locator.boundingBox(waiting(context));
    if (box === null || box.width === 0 || box.height === 0)
        throw new ActionFailed('not_actionable', `${label} is not visible.`);
    return box;
}
export const screenshot = async (action, context) => {
    const { format, quality, fullPage } = action;
    const hasPlace = action.ref !== undefined || action.selector !== undefined;
    if (hasPlace && fullPage === true)
        throw new CarrelError('invalid_request', 'screenshot takes one of `ref`, `selector` and `fullPage`.');
    if (format === 'png' && quality !== undefined)
        throw new CarrelError('invalid_request', '`quality` is for jpeg and webp.');
    const element = hasPlace ? await boxOf(context, await locate(context, action), labelOf(context.tab, action)) : undefined;
    const part = element ?? (fullPage === true ? 'page' : 'viewport');
    const { bytes, width, height } = await takePicture(context.session, context.tab, { format, quality, part }, context.deadline);
    return { message: 'Took a screenshot', screenshot: { format, width, height, base64: bytes.toString('base64') } };
};
//# sourceMappingURL=picture.js.map