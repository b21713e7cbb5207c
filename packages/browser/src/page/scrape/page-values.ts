/// <reference lib="dom" />

/** Where a value is on the page. */
export type Plan =
  | { kind: 'text'; selector?: string; attribute?: string }
  /** Whether the selector matches, or the attribute is there. */
  | { kind: 'presence'; selector?: string; attribute?: string }
  | { kind: 'list'; selector: string; item: Plan }
  | { kind: 'record'; selector?: string; fields: [name: string, plan: Plan][] };

/** What was found: texts, in the shape of the plan; a record is a list of its names and values. */
export type Found = string | boolean | null | Found[] | { entries: [name: string, value: Found][] };

export interface PageValues {
  value: Found;
  /** The selector that is not CSS, if one is not. */
  badSelector?: string;
  /** There was more than may be taken. */
  isTooMuch: boolean;
}

/** Runs in the page, in an isolated world. */
export function readValues({ plan, maxItems, maxChars }: { plan: Plan; maxItems: number; maxChars: number }): PageValues {
  let badSelector: string | undefined;
  let items = 0;
  let chars = 0;
  const roots = (root: ParentNode): ParentNode[] => {
    const inner = [...root.querySelectorAll('*')].flatMap((element) => (element.shadowRoot === null ? [] : roots(element.shadowRoot)));
    return [root, ...inner];
  };
  const matches = (root: ParentNode, selector: string): Element[] => {
    try {
      const plain = [...root.querySelectorAll(selector)];
      return plain.length > 0 ? plain : roots(root).flatMap((inner) => [...inner.querySelectorAll(selector)]);
    } catch {
      badSelector ??= selector;
      return [];
    }
  };
  const first = (root: ParentNode, selector: string | undefined): Element | undefined => {
    if (selector !== undefined) return matches(root, selector)[0];
    return root instanceof Element ? root : document.documentElement;
  };
  const textOf = (element: Element): string => {
    if (element instanceof HTMLInputElement) return element.type === 'password' ? '' : element.value;
    if (element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement) return element.value;
    return (element instanceof HTMLElement ? element.innerText : (element.textContent ?? '')).trim();
  };
  const attributeOf = (element: Element, name: string): string | null => {
    const value = element.getAttribute(name);
    if (value === null || !['href', 'src', 'action', 'poster'].includes(name)) return value;
    try {
      return new URL(value, element.baseURI).href;
    } catch {
      return value;
    }
  };
  const read = (root: ParentNode, step: Plan): Found => {
    items += 1;
    if (items > maxItems || chars > maxChars) return null;
    if (step.kind === 'list')
      return matches(root, step.selector).flatMap((element) => (items > maxItems ? [] : [read(element, step.item)]));
    const element = first(root, step.selector);
    if (step.kind === 'presence') return element !== undefined && (step.attribute === undefined || element.hasAttribute(step.attribute));
    if (element === undefined) return null;
    if (step.kind === 'record')
      return { entries: step.fields.map(([name, field]) => [name, read(step.selector === undefined ? root : element, field)]) };
    const text = step.attribute === undefined ? textOf(element) : attributeOf(element, step.attribute);
    chars += text?.length ?? 0;
    return text;
  };
  const value = read(document, plan);
  return { value, ...(badSelector === undefined ? {} : { badSelector }), isTooMuch: items > maxItems || chars > maxChars };
}
