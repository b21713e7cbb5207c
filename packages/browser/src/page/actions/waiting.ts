import { setTimeout as delay } from 'node:timers/promises';
import type { Frame, Locator, Page } from 'playwright-core';
import { isTimeout } from '../attend.js';
import { type ActionContext, ActionFailed, type ActionOf, type Handler, waiting } from './action-context.js';

type WaitState = NonNullable<ActionOf<'wait'>['state']>;

const visible = (locator: Locator) => locator.filter({ visible: true }).first();

/** Waits in all frames at once, those too that come meanwhile, until one wait is over; rejects when all of them have. */
async function inAnyFrame(page: Page, wait: (frame: Frame) => Promise<void>): Promise<void> {
  const errors: unknown[] = [];
  let underWay = 0;
  let look: (frame: Frame) => void = () => {};
  await new Promise<void>((resolve, reject) => {
    look = (frame) => {
      underWay++;
      wait(frame).then(resolve, (error: unknown) => {
        errors.push(error);
        underWay--;
        if (underWay === 0) reject(new AggregateError(errors));
      });
    };
    page.on('frameattached', look);
    page.frames().forEach(look);
  }).finally(() => page.off('frameattached', look));
}

/** Waits until a state holds: to be there in any frame, or to be gone from all of them. */
async function untilState(context: ActionContext, find: (frame: Frame) => Locator, state: WaitState, what: string): Promise<void> {
  const page = await context.page();
  const wait = (locator: Locator, attached: boolean) => locator.waitFor({ state: attached ? 'attached' : 'detached', ...waiting(context) });
  const inAllFrames = (waitIn: (frame: Frame) => Promise<void>) => Promise.all(page.frames().map(waitIn));
  try {
    if (state === 'visible') await inAnyFrame(page, (frame) => wait(visible(find(frame)), true));
    else if (state === 'attached') await inAnyFrame(page, (frame) => wait(find(frame).first(), true));
    else if (state === 'hidden') await inAllFrames((frame) => wait(visible(find(frame)), false));
    else await inAllFrames((frame) => wait(find(frame).first(), false));
  } catch (error) {
    const first: unknown = error instanceof AggregateError ? (error.errors.find((one) => !isTimeout(one)) ?? error.errors[0]) : error;
    if (!isTimeout(first)) throw first;
    throw new ActionFailed('timeout', `${what} was not ${state} within ${context.deadline.timeoutMs} ms.`, first);
  }
}

export const wait: Handler<'wait'> = async (action, context) => {
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
  } catch (error) {
    if (!isTimeout(error)) throw error;
    throw new ActionFailed('timeout', `The page did not reach ${loadState} within ${context.deadline.timeoutMs} ms.`, error);
  }
  return { message: `The page has reached ${loadState}` };
};
