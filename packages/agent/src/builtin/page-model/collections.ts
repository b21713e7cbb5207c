import { type Attribute, absoluteUrl, type Item, toItem } from './item.js';
import { nodesIn, type PageNode, textOf, within } from './snapshot.js';

/** Several things of a kind that a page shows: the rows of a table, the entries of a list, cards beside each other. */
export interface Collection {
  readonly kind: 'table' | 'list';
  /** What it stands under: headings from the nearest outwards, or its own name. */
  readonly labels: readonly string[];
  readonly columns: readonly string[];
  readonly items: readonly Item[];
  /** It is of the content, and not of navigation, header or foot. */
  readonly isContent: boolean;
}

const FRAME = new Set(['navigation', 'banner', 'contentinfo', 'menu', 'menubar', 'tablist', 'toolbar', 'complementary']);
const CELLS = new Set(['cell', 'gridcell', 'rowheader', 'columnheader']);
const TABLES = new Set(['table', 'grid', 'treegrid']);
const ENTRY_ROLES = new Set(['listitem', 'article']);

export const isContent = (node: PageNode): boolean => within(node, FRAME) === undefined && !FRAME.has(node.role);

/** For each node, the headings that it stands under, from the nearest outwards. */
export function headingsOver(root: PageNode): Map<PageNode, readonly string[]> {
  const over = new Map<PageNode, readonly string[]>();
  let open: { level: number; text: string }[] = [];
  for (const node of nodesIn(root)) {
    if (node.role === 'heading') {
      const level = node.level ?? 2;
      open = [{ level, text: textOf(node) }, ...open.filter((one) => one.level < level)];
    }
    over.set(
      node,
      open.map(({ text }) => text),
    );
  }
  return over;
}

interface Sight {
  readonly over: ReadonlyMap<PageNode, readonly string[]>;
  readonly url: string;
}

export function collectionsIn(root: PageNode, sight: Sight): Collection[] {
  const found: Collection[] = [];
  const taken = new Set<PageNode>();
  for (const node of nodesIn(root)) {
    if (node.parent !== null && taken.has(node.parent)) {
      taken.add(node);
      continue;
    }
    const collection = TABLES.has(node.role) ? tableAt(node, sight) : listAt(node, sight);
    if (collection === null) continue;
    found.push(collection);
    if (TABLES.has(node.role)) taken.add(node);
  }
  return merged(found);
}

const rowsOf = (table: PageNode) =>
  [...nodesIn(table)].filter((node) => node.role === 'row' && within(node, TABLES) === table).map((row) => cellsOf(row));
const cellsOf = (row: PageNode) => row.children.filter(({ role }) => CELLS.has(role));

function tableAt(table: PageNode, { over, url }: Sight): Collection | null {
  const rows = rowsOf(table).filter((cells) => cells.length > 0);
  const [first = []] = rows;
  const hasHeader = first.length > 1 && first.every(({ role }) => role === 'columnheader');
  const body = (hasHeader ? rows.slice(1) : rows).filter((cells) => cells.some((cell) => textOf(cell) !== ''));
  if (body.length === 0 || body.every((cells) => cells.length < 2)) return null;
  const columns = hasHeader ? first.map(textOf) : [];
  const labels = [table.name, ...captionOf(table), ...(over.get(table) ?? [])].filter((label) => label !== '');
  const items = body.flatMap((cells) => rowItem(cells, columns, labels[0] ?? '', url) ?? []);
  return { kind: 'table', labels, columns, items, isContent: isContent(table) };
}

const captionOf = (table: PageNode) => table.children.filter(({ role }) => role === 'caption').map(textOf);

