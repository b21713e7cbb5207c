import type { Locator } from 'playwright-core';
import { type ActionContext, ActionFailed, type Handler, waiting } from './action-context.js';
import { labelOf, locate } from './place.js';
import { point } from './point.js';

/** What a field wants that does not take just any text, by its type. */
const FORMATS: Readonly<Record<string, string>> = {
  date: 'a date like 2026-11-22',
  time: 'a time like 13:30',
  'datetime-local': 'a date and time like 2026-11-22T13:30',
  month: 'a month like 2026-11',
  week: 'a week like 2026-W47',
  color: 'a colour like #aabbcc',
  range: 'a number within its limits and steps',
};

/** Browsers drop what such a field cannot hold without a word; we do not. A field that the page takes away once it is filled was filled. */
async function checkTaken(context: ActionContext, locator: Locator, wanted: string, label: string): Promise<void> {
  const asking = locator.getAttribute('type', waiting(context));
  asking.catch(() => {
    // It is waited for below, unless there is nothing to look at; then it ends with the action.
  });
  if ((await locator.count()) !== 1) return;
  const type = (await asking)?.toLowerCase() ?? '';
  const format = Object.hasOwn(FORMATS, type) ? FORMATS[type] : undefined;
  const asked = wanted.trim();
  if (format === undefined || asked === '') return;
  const value = await locator.inputValue(waiting(context));
  const isTaken = type === 'range' ? Number(value) === Number(asked) : type === 'color' ? value === asked.toLowerCase() : value !== '';
  if (!isTaken)
    throw new ActionFailed('not_actionable', `${label} did not take ${JSON.stringify(asked.slice(0, 80))}: it wants ${format}.`);
}

export const fill: Handler<'fill'> = async (action, context) => {
  const locator = await locate(context, action);
  const label = labelOf(context.tab, action);
  await point(context, locator, 'click');
  await locator.fill(action.value, { noWaitAfter: true, ...waiting(context) });
  await checkTaken(context, locator, action.value, label);
  return { message: action.value === '' ? `Emptied ${label}` : `Filled ${label}` };
};

export const select: Handler<'select'> = async (action, context) => {
  const locator = await locate(context, action);
  await point(context, locator, 'click');
  const chosen = await locator.selectOption(action.values, { noWaitAfter: true, ...waiting(context) });
  return { message: `Selected ${chosen.map((value) => JSON.stringify(value)).join(', ')} in ${labelOf(context.tab, action)}` };
};

export const check: Handler<'check'> = async (action, context) => {
  const locator = await locate(context, action);
  await point(context, locator, 'click');
  await locator.check({ noWaitAfter: true, ...waiting(context) });
  return { message: `${labelOf(context.tab, action)} is checked` };
};

export const uncheck: Handler<'uncheck'> = async (action, context) => {
  const locator = await locate(context, action);
  await point(context, locator, 'click');
  await locator.uncheck({ noWaitAfter: true, ...waiting(context) });
  return { message: `${labelOf(context.tab, action)} is not checked` };
};
