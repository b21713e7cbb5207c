/// <reference lib="dom" />
import type { CDPSession, Page } from 'playwright-core';
import { FrameSessions } from './frame-sessions.js';
import { type PaintedText, paintedTexts } from './painted-text.js';
import { keepSecret } from './secret-mask.js';

const WORLD = 'carrel-mask';
/** A page that shows it again each time is not run after for ever. */
const MAX_LOOKS = 3;

/** Where in a text something is that is to be hidden. */
export type FindSpans = (text: string) => Iterable<{ start: number; end: number }>;

/** What became of the text that was to be hidden: whether it was there at first, and whether it was there at last. */
export interface HiddenText {
  wasShown: boolean;
  isShown: boolean;
}

/**
 * Has a page show dots for all text that is to be hidden: where it is found in what the page has laid out, the element that has it draws
 * dots. What is looked for is not told to the page. It can notice, but only by the style of that element.
 */
export async function hideText(page: Page, find: FindSpans): Promise<HiddenText> {
  await using sessions = new FrameSessions(page);
  for (let looks = 0; ; looks++) {
    const shown: { session: CDPSession; painted: PaintedText; span: { start: number; end: number } }[] = [];
    for (const session of await sessions.all()) {
      for (const painted of await paintedTexts(session, { isDotsToo: false })) {
        for (const span of find(painted.text)) shown.push({ session, painted, span });
      }
    }
    if (shown.length === 0) return { wasShown: looks > 0, isShown: false };
    if (looks === MAX_LOOKS) return { wasShown: true, isShown: true };
    for (const { session, painted, span } of shown) {
      for (const backendNodeId of nodesIn(painted, span)) {
        await hideNode(session, painted.frameId, backendNodeId).catch(() => {
          // It has gone meanwhile, or cannot be hidden: the next look tells.
        });
      }
    }
  }
}

function nodesIn({ text, parts }: PaintedText, { start, end }: { start: number; end: number }): number[] {
  const isIn = (part: PaintedText['parts'][number], n: number) => part.start < end && (parts[n + 1]?.start ?? text.length) > start;
  return parts.filter(isIn).map(({ backendNodeId }) => backendNodeId);
}

async function hideNode(session: CDPSession, frameId: string, backendNodeId: number): Promise<void> {
  const { executionContextId } = await session.send('Page.createIsolatedWorld', { frameId, worldName: WORLD });
  const { object } = await session.send('DOM.resolveNode', { backendNodeId, executionContextId });
  if (object.objectId === undefined) return;
  const { objectId } = object;
  for (const run of [keepSecret, hide]) await session.send('Runtime.callFunctionOn', { objectId, functionDeclaration: run.toString() });
  await session.send('Runtime.releaseObject', { objectId });
}

/** Runs in our world. */
function hide(this: Node): void {
  const root = this.getRootNode();
  const element = this instanceof Element ? this : (this.parentElement ?? (root instanceof ShadowRoot ? root.host : null));
  if (element instanceof HTMLElement || element instanceof SVGElement) {
    element.style.setProperty('-webkit-text-security', 'disc', 'important');
  }
}
