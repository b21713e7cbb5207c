import type { PageView } from '../../model.js';
import { type Collection, collectionsIn, headingsOver, isContent } from './collections.js';
import { type Control, controlsIn, type Field, fieldsIn } from './forms.js';
import { attributesIn, type Item } from './item.js';
import { nodesIn, type PageNode, parseSnapshot, textOf } from './snapshot.js';

/** A heading and what stands under it, up to the next heading of its level. */
export interface Section {
  readonly heading: string;
  readonly level: number;
  readonly paragraphs: readonly string[];
}

/** A page as a reader takes it in: not where things are, but what they are. */
export interface Page {
  readonly url: string;
  readonly title: string;
  /** Its main heading; empty: it has none. */
  readonly heading: string;
  readonly collections: readonly Collection[];
  readonly fields: readonly Field[];
  readonly controls: readonly Control[];
  readonly sections: readonly Section[];
  /** What the page says at once to somebody who has done something: alerts and statuses. */
  readonly notices: readonly string[];
  /** What the page as a whole is about: its heading, with all that it says of it. */
  readonly subject: Item;
}

/** No page has been opened yet. */
export const isBlank = ({ url }: Page): boolean => url === '' || url.startsWith('about:');

const NOTICES = new Set(['alert', 'status']);
const NOT_PROSE = new Set(['list', 'table', 'grid', 'navigation', 'banner', 'contentinfo', 'search', 'complementary']);
const PROSE = new Set(['paragraph', 'listitem', 'blockquote', 'code', 'definition', 'text', 'generic', 'cell', 'row', 'strong']);

export function readPage({ observation }: PageView): Page {
  const { url, title } = observation.metadata;
  const root = parseSnapshot(observation.snapshot);
  const nodes = [...nodesIn(root)];
  const over = headingsOver(root);
  const headings = nodes.filter(({ role }) => role === 'heading');
  const main = headings.find(({ level, name }) => level === 1 && name !== '') ?? headings.find(isContent);
  const heading = main === undefined ? '' : textOf(main);
  const body = nodes.find(({ role }) => role === 'main') ?? root;
  return {
    url,
    title,
    heading,
    collections: collectionsIn(root, { over, url }),
    fields: fieldsIn(root),
    controls: controlsIn(root),
    sections: sectionsIn(body),
    notices: nodes
      .filter(({ role, name }) => NOTICES.has(role) && name === '')
      .map(textOf)
      .filter((text) => /\p{L}/u.test(text)),
    subject: {
      title: heading || title,
      url,
      attributes: attributesIn(body, heading || title, (node) => NOT_PROSE.has(node.role) || node.role === 'heading'),
      group: '',
    },
  };
}

const MAX_SECTIONS = 1_000;

/** Prose in the order of the page, under its headings; what stands before the first is under none. */
function sectionsIn(body: PageNode): Section[] {
  const flat: { heading: string; level: number; paragraphs: string[] }[] = [{ heading: '', level: 0, paragraphs: [] }];
  const divided = dividedIn(body);
  const walk = (node: PageNode): void => {
    if (node.role === 'heading') {
      if (flat.length < MAX_SECTIONS) flat.push({ heading: textOf(node), level: node.level ?? 2, paragraphs: [] });
      return;
    }
    if (['navigation', 'banner', 'contentinfo', 'search', 'button', 'combobox', 'textbox'].includes(node.role)) return;
    if (PROSE.has(node.role) && !divided.has(node)) {
      const text = textOf(node);
      if (text !== '') flat.at(-1)?.paragraphs.push(text);
      return;
    }
    for (const child of node.children) walk(child);
  };
  walk(body);
  return flat
    .map((section, index) => {
      // What is under its subheadings belongs to it as well.
      const end = flat.findIndex((other, at) => at > index && other.level <= section.level);
      const parts = section.level === 0 ? [section] : flat.slice(index, end === -1 ? undefined : end);
      return { ...section, paragraphs: parts.flatMap(({ heading, paragraphs }, at) => (at === 0 ? paragraphs : [heading, ...paragraphs])) };
    })
    .filter(({ heading, paragraphs }) => heading !== '' || paragraphs.length > 0);
}

/** The nodes that have a heading or a block of text below them. */
function dividedIn(body: PageNode): ReadonlySet<PageNode> {
  const divided = new Set<PageNode>();
  for (const node of nodesIn(body)) {
    if (node.role !== 'heading' && !BLOCKS.has(node.role)) continue;
    for (let above = node.parent; above !== null && !divided.has(above); above = above.parent) divided.add(above);
  }
  return divided;
}

const BLOCKS = new Set([
  'paragraph',
  'listitem',
  'row',
  'blockquote',
  'list',
  'table',
  'article',
  'region',
  'main',
  'form',
  'group',
  'definition',
]);
