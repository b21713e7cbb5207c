import { type Handler, waiting } from './action-context.js';
import { labelOf, locate } from './place.js';

export const fill: Handler<'fill'> = async (action, context) => {
  const locator = await locate(context, action);
  await locator.fill(action.value, { noWaitAfter: true, ...waiting(context) });
  return { message: action.value === '' ? `Emptied ${labelOf(context.tab, action)}` : `Filled ${labelOf(context.tab, action)}` };
};

export const select: Handler<'select'> = async (action, context) => {
  const locator = await locate(context, action);
  const chosen = await locator.selectOption(action.values, { noWaitAfter: true, ...waiting(context) });
  return { message: `Selected ${chosen.map((value) => JSON.stringify(value)).join(', ')} in ${labelOf(context.tab, action)}` };
};

export const check: Handler<'check'> = async (action, context) => {
  const locator = await locate(context, action);
  await locator.check({ noWaitAfter: true, ...waiting(context) });
  return { message: `${labelOf(context.tab, action)} is checked` };
};

export const uncheck: Handler<'uncheck'> = async (action, context) => {
  const locator = await locate(context, action);
  await locator.uncheck({ noWaitAfter: true, ...waiting(context) });
  return { message: `${labelOf(context.tab, action)} is not checked` };
};
