/// <reference lib="dom" />
import { type Page, selectors } from 'playwright-core';

/** What the accessibility snapshot does not say of an element. */
export interface ElementFacts {
  isReadonly: boolean;
  isRequired: boolean;
  isPassword: boolean;
  /** The element itself is what `contenteditable` makes editable. */
  isEditable: boolean;
  /** Where the content of the element begins, from the corner of its box: for iframes. */
  inset: { x: number; y: number };
}

const ENGINE = 'carrel-refs';
/** Refs asked for in one call. */
const CHUNK = 2_000;

/**
 * Finds many elements of a frame by ref at once, in the order asked for; an empty element stands in for each that is gone, so that answers
 * stay in step. Playwright keeps an element's ref as `_ariaRef` on the element, in its own isolated world, where no page can see or change
 * it; that world is where this runs.
 */
const engine = () => ({
  query: () => null,
  queryAll: (root: Document | Element, body: string) => {
    const owner = root instanceof Document ? root : root.ownerDocument;
    const byRef = new Map<string, Element>();
    const visit = (node: ParentNode) => {
      for (const element of node.querySelectorAll('*')) {
        const seen = (element as Element & { _ariaRef?: { ref: string } })._ariaRef;
        if (seen !== undefined) byRef.set(seen.ref, element);
        if (element.shadowRoot !== null) visit(element.shadowRoot);
      }
    };
    visit(owner);
    return body.split(',').map((ref) => byRef.get(ref) ?? owner.createElement('i'));
  },
});

let registration: Promise<void> | undefined;

/** Makes the engine known to Playwright: once in a process, and before the first connection. */
export function registerFactsEngine(): Promise<void> {
  registration ??= selectors.register(ENGINE, engine, { contentScript: true });
  return registration;
}

/** Runs in the page: one row of numbers for each element. */
const readFacts = (elements: Element[]) =>
  elements.map((element) => {
    const field = element as HTMLInputElement;
    const is = (attribute: string) => element.getAttribute(`aria-${attribute}`) === 'true';
    const flags = [
      field.readOnly === true || is('readonly'),
      field.required === true || is('required'),
      field.type === 'password',
      (element as HTMLElement).isContentEditable === true && element.parentElement?.isContentEditable !== true,
    ];
    const bits = flags.reduce((sum, flag, index) => sum + (flag ? 1 << index : 0), 0);
    const style = element.localName === 'iframe' ? getComputedStyle(element) : undefined;
    const x = element.clientLeft + (style === undefined ? 0 : Number.parseFloat(style.paddingLeft));
    const y = element.clientTop + (style === undefined ? 0 : Number.parseFloat(style.paddingTop));
    return [bits, x, y];
  });

/**
 * Reads the facts of the elements with these refs, which may be of several frames. Refs whose frame has gone are left out.
 * @throws when the page does not answer in time
 */
export async function readElementFacts(page: Page, refs: readonly string[], signal: AbortSignal): Promise<Map<string, ElementFacts>> {
  const facts = new Map<string, ElementFacts>();
  await Promise.all(
    chunksByFrame(refs).map(async ([first, chunk]) => {
      const elements = page.getByRef(first).locator(`${ENGINE}=${chunk.join(',')}`);
      const rows: unknown = await elements.evaluateAll(readFacts).catch((error: unknown) => {
        signal.throwIfAborted();
        if (page.isClosed()) throw error;
        console.log(error);
        return []; // the frame went away or on to another page: its elements are stale anyway
      });
      for (const [index, ref] of chunk.entries()) facts.set(ref, toFacts(Array.isArray(rows) ? rows[index] : undefined));
    }),
  );
  return facts;
}

/** The refs of each frame, some at a time, each with a ref that leads to the frame. */
function chunksByFrame(refs: readonly string[]): [first: string, chunk: string[]][] {
  const byFrame = new Map<string, string[]>();
  for (const ref of refs) {
    const frame = ref.slice(0, ref.lastIndexOf('e'));
    const list = byFrame.get(frame);
    if (list === undefined) byFrame.set(frame, [ref]);
    else list.push(ref);
  }
  const chunks: [string, string[]][] = [];
  for (const list of byFrame.values()) {
    for (let start = 0; start < list.length; start += CHUNK) chunks.push([list[0] ?? '', list.slice(start, start + CHUNK)]);
  }
  return chunks;
}

/** The answer comes from the page's own world: it is checked, and what does not fit counts as a password, which is never shown. */
function toFacts(row: unknown): ElementFacts {
  const [bits, x, y] = Array.isArray(row) ? row : [];
  if (typeof bits !== 'number') return { isReadonly: false, isRequired: false, isPassword: true, isEditable: false, inset: { x: 0, y: 0 } };
  return {
    isReadonly: (bits & 1) !== 0,
    isRequired: (bits & 2) !== 0,
    isPassword: (bits & 4) !== 0,
    isEditable: (bits & 8) !== 0,
    inset: { x: typeof x === 'number' ? x : 0, y: typeof y === 'number' ? y : 0 },
  };
}
