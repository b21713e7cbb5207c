import type { Locator } from 'playwright-core';
import { type ActionContext, waiting } from './action-context.js';

/** What is shown to those who watch takes no longer from the time of an action. */
const POINT_MS = 1_000;

interface Where {
  /** In the element, from its top left corner; its middle when left out. */
  position?: { x: number; y: number } | undefined;
}

/** Tells those who watch, if anybody does, where an action is about to press or move to. */
export async function point(context: ActionContext, locator: Locator, kind: 'move' | 'click', { position }: Where = {}): Promise<void> {
  const { pointer, tab, deadline } = context;
  if (!pointer.isFollowed) return;
  const options = { ...waiting(context), timeout: Math.min(POINT_MS, deadline.remainingOrOneMs) };
  try {
    await locator.scrollIntoViewIfNeeded(options);
    const box = await locator.boundingBox(options);
    if (box === null) return;
    const at = position ?? { x: box.width / 2, y: box.height / 2 };
    pointer.tell({ tabId: tab.id, x: box.x + at.x, y: box.y + at.y, kind, by: 'agent' });
  } catch {
    // The action, which comes now, says itself what is wrong with its element.
  }
}
