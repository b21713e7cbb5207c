import { setTimeout as delay } from 'node:timers/promises';
import { waiting } from './action-context.js';
import { labelOf, locate } from './place.js';
const hasPlace = ({ ref, selector }) => ref !== undefined || selector !== undefined;
const where = (context, place) => (hasPlace(place) ? labelOf(context.tab, place) : 'the focused element');
/** Puts the focus on the element, if one is named. */
async function focus(context, place) {
    if (!hasPlace(place))
        return undefined;
    const locator = await locate(context, place);
    await locator.focus(waiting(context));
    return locator;
}
export const type = async (action, context) => {
    const { keyboard } = await context.page();
    await focus(context, action);
    const { delayMs } = action;
    // Key by key, so that typing ends at once when it is to end.
    for (const char of action.text) {
        context.signal.throwIfAborted();
        await keyboard.type(char);
        if (delayMs !== undefined && delayMs > 0)
            await delay(delayMs, undefined, { signal: context.signal });
    }
    return { message: `Typed ${[...action.text].length} characters into ${where(context, action)}` };
};
export const press = async (action, context) => {
    const { keyboard } = await context.page();
    await focus(context, action);
    await keyboard.press(action.key);
    return { message: `Pressed ${action.key} on ${where(context, action)}` };
};
//# sourceMappingURL=keyboard.js.map