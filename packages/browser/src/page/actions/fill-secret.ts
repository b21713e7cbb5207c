/// <reference lib="dom" />
import type { CDPSession, ElementHandle, Page } from 'playwright-core';
import { FrameSessions } from '../frame-sessions.js';
import { keepSecret } from '../secret-mask.js';
import { type ActionContext, ActionFailed, type Done, waiting } from './action-context.js';
import { labelOf, locate } from './place.js';
import { point } from './point.js';

/** A value that is filled in only where it belongs. */
export interface SecretFill {
  /** The element, of the last observation of the active tab. */
  ref: string;
  value: string;
  /** Whether it belongs to pages of this origin; `null` is that of sandboxed frames and `data:` URLs. */
  isAllowed: (origin: string) => boolean;
  /** Only into a field that shows dots and of which nothing can be copied. */
  isPassword?: boolean;
}

const WORLD = 'carrel-secrets';

const REFUSALS: Readonly<Record<string, string>> = {
  kind: 'is not a field for text: choose the input itself',
  shown: 'would show the password: it is filled only into an input of type=password; choose that one',
  gone: 'has gone to another page meanwhile: observe again',
  refused: 'did not take it',
};

/**
 * Fills in a secret. What counts is the origin that Chromium itself gives the document of the element, and that of the page in the tab: both
 * are asked in a JavaScript world that the page cannot reach. The element is held by an object of that document's own context, so that what
 * is filled is what was checked, wherever the frame or the tab goes meanwhile; no key is pressed, which would go wherever the focus is.
 */
export async function fillSecret({ ref, value, isAllowed, isPassword = false }: SecretFill, context: ActionContext): Promise<Done> {
  const label = labelOf(context.tab, { ref });
  const page = await context.page();
  const locator = await locate(context, { ref });
  await point(context, locator, 'click');
  const handle = await locator.elementHandle(waiting(context));
  await handle.waitForElementState('visible', waiting(context));
  await handle.waitForElementState('editable', waiting(context));
  await using sessions = new FrameSessions(page);
  const frame = await handle.ownerFrame();
  const found = frame === null ? undefined : await findInWorld(await sessions.of(frame), handle);
  if (found === undefined) throw new ActionFailed('stale_ref', `${label} has gone from the page: observe again.`);
  const origin = await found.call(originOf, []);
  for (const one of [origin, await originOfTab(await sessions.main())]) {
    if (!isAllowed(one)) throw foreign(label, one, page);
  }
  // One for text shows what is in it from the first moment.
  if (!isPassword) await found.call(keepSecret, []);
  const outcome = await found.call(fillField, [origin, value, isPassword ? 'password' : 'text']);
  if (outcome === 'filled') {
    await found.call(keepSecret, []).catch(() => {
      // It has gone to another page, and the field with it.
    });
    return { message: `Filled ${label}` };
  }
  throw new ActionFailed('not_actionable', `${label} ${REFUSALS[outcome] ?? 'was not filled in'}.`);
}

function foreign(label: string, origin: string, page: Page): ActionFailed {
  const where = origin === 'null' ? 'a page without an origin (sandboxed, or of a data: URL)' : `a page of ${origin}`;
  const tab = `the tab is at ${new URL(page.url()).origin}`;
  return new ActionFailed('not_actionable', `Nothing was filled in: ${label} is in ${where}, ${tab}; the value does not belong there.`);
}

/** An element, as an object of a world of our own in its frame. */
interface Found {
  call<A extends readonly string[]>(run: (this: Element, ...given: A) => string, given: A): Promise<string>;
}

/** Runs in our world. Empty: the element is in no page any more. */
function originOf(this: Element): string {
  const view = this.ownerDocument.defaultView;
  return view === null || !this.isConnected || view.origin !== self.origin ? '' : self.origin;
}

/** Runs in our world: `value =` is the browser's own there, whatever the page has made of its. */
function fillField(this: Element, origin: string, value: string, kind: string): string {
  const types = ['text', 'email', 'tel', 'url', 'search', 'password', 'number'];
  const isField = this instanceof HTMLTextAreaElement || (this instanceof HTMLInputElement && types.includes(this.type));
  if (!isField || this.disabled || this.readOnly) return 'kind';
  if (kind === 'password' && this.type !== 'password') return 'shown';
  if (!this.isConnected || this.ownerDocument.defaultView?.origin !== origin) return 'gone';
  this.focus();
  this.select();
  const root = this.getRootNode() as Document | ShadowRoot;
  // As if typed, so that the page hears of it by events that it trusts. It goes where the focus of this document is, and no further.
  if (root.activeElement === this) this.ownerDocument.execCommand('insertText', false, value);
  if (this.value !== value) {
    this.value = value;
    this.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true, inputType: 'insertText' }));
  }
  this.dispatchEvent(new Event('change', { bubbles: true }));
  return this.value === '' ? 'refused' : 'filled';
}

/**
 * Finds the element of a handle in a world of ours, by an event that the handle sends in the page's world under a name that nobody could
 * know before. A page that plays tricks with it makes us find another element of the same process, whose own origin is what is checked.
 */
async function findInWorld(session: CDPSession, handle: ElementHandle): Promise<Found | undefined> {
  const name = `carrel-${crypto.randomUUID()}`;
  const worlds: number[] = [];
  for (const frameId of await localFrames(session)) {
    const world = await worldIn(session, frameId);
    if (world === undefined) continue;
    worlds.push(world);
    await evaluateIn(session, world, listenFor, name);
  }
  await handle.evaluate((element, type) => {
    element.dispatchEvent(new Event(type, { composed: true }));
  }, name);
  let found: Found | undefined;
  for (const world of worlds) {
    const { objectId, subtype } = await evaluateIn(session, world, takeFound, name);
    if (objectId !== undefined && subtype === 'node') found ??= { call: (run, given) => callOn(session, objectId, run.toString(), given) };
  }
  return found;
}

async function localFrames(session: CDPSession): Promise<string[]> {
  const { frameTree } = await session.send('Page.getFrameTree');
  const ids: string[] = [];
  const stack = [frameTree];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    ids.push(node.frame.id);
    stack.push(...(node.childFrames ?? []));
  }
  return ids;
}

/** Undefined for a frame that has gone meanwhile: what was in it is not found then. */
async function worldIn(session: CDPSession, frameId: string): Promise<number | undefined> {
  return await session.send('Page.createIsolatedWorld', { frameId, worldName: WORLD }).then(
    ({ executionContextId }) => executionContextId,
    () => undefined,
  );
}

/** Runs in our world: remembers what an event of that name is sent to. */
function listenFor(name: string): void {
  const remember = (event: Event) => {
    Object.assign(globalThis, { [name]: event.composedPath()[0] });
  };
  addEventListener(name, remember, { capture: true, once: true });
}

/** Runs in our world: what was remembered, once. */
function takeFound(name: string): unknown {
  const world = globalThis as Record<string, unknown>;
  const found = world[name];
  delete world[name];
  return found;
}

async function evaluateIn(session: CDPSession, executionContextId: number, run: (name: string) => unknown, name: string) {
  const functionDeclaration = run.toString();
  const { result } = await session.send('Runtime.callFunctionOn', {
    functionDeclaration,
    executionContextId,
    arguments: [{ value: name }],
  });
  return result;
}

async function callOn(session: CDPSession, objectId: string, functionDeclaration: string, given: readonly string[]): Promise<string> {
  const { result } = await session.send('Runtime.callFunctionOn', {
    functionDeclaration,
    objectId,
    arguments: given.map((value) => ({ value })),
    returnByValue: true,
    userGesture: true,
  });
  return String(result.value);
}

/** Of the page in the tab. Empty: it is about to be another. */
async function originOfTab(session: CDPSession): Promise<string> {
  const { frameTree } = await session.send('Page.getFrameTree');
  const executionContextId = await worldIn(session, frameTree.frame.id);
  if (executionContextId === undefined) return '';
  const { value } = await evaluateIn(session, executionContextId, () => self.origin, '');
  return String(value);
}
