/// <reference lib="dom" />
/** Runs in the page, in an isolated world. */
export function readValues({ plan, maxItems, maxChars }) {
    let badSelector;
    let items = 0;
    let chars = 0;
    const roots = (root) => {
        const inner = [...root.querySelectorAll('*')].flatMap((element) => (element.shadowRoot === null ? [] : roots(element.shadowRoot)));
        return [root, ...inner];
    };
    const matches = (root, selector) => {
        try {
            const plain = [...root.querySelectorAll(selector)];
            return plain.length > 0 ? plain : roots(root).flatMap((inner) => [...inner.querySelectorAll(selector)]);
        }
        catch {
            badSelector ??= selector;
            return [];
        }
    };
    const first = (root, selector) => {
        if (selector !== undefined)
            return matches(root, selector)[0];
        return root instanceof Element ? root : document.documentElement;
    };
    const textOf = (element) => {
        if (element instanceof HTMLInputElement)
            return element.type === 'password' ? '' : element.value;
        if (element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement)
            return element.value;
        return (element instanceof HTMLElement ? element.innerText : (element.textContent ?? '')).trim();
    };
    const attributeOf = (element, name) => {
        const value = element.getAttribute(name);
        if (value === null || !['href', 'src', 'action', 'poster'].includes(name))
            return value;
        try {
            return new URL(value, element.baseURI).href;
        }
        catch {
            return value;
        }
    };
    const read = (root, step) => {
        items += 1;
        if (items > maxItems || chars > maxChars)
            return null;
        if (step.kind === 'list')
            return matches(root, step.selector).flatMap((element) => (items > maxItems ? [] : [read(element, step.item)]));
        const element = first(root, step.selector);
        if (step.kind === 'presence')
            return element !== undefined && (step.attribute === undefined || element.hasAttribute(step.attribute));
        if (element === undefined)
            return null;
        if (step.kind === 'record')
            return { entries: step.fields.map(([name, field]) => [name, read(step.selector === undefined ? root : element, field)]) };
        const text = step.attribute === undefined ? textOf(element) : attributeOf(element, step.attribute);
        chars += text?.length ?? 0;
        return text;
    };
    const value = read(document, plan);
    return { value, ...(badSelector === undefined ? {} : { badSelector }), isTooMuch: items > maxItems || chars > maxChars };
}
//# sourceMappingURL=page-values.js.map