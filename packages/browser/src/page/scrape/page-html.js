/// <reference lib="dom" />
/**
 * Runs in the page, in an isolated world: writes down what a reader would see. Left out are scripts, styles, comments and what is hidden,
 * which is where text that only a machine would read hides.
 */
export function serializePage({ maxChars, maxDepth }) {
    const skipped = new Set(['script', 'style', 'noscript', 'template', 'head', 'svg', 'canvas', 'object', 'embed', 'audio', 'video']);
    const voids = new Set(['br', 'hr', 'img', 'wbr', 'input', 'col', 'area', 'source', 'track', 'link', 'meta']);
    const kept = ['id', 'class', 'role', 'alt', 'colspan', 'rowspan', 'start', 'itemprop', 'rel', 'datetime', 'align', 'lang'];
    const parts = [];
    let chars = 0;
    const write = (text) => {
        if (chars < maxChars)
            parts.push(text);
        chars += text.length;
    };
    const escaped = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
    const absolute = (element) => {
        const name = element.hasAttribute('href') ? 'href' : 'src';
        const given = element.getAttribute(name);
        if (given === null || !['a', 'img', 'area'].includes(element.localName))
            return '';
        try {
            const { href } = new URL(given, element.baseURI);
            return href.startsWith('data:') ? '' : ` ${name}="${escaped(href)}"`;
        }
        catch {
            return ''; // not a URL
        }
    };
    const childrenOf = (element) => {
        if (element instanceof HTMLSlotElement && element.assignedNodes().length > 0)
            return element.assignedNodes({ flatten: true });
        if (element instanceof HTMLIFrameElement)
            return element.contentDocument?.body?.childNodes ?? [];
        return (element.shadowRoot ?? element).childNodes;
    };
    const attributesOf = (element) => {
        const given = kept.flatMap((attribute) => {
            const value = element.getAttribute(attribute);
            return value === null ? [] : [` ${attribute}="${escaped(value)}"`];
        });
        return given.join('') + absolute(element);
    };
    const isLeftOut = (element) => skipped.has(element.localName) || (element.localName !== 'slot' && !element.checkVisibility({ visibilityProperty: true }));
    const visit = (node, depth) => {
        if (chars >= maxChars)
            return;
        if (node.nodeType === Node.TEXT_NODE)
            write(escaped(node.nodeValue ?? ''));
        if (node.nodeType === Node.ELEMENT_NODE)
            visitElement(node, depth);
    };
    const visitElement = (element, depth) => {
        if (isLeftOut(element))
            return;
        if (depth > maxDepth) {
            write(escaped(element.textContent ?? ''));
            return;
        }
        const { localName } = element;
        const isPlain = localName !== 'iframe' && localName !== 'slot' && /^[a-z][a-z0-9]*$/.test(localName);
        const name = isPlain ? localName : 'div';
        write(`<${name}${attributesOf(element)}>`);
        if (voids.has(name))
            return;
        for (const child of childrenOf(element))
            visit(child, depth + 1);
        write(`</${name}>`);
    };
    if (document.body !== null)
        for (const child of document.body.childNodes)
            visit(child, 0);
    return { url: location.href, title: document.title, html: parts.join(''), isCut: chars >= maxChars };
}
//# sourceMappingURL=page-html.js.map