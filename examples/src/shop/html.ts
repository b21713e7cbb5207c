/** Markup that may be sent as it is: everything in it that came from outside has been escaped. */
export class Html {
  readonly #markup: string;

  constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}

type Part = Html | string | number | false | undefined | readonly Part[];

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text as markup, fit for element content and for quoted attribute values. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);

function render(part: Part): string {
  if (part instanceof Html) return part.toString();
  if (part === false || part === undefined) return '';
  if (typeof part === 'object') return part.map(render).join('');
  return escapeHtml(String(part));
}

/**
 * Makes markup from a template. What is put in is escaped, unless it is markup itself; lists are joined; `false` and `undefined` give
 * nothing.
 *
 * @example
 * html`<p class="${kind}">${name}</p>${isOpen && html`<b>open</b>`}`
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((markup, text, index) => `${markup}${render(parts[index - 1])}${text}`));
}
