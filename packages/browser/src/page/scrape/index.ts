import { CarrelError, type ScrapeField, type ScrapeRequest, type ScrapeResult } from '@carrel/protocol';
import type { CdpSession } from '../../cdp/index.js';
import { attend, readingError } from '../attend.js';
import { Deadline } from '../deadline.js';
import { runIsolated } from '../isolated-world.js';
import type { TabState } from '../tab.js';
import { serializePage } from './page-html.js';
import { type Found, type Plan, readValues } from './page-values.js';
import { readHtml } from './reader.js';
import { planOf, toTyped } from './schema.js';

const MAX_HTML_CHARS = 4_000_000;
const MAX_HTML_DEPTH = 400;
const MAX_VALUES = 50_000;
const MAX_VALUE_CHARS = 5_000_000;
const MAX_LINKS = 5_000;

export interface CutText {
  text: string;
  /** Characters of the whole, when `text` is only its beginning; else 0. */
  wholeChars: number;
}

/** Cuts at a line end near `maxChars`. */
export function cutAtLine(text: string, maxChars: number): CutText {
  if (text.length <= maxChars) return { text, wholeChars: 0 };
  const end = text.lastIndexOf('\n', maxChars);
  const cut = text.slice(0, end > maxChars / 2 ? end : maxChars);
  return { text: cut.replace(/[\ud800-\udbff]$/, ''), wholeChars: text.length };
}

/** What becomes Markdown of a page. */
export interface MarkdownScope {
  /** Leave out navigation, footers and the like. Of what a selector matches nothing is left out. */
  readonly onlyMainContent: boolean;
  /** Only what this CSS selector matches. */
  readonly selector?: string | undefined;
  /** Whether links say where they lead; by default they do. Those that do not are not listed. */
  readonly withTargets?: boolean | undefined;
}

async function readPage(session: CdpSession, tab: TabState, scope: MarkdownScope, deadline: Deadline) {
  const { selector, withTargets = true } = scope;
  const limits = { maxChars: MAX_HTML_CHARS, maxDepth: MAX_HTML_DEPTH };
  const page = await runIsolated(session, tab, deadline, serializePage, { ...limits, withTargets, ...(selector && { selector }) });
  if (page.unselected === 'not_css') throw notCss(selector);
  if (page.unselected === 'no_match') throw new CarrelError('invalid_request', `Nothing on the page matches ${JSON.stringify(selector)}.`);
  const onlyMainContent = scope.onlyMainContent && !selector;
  return { ...page, ...(await readHtml({ html: page.html, onlyMainContent }, deadline.remainingOrOneMs)) };
}

const notCss = (selector: string | undefined) =>
  new CarrelError('invalid_request', `The selector ${JSON.stringify(selector)} is not valid CSS.`, { details: { selector } });

/** The content of a tab as Markdown. The caller watches over the tab. */
export async function readMarkdown(
  session: CdpSession,
  tab: TabState,
  options: { onlyMainContent: boolean; maxChars: number },
  deadline: Deadline,
): Promise<CutText> {
  const { markdown } = await readPage(session, tab, { onlyMainContent: options.onlyMainContent }, deadline);
  return cutAtLine(markdown, options.maxChars);
}

/**
 * Reads a tab: Markdown, links, values by selector.
 * @throws {CarrelError} `needs_model` when the schema asks for a value without saying where it is, `invalid_request` for a selector that is
 * not CSS, or when nothing matches that of the scope, `page_unresponsive`, `browser_crashed`, `not_found`
 */
export async function scrape(
  session: CdpSession,
  tab: TabState,
  request: ScrapeRequest & MarkdownScope,
  signal?: AbortSignal,
): Promise<ScrapeResult> {
  const deadline = new Deadline(request.timeoutMs);
  const fieldsPlan = request.fields === undefined ? undefined : planOfFields(request.fields);
  const schemaPlan = request.schema === undefined ? undefined : planOf(request.schema);
  const outcome = await attend(tab, deadline, signal, async () => {
    const [page, fields, data] = await Promise.all([
      readPage(session, tab, request, deadline),
      fieldsPlan === undefined ? undefined : valuesOf(session, tab, fieldsPlan, deadline),
      schemaPlan === undefined ? undefined : valuesOf(session, tab, schemaPlan, deadline),
    ]);
    return { page, fields, data };
  });
  if (outcome.kind !== 'done') throw readingError(outcome, tab, 'Reading the page', request.timeoutMs);
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

function planOfFields(fields: Record<string, string | ScrapeField>): Plan {
  const planOfField = (given: string | ScrapeField): Plan => {
    const field = typeof given === 'string' ? { selector: given } : given;
    const attribute = field.attribute === undefined ? {} : { attribute: field.attribute };
    if (field.all === true) return { kind: 'list', selector: field.selector, item: { kind: 'text', ...attribute } };
    return { kind: 'text', selector: field.selector, ...attribute };
  };
  return { kind: 'record', fields: Object.entries(fields).map(([name, field]) => [name, planOfField(field)]) };
}

async function valuesOf(session: CdpSession, tab: TabState, plan: Plan, deadline: Deadline): Promise<Found> {
  const limits = { maxItems: MAX_VALUES, maxChars: MAX_VALUE_CHARS };
  const { value, badSelector, isTooMuch } = await runIsolated(session, tab, deadline, readValues, { plan, ...limits });
  if (badSelector !== undefined) throw notCss(badSelector);
  if (isTooMuch) {
    throw new CarrelError(
      'payload_too_large',
      `The selectors match more than ${MAX_VALUES} values or ${MAX_VALUE_CHARS} characters; choose narrower ones.`,
    );
  }
  return value;
}

function toFields(found: Found): NonNullable<ScrapeResult['fields']> {
  const entries = typeof found === 'object' && found !== null && !Array.isArray(found) ? found.entries : [];
  const text = (value: Found) => (typeof value === 'string' ? value : null);
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      Array.isArray(value) ? value.flatMap((item) => (typeof item === 'string' ? [item] : [])) : text(value),
    ]),
  );
}

function uniqueLinks(links: ScrapeResult['links']): ScrapeResult['links'] {
  const seen = new Set<string>();
  return links
    .filter(({ text, url }) => {
      const key = `${url}\n${text}`;
      return !seen.has(key) && seen.add(key);
    })
    .slice(0, MAX_LINKS);
}
