/// <reference lib="dom" />
import { runIsolated } from '../isolated-world.js';
import { waiting } from './action-context.js';
import { labelOf, locate } from './place.js';
const SCREENFUL = 0.85;
const DIRECTIONS = { up: [0, -1], down: [0, 1], left: [-1, 0], right: [1, 0] };
/**
 * Runs in the page: scrolls the given element, or the nearest one around it that scrolls that way. Without an element it scrolls the page,
 * or what fills its middle where the page itself stands still.
 */
function scrollFrom(given, { dx, dy, share } = given) {
    const root = document.scrollingElement ?? document.documentElement;
    const vertical = dy !== 0;
    const canScroll = (element) => {
        const room = vertical ? element.scrollHeight - element.clientHeight : element.scrollWidth - element.clientWidth;
        const style = getComputedStyle(element);
        const overflow = vertical ? style.overflowY : style.overflowX;
        return room > 1 && (element === root ? overflow !== 'hidden' : /auto|scroll|overlay/.test(overflow));
    };
    const around = (element) => {
        const parent = element.assignedSlot ?? element.parentNode;
        if (parent instanceof ShadowRoot)
            return parent.host;
        return parent instanceof Element ? parent : null;
    };
    let element = given instanceof Element ? given : root;
    if (!(given instanceof Element) && !canScroll(root))
        element = document.elementFromPoint(innerWidth / 2, innerHeight / 2);
    while (element !== null && !canScroll(element))
        element = around(element);
    if (element === null)
        return { isFixed: true, movedPx: 0, leftPx: 0 };
    const position = () => (vertical ? element.scrollTop : element.scrollLeft);
    const before = position();
    const sizePx = vertical ? element.clientHeight : element.clientWidth;
    const step = share > 0 ? Math.round(sizePx * share) : 1;
    element.scrollBy({ left: dx * step, top: dy * step, behavior: 'instant' });
    // Of pages that are written from right to left, the horizontal position counts below zero, from the right.
    const isMirrored = !vertical && getComputedStyle(element).direction === 'rtl';
    const fromStart = Math.abs(position());
    const whole = (vertical ? element.scrollHeight : element.scrollWidth) - sizePx;
    const isAwayFromStart = dx + dy > 0 !== isMirrored;
    const leftPx = Math.max(0, Math.round(isAwayFromStart ? whole - fromStart : fromStart));
    return { isFixed: false, movedPx: Math.round(Math.abs(position() - before)), leftPx };
}
export const scroll = async (action, context) => {
    const { direction, amountPx, ref, selector } = action;
    const hasPlace = ref !== undefined || selector !== undefined;
    const label = hasPlace ? labelOf(context.tab, action) : 'the page';
    const locator = hasPlace ? await locate(context, action) : undefined;
    if (direction === undefined) {
        await locator?.scrollIntoViewIfNeeded(waiting(context));
        return { message: `${label} is in view` };
    }
    const [x, y] = DIRECTIONS[direction];
    const amount = amountPx ?? 1;
    const request = { dx: x * amount, dy: y * amount, share: amountPx === undefined ? SCREENFUL : 0 };
    if (locator === undefined) {
        const scrolled = await runIsolated(context.session, context.tab, context.deadline, scrollFrom, request);
        return { message: say(scrolled, direction, label) };
    }
    const scrolled = await locator.evaluate(scrollFrom, request, waiting(context));
    if (scrolled.movedPx > 0 || !scrolled.isFixed)
        return { message: say(scrolled, direction, label) };
    // Maps and the like have nothing to scroll, but listen to the wheel.
    const page = await context.page();
    await locator.hover(waiting(context));
    const wheelPx = amountPx ?? Math.round((page.viewportSize()?.height ?? 720) * SCREENFUL);
    await page.mouse.wheel(x * wheelPx, y * wheelPx);
    return { message: `${label} has nothing to scroll; turned the mouse wheel ${direction} over it` };
};
function say({ isFixed, movedPx, leftPx }, direction, label) {
    if (isFixed)
        return `There is nothing to scroll in ${label}`;
    if (movedPx === 0)
        return `${label} is already at its end in this direction (${direction})`;
    return `Scrolled ${label} ${direction} by ${movedPx} px; ${leftPx === 0 ? 'that is its end' : `${leftPx} px are left`}`;
}
//# sourceMappingURL=scroll.js.map