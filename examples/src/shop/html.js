/** Markup that may be sent as it is: everything in it that came from outside has been escaped. */
export class Html {
    #markup;
    constructor(markup) {
        this.#markup = markup;
    }
    toString() {
        return this.#markup;
    }
}
const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** Text as markup, fit for element content and for quoted attribute values. */
export const escapeHtml = (text) => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
function render(part) {
    if (part instanceof Html)
        return part.toString();
    if (part === false || part === undefined)
        return '';
    if (typeof part === 'object')
        return part.map(render).join('');
    return escapeHtml(String(part));
}
/**
 * Makes markup from a template. What is put in is escaped, unless it is markup itself; lists are joined; `false` and `undefined` give
 * nothing.
 *
 * @example
 * html`<p class="${kind}">${name}</p>${isOpen && html`<b>open</b>`}`
 */
export function html(strings, ...parts) {
    return new Html(strings.reduce((markup, text, index) => `${markup}${render(parts[index - 1])}${text}`));
}
//# sourceMappingURL=html.js.map