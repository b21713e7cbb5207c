/** Markup that may be sent as it is: everything in it that came from outside has been escaped. */
export declare class Html {
    #private;
    constructor(markup: string);
    toString(): string;
}
type Part = Html | string | number | false | undefined | readonly Part[];
/** Text as markup, fit for element content and for quoted attribute values. */
export declare const escapeHtml: (text: string) => string;
/**
 * Makes markup from a template. What is put in is escaped, unless it is markup itself; lists are joined; `false` and `undefined` give
 * nothing.
 *
 * @example
 * html`<p class="${kind}">${name}</p>${isOpen && html`<b>open</b>`}`
 */
export declare function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html;
export {};
//# sourceMappingURL=html.d.ts.map