import { setTimeout as delay } from 'node:timers/promises';
import { isTimeout } from '../attend.js';
import { ActionFailed, waiting } from './action-context.js';
const visible = (locator) => locator.filter({ visible: true }).first();
/** Waits until a state holds: to be there in any frame, or to be gone from all of them. */
async function untilState(context, find, state, what) {
    const page = await context.page();
    const frames = page.frames().map(find);
    const wait = (locator, attached) => locator.waitFor({ state: attached ? 'attached' : 'detached', ...waiting(context) });
    try {
        if (state === 'visible')
            await Promise.any(frames.map((locator) => wait(visible(locator), true)));
        else if (state === 'attached')
            await Promise.any(frames.map((locator) => wait(locator.first(), true)));
        else if (state === 'hidden')
            await Promise.all(frames.map((locator) => wait(visible(locator), false)));
        else
            await Promise.all(frames.map((locator) => wait(locator.first(), false)));
    }
    catch (error) {
        const first = error instanceof AggregateError ? (error.errors.find((one) => !isTimeout(one)) ?? error.errors[0]) : error;
        if (!isTimeout(first))
            throw first;
        throw new ActionFailed('timeout', `${what} was not ${state} within ${context.deadline.timeoutMs} ms.`, first);
    }
}
export const wait = async (action, context) => {
    const { timeMs, selector, text, loadState, state = 'visible' } = action;
    if (timeMs !== undefined) {
        await delay(timeMs, undefined, { signal: context.signal });
        return { message: `Waited ${timeMs} ms` };
    }
    if (selector !== undefined) {
        await untilState(context, (frame) => frame.locator(selector), state, `"${selector}"`);
        return { message: `"${selector}" is ${state}` };
    }
    if (text !== undefined) {
        await untilState(context, (frame) => frame.getByText(text), 'visible', `The text ${JSON.stringify(text)}`);
        return { message: `The text ${JSON.stringify(text)} is visible` };
    }
    const page = await context.page();
    try {
        await page.waitForLoadState(loadState, waiting(context));
    }
    catch (error) {
        if (!isTimeout(error))
            throw error;
        throw new ActionFailed('timeout', `The page did not reach ${loadState} within ${context.deadline.timeoutMs} ms.`, error);
    }
    return { message: `The page has reached ${loadState}` };
};
//# sourceMappingURL=waiting.js.map