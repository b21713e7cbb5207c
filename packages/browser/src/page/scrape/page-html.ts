/// <reference lib="dom" />

export interface PageHtml {
  url: string;
  title: string;
  /** The visible content: links and images with absolute URLs, shadow roots and frames of the same origin laid out in place. */
  html: string;
  /** The page has more than `maxChars`. */
  isCut: boolean;
  /** Why there is nothing of what was selected. */
  unselected?: 'not_css' | 'no_match';
}

export interface PageHtmlOptions {
  maxChars: number;
  maxDepth: number;
  /** Only what this CSS selector matches. */
  selector?: string | undefined;
  /** Whether a link says where it leads. */
  withTargets: boolean;
}

/**
 * Runs in the page, in an isolated world: writes down what a reader would see. Left out are scripts, styles, comments and what is hidden,
 * which is where text that only a machine would read hides.
 */
export function serializePage({ maxChars, maxDepth, selector, withTargets }: PageHtmlOptions): PageHtml {
  const skipped = new Set(['script', 'style', 'noscript', 'template', 'head', 'svg', 'canvas', 'object', 'embed', 'audio', 'video']);
  const voids = new Set(['br', 'hr', 'img', 'wbr', 'input', 'col', 'area', 'source', 'track', 'link', 'meta']);
  const kept = ['id', 'class', 'role', 'alt', 'colspan', 'rowspan', 'start', 'itemprop', 'rel', 'datetime', 'align', 'lang'];
  const parts: string[] = [];
  let chars = 0;
  const write = (text: string) => {
    if (chars < maxChars) parts.push(text);
    chars += text.length;
  };
  const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
  const absolute = (element: Element) => {
    const name = element.hasAttribute('href') ? 'href' : 'src';
    const given = element.getAttribute(name);
    if (given === null || !['a', 'img', 'area'].includes(element.localName) || (name === 'href' && !withTargets)) return '';
    try {
      const { href } = new URL(given, element.baseURI);
      return href.startsWith('data:') ? '' : ` ${name}="${escaped(href)}"`;
    } catch {
      return ''; // not a URL
    }
  };
  const childrenOf = (element: Element): Iterable<Node> => {
    if (element instanceof HTMLSlotElement && element.assignedNodes().length > 0) return element.assignedNodes({ flatten: true });
    if (element instanceof HTMLIFrameElement) return element.contentDocument?.body?.childNodes ?? [];
    return (element.shadowRoot ?? element).childNodes;
  };
  const attributesOf = (element: Element) => {
    const given = kept.flatMap((attribute) => {
      const value = element.getAttribute(attribute);
      return value === null ? [] : [` ${attribute}="${escaped(value)}"`];
    });
    return given.join('') + absolute(element);
  };
  const isLeftOut = (element: Element) =>
    skipped.has(element.localName) || (element.localName !== 'slot' && !element.checkVisibility({ visibilityProperty: true }));
  const visit = (node: Node, depth: number) => {
    if (chars >= maxChars) return;
    if (node.nodeType === Node.TEXT_NODE) write(escaped(node.nodeValue ?? ''));
    if (node.nodeType === Node.ELEMENT_NODE) visitElement(node as Element, depth);
  };
  const visitElement = (element: Element, depth: number) => {
    if (isLeftOut(element)) return;
    if (depth > maxDepth) {
      write(escaped(element.textContent ?? ''));
      return;
    }
    const { localName } = element;
    const isPlain = !['html', 'body', 'iframe', 'slot'].includes(localName) && /^[a-z][a-z0-9]*$/.test(localName);
    const name = isPlain ? localName : 'div';
    write(`<${name}${attributesOf(element)}>`);
    if (voids.has(name)) return;
    for (const child of childrenOf(element)) visit(child, depth + 1);
    write(`</${name}>`);
  };
  const matches = (root: ParentNode, css: string): Element[] => {
    const plain = [...root.querySelectorAll(css)];
    if (plain.length > 0) return plain;
    return [...root.querySelectorAll('*')].flatMap((element) => (element.shadowRoot === null ? [] : matches(element.shadowRoot, css)));
  };
  const visitMatches = (css: string): PageHtml['unselected'] => {
    let found: Element[];
    try {
      found = matches(document, css);
    } catch {
      return 'not_css';
    }
    let last: Element | undefined;
    for (const element of found) {
      if (last?.contains(element)) continue; // it is written with the one that it is in
      last = element;
      visit(element, 0);
    }
    return found.length === 0 ? 'no_match' : undefined;
  };
  let unselected: PageHtml['unselected'];
  if (selector !== undefined) unselected = visitMatches(selector);
  else if (document.body !== null) for (const child of document.body.childNodes) visit(child, 0);
  const page = { url: location.href, title: document.title, html: parts.join(''), isCut: chars >= maxChars };
  return unselected === undefined ? page : { ...page, unselected };
}
