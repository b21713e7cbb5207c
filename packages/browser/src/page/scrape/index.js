import { CarrelError } from '@carrel/protocol';
import { attend, readingError } from '../attend.js';
import { Deadline } from '../deadline.js';
import { runIsolated } from '../isolated-world.js';
import { serializePage } from './page-html.js';
import { readValues } from './page-values.js';
import { readHtml } from './reader.js';
import { planOf, toTyped } from './schema.js';
const MAX_HTML_CHARS = 4_000_000;
const MAX_HTML_DEPTH = 400;
const MAX_VALUES = 50_000;
const MAX_VALUE_CHARS = 5_000_000;
const MAX_LINKS = 5_000;
/** Cuts at a line end near `maxChars`. */
export function cutAtLine(text, maxChars) {
    if (text.length <= maxChars)
        return { text, wholeChars: 0 };
    const end = text.lastIndexOf('\n', maxChars);
    const cut = text.slice(0, end > maxChars / 2 ? end : maxChars);
    return { text: cut.replace(/[\ud800-\udbff]$/, ''), wholeChars: text.length };
}
async function readPage(session, tab, onlyMainContent, deadline) {
    const page = await runIsolated(session, tab, deadline, serializePage, { maxChars: MAX_HTML_CHARS, maxDepth: MAX_HTML_DEPTH });
    return { ...page, ...(await readHtml({ html: page.html, onlyMainContent }, deadline.remainingOrOneMs)) };
}
/** The content of a tab as Markdown. The caller watches over the tab. */
export async function readMarkdown(session, tab, options, deadline) {
    const { markdown } = await readPage(session, tab, options.onlyMainContent, deadline);
    return cutAtLine(markdown, options.maxChars);
}
/**
 * Reads a tab: Markdown, links, values by selector.
 * @throws {CarrelError} `needs_model` when the schema asks for a value without saying where it is, `invalid_request` for a selector that is
 * not CSS, `page_unresponsive`, `browser_crashed`, `not_found`
 */
export async function scrape(session, tab, request, signal) {
    const deadline = new Deadline(request.timeoutMs);
    const fieldsPlan = request.fields === undefined ? undefined : planOfFields(request.fields);
    const schemaPlan = request.schema === undefined ? undefined : planOf(request.schema);
    const outcome = await attend(tab, deadline, signal, async () => {
        const [page, fields, data] = await Promise.all([
            readPage(session, tab, request.onlyMainContent, deadline),
            fieldsPlan === undefined ? undefined : valuesOf(session, tab, fieldsPlan, deadline),
            schemaPlan === undefined ? undefined : valuesOf(session, tab, schemaPlan, deadline),
        ]);
        return { page, fields, data };
    });
    if (outcome.kind !== 'done')
        throw readingError(outcome, tab, 'Reading the page', request.timeoutMs);
    const { page, fields, data } = outcome.value;
    const markdown = cutAtLine(page.markdown, request.maxChars);
    return {
        url: page.url,
        title: page.title,
        markdown: markdown.text,
        truncatedChars: markdown.wholeChars === 0 ? 0 : markdown.wholeChars - markdown.text.length,
        links: request.links ? uniqueLinks(page.links) : [],
        ...(fields === undefined ? {} : { fields: toFields(fields) }),
        ...(data === undefined ? {} : { data: toTyped(data, request.schema) }),
    };
}
function planOfFields(fields) {
    const planOfField = (given) => {
        const field = typeof given === 'string' ? { selector: given } : given;
        const attribute = field.attribute === undefined ? {} : { attribute: field.attribute };
        if (field.all === true)
            return { kind: 'list', selector: field.selector, item: { kind: 'text', ...attribute } };
        return { kind: 'text', selector: field.selector, ...attribute };
    };
    return { kind: 'record', fields: Object.entries(fields).map(([name, field]) => [name, planOfField(field)]) };
}
async function valuesOf(session, tab, plan, deadline) {
    const limits = { maxItems: MAX_VALUES, maxChars: MAX_VALUE_CHARS };
    const { value, badSelector, isTooMuch } = await runIsolated(session, tab, deadline, readValues, { plan, ...limits });
    if (badSelector !== undefined) {
        throw new CarrelError('invalid_request', `The selector ${JSON.stringify(badSelector)} is not valid CSS.`, {
            details: { selector: badSelector },
        });
    }
    if (isTooMuch) {
        throw new CarrelError('payload_too_large', `The selectors match more than ${MAX_VALUES} values or ${MAX_VALUE_CHARS} characters; choose narrower ones.`);
    }
    return value;
}
function toFields(found) {
    const entries = typeof found === 'object' && found !== null && !Array.isArray(found) ? found.entries : [];
    const text = (value) => (typeof value === 'string' ? value : null);
    return Object.fromEntries(entries.map(([name, value]) => [
        name,
        Array.isArray(value) ? value.flatMap((item) => (typeof item === 'string' ? [item] : [])) : text(value),
    ]));
}
function uniqueLinks(links) {
    const seen = new Set();
    return links
        .filter(({ text, url }) => {
        const key = `${url}\n${text}`;
        return !seen.has(key) && seen.add(key);
    })
        .slice(0, MAX_LINKS);
}
//# sourceMappingURL=index.js.map