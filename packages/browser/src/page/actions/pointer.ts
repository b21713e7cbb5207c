import { type Handler, waiting } from './action-context.js';
import { labelOf, locate } from './place.js';
import { point } from './point.js';

/** Moves between the ends of a drag: libraries that follow the pointer see a path, not a jump. */
const DRAG_STEPS = 12;

const given = <T extends object>(options: T) =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };

/** We wait for navigations ourselves: a slow host must not make a click that was made look as if it was not. */
const noWaitAfter = true;

export const click: Handler<'click'> = async ({ button, modifiers, position, ...place }, context) => {
  const locator = await locate(context, place);
  await point(context, locator, 'click', { position });
  await locator.click({ ...given({ button, modifiers, position }), noWaitAfter, ...waiting(context) });
  return { message: `Clicked ${labelOf(context.tab, place)}` };
};

export const doubleClick: Handler<'doubleClick'> = async ({ button, modifiers, position, ...place }, context) => {
  const locator = await locate(context, place);
  await point(context, locator, 'click', { position });
  await locator.dblclick({ ...given({ button, modifiers, position }), noWaitAfter, ...waiting(context) });
  return { message: `Double-clicked ${labelOf(context.tab, place)}` };
};

export const hover: Handler<'hover'> = async ({ modifiers, position, ...place }, context) => {
  const locator = await locate(context, place);
  await point(context, locator, 'move', { position });
  await locator.hover({ ...given({ modifiers, position }), ...waiting(context) });
  return { message: `The pointer is over ${labelOf(context.tab, place)}` };
};

export const drag: Handler<'drag'> = async (action, context) => {
  const target = { ref: action.toRef, selector: action.toSelector };
  const [from, to] = [await locate(context, action), await locate(context, target)];
  await point(context, to, 'move');
  await from.dragTo(to, { steps: DRAG_STEPS, ...waiting(context) });
  return { message: `Dragged ${labelOf(context.tab, action)} to ${labelOf(context.tab, target)}` };
};