function rowItem(cells: readonly PageNode[], columns: readonly string[], group: string, url: string): Item | null {
  const links = cells.map((cell) => [...nodesIn(cell)].find((node) => node.role === 'link'));
  const header = cells.findIndex(({ role }) => role === 'rowheader');
  const linked = links.findIndex((link) => link !== undefined && /\p{L}/u.test(textOf(link)));
  const named = columns.findIndex((column) => /^(name|title|item|product|description|subject|topic)$/i.test(column));
  const titleAt = [named, header, linked, 0].find((index) => index >= 0 && textOf(cells[index] as PageNode) !== '') ?? 0;
  const cell = cells[titleAt] as PageNode;
  const title = titleAt === linked ? textOf(links[linked] as PageNode) : textOf(cell);
  if (title === '') return null;
  const attributes = cells.flatMap((one, index): Attribute[] => {
    const value = textOf(one);
    if (value === '' || (index === titleAt && value === title)) return [];
    return [{ name: columns[index] ?? '', value }];
  });
  return { title, url: absoluteUrl(links[titleAt]?.url ?? links.find(Boolean)?.url ?? null, url), attributes, group };
}

/** Children of one node that are alike: entries of a list, articles, or boxes each with a heading or a link of its own. */
function listAt(node: PageNode, { over, url }: Sight): Collection | null {
  const boxes = node.children.filter((child) => ENTRY_ROLES.has(child.role) && !isWholePage(child));
  const entries = boxes.length > 0 ? boxes : node.children.filter(isCard);
  const isList = node.role === 'list' || node.role === 'feed';
  if (entries.length < (isList || boxes.length > 0 ? 1 : 2)) return null;
  const labels = [node.name, ...(over.get(node) ?? [])].filter((label) => label !== '');
  const own = new Set(entries.flatMap((entry) => [...nodesIn(entry)].filter(({ role }) => role === 'heading').map(textOf)));
  const items = entries.flatMap((entry) => toItem(entry, groupOf(over.get(entry) ?? labels, own) || (labels[0] ?? ''), url) ?? []);
  return items.length === 0 ? null : { kind: 'list', labels, columns: [], items, isContent: isContent(node) };
}

/** An article with the main heading is what the page is about, and not one of several. */
const isWholePage = (node: PageNode) =>
  node.role === 'article' && [...nodesIn(node)].some(({ role, level }) => role === 'heading' && level === 1);

/** A heading between the entries divides them into groups; those in them are their titles. */
const groupOf = (headings: readonly string[], own: ReadonlySet<string>) => headings.find((heading) => !own.has(heading)) ?? '';

const MAX_CARD_NODES = 80;

/** The first nodes below a node: more than a card has need not be looked at. */
function firstIn(node: PageNode, max: number): PageNode[] {
  const found: PageNode[] = [];
  for (const one of nodesIn(node)) {
    if (found.length > max) break;
    found.push(one);
  }
  return found.slice(1);
}

const BOXES = new Set(['generic', 'group', 'region', 'paragraph']);
/** A box that has a heading or link of its own and something more to say. */
function isCard(node: PageNode): boolean {
  if (!BOXES.has(node.role)) return false;
  const inner = firstIn(node, MAX_CARD_NODES);
  const titles = inner.filter(({ role, level }) => role === 'heading' && (level ?? 2) > 1).length;
  const links = inner.filter(({ role }) => role === 'link').length;
  if (inner.some(({ role }) => TABLES.has(role) || role === 'list' || role === 'navigation' || role === 'form')) return false;
  const isTitled = titles === 1 || (titles === 0 && links >= 1 && links <= 4);
  return isTitled && textOf(node).length > (inner.find(({ role }) => role === 'link')?.name.length ?? 0);
}

/** Tables or lists under one label that have the same columns are parts of one. */
function merged(collections: readonly Collection[]): Collection[] {
  const whole: Collection[] = [];
  for (const one of collections) {
    const last = whole.at(-1);
    const goesOn =
      last !== undefined &&
      last.kind === one.kind &&
      last.isContent === one.isContent &&
      last.columns.join('\n') === one.columns.join('\n') &&
      last.labels.join('\n') === one.labels.join('\n');
    if (goesOn) whole[whole.length - 1] = { ...last, items: [...last.items, ...one.items] };
    else whole.push(one);
  }
  return whole;
}
