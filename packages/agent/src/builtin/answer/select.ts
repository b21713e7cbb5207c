import type { Limit, Order } from '../language/conditions.js';
import type { Query } from '../language/query.js';
import { type Quantity, readAs, readQuantity } from '../language/values.js';
import { allWords, folded, hasWord } from '../language/words.js';
import type { Attribute, Item } from '../page-model/item.js';
import type { Page } from '../page-model/page.js';

/** Things to choose from, and what is known of all of them. */
export interface Shelf {
  readonly items: readonly Item[];
  /** What they stand under. */
  readonly labels: readonly string[];
  readonly columns: readonly string[];
  /** Content is asked for before navigation is. */
  readonly isContent: boolean;
}

/** What remains of some things when the words and limits of a question are laid on them. */
export interface Selection {
  readonly items: readonly Item[];
  readonly labels: readonly string[];
  /** Words of the question that nothing here accounts for. */
  readonly missing: readonly string[];
  /** 0: the page says it of all of them; 1: of some, or its title or address does; 2: their own names only have the word in them. */
  readonly doubt: number;
  /** The words that are in doubt. */
  readonly doubtful: readonly string[];
}

/** What is known of everything on a page: how one came there, what it is called. */
export interface Surroundings {
  readonly strong: readonly string[];
  readonly weak: readonly string[];
}

export function surroundingsOf(page: Page, came: readonly string[]): Surroundings {
  const { pathname, search } = URL.canParse(page.url) ? new URL(page.url) : { pathname: '', search: '' };
  const chosen = page.fields.filter(({ kind }) => kind === 'choice').map(({ value }) => value);
  return {
    strong: [...came, ...allWords(page.heading), ...chosen.flatMap(allWords)],
    weak: [...allWords(page.title), ...allWords(decoded(`${pathname} ${search}`))],
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replace(/\+/g, ' '));
  } catch {
    return text; // a lone percent sign: it is read as it is
  }
}

const YES = /^(?:yes|y|true|✓|✔|✅|available|included|x)$/i;
const NO = /^(?:no|n|false|✗|✘|❌|–|—|-|none|sold out|unavailable)?$/i;

/** What is said of an item other than its own name, with where it leads (`/books/genji` is of books). */
const saidOf = (item: Item): string[] => {
  const path = item.url === null ? '' : new URL(item.url).pathname.split('/').slice(0, -1).join(' ');
  return allWords([item.group, decoded(path), ...item.attributes.map(({ value }) => value)].join(' '));
};

interface Narrowed {
  readonly items: readonly Item[];
  readonly doubt: number;
}

/** What is left when this word is to hold of each; null: nothing here speaks of it. */
function narrow(word: string, items: readonly Item[], shelf: Shelf, around: Surroundings): Narrowed | null {
  if (shelf.labels.some((label) => hasWord(allWords(label), word)) || hasWord(around.strong, word)) return { items, doubt: 0 };
  const flagged = byFlag(word, items);
  if (flagged !== null) return { items: flagged, doubt: 0 };
  const said = shelf.items.filter((item) => hasWord(saidOf(item), word));
  if (said.length > 0) return { items: items.filter((item) => said.includes(item)), doubt: said.length < shelf.items.length ? 1 : 0 };
  if (shelf.columns.some((column) => hasWord(allWords(column), word)) || items.some((item) => namedBy(item, [word]).length > 0)) {
    return { items, doubt: 0 };
  }
  const named = shelf.items.filter((item) => hasWord(allWords(item.title), word));
  if (named.length > 0) return { items: items.filter((item) => named.includes(item)), doubt: 2 };
  return hasWord(around.weak, word) ? { items, doubt: 1 } : null;
}

/** `with wifi`, where a column `Wifi` says yes or no; null: there is none. */
function byFlag(word: string, items: readonly Item[]): Item[] | null {
  const valueFor = (item: Item) => namedBy(item, [word])[0]?.value;
  const values = items.map(valueFor).filter((value) => value !== undefined);
  if (values.length === 0 || !values.every((value) => YES.test(value) || NO.test(value))) return null;
  return items.filter((item) => YES.test(valueFor(item) ?? ''));
}

/** The attributes of these names; whole names before parts of names. */
export function namedBy(item: Item, names: readonly string[]): Attribute[] {
  const found = item.attributes.filter(({ name }) => name !== '' && names.some((wanted) => hasWord(allWords(name), wanted)));
  return found.toSorted((one, other) => allWords(one.name).length - allWords(other.name).length);
}

const KINDS_ALONE = new Set<Quantity['kind']>(['money', 'time', 'date']);

/** How much it is of what is asked for; null: nobody says. */
export function amountOf(item: Item, names: readonly string[], kinds: readonly Quantity['kind'][]): number | null {
  for (const { value } of namedBy(item, names).filter(({ name }) => name !== 'price before')) {
    for (const kind of kinds) {
      const amount = kind === 'number' ? (readQuantity(value)?.amount ?? null) : readAs(kind, value);
      if (amount !== null) return amount;
    }
  }
  for (const kind of kinds.filter((one) => KINDS_ALONE.has(one))) {
    for (const { name, value } of item.attributes) {
      const amount = name === 'price before' ? null : readAs(kind, value);
      if (amount !== null && value.length <= 40) return amount;
    }
  }
  return null;
}

const kindsOf = ({ amount, names }: Limit): readonly Quantity['kind'][] =>
  amount.kind !== 'number' ? [amount.kind, 'number'] : names.length === 0 ? ['money', 'number'] : ['money', 'number'];

function isWithin(amount: number, limit: Limit): boolean {
  if (amount === limit.amount.amount) return limit.isIncluded;
  return amount > limit.amount.amount === limit.isAbove;
}

/** The items within a limit; null: it says nothing here. */
function withinLimit(items: readonly Item[], limit: Limit): Item[] | null {
  const isNamed = limit.names.some((name) => items.some((item) => namedBy(item, [name]).length > 0));
  // A limit that names something which is not here is no limit on something else.
  if (!isNamed && limit.amount.kind === 'number' && limit.names.length > 0 && limit.before === null) return null;
  const amounts = items.map((item) => amountOf(item, limit.names, kindsOf(limit)));
  if (amounts.every((amount) => amount === null)) return null;
  return items.filter((_, index) => isWithin(amounts[index] ?? Number.NaN, limit));
}

/** A word before a limit that names nothing limited is one of the question: `trains under £10`. */
const strayWords = (limits: readonly Limit[], items: readonly Item[]) =>
  limits.flatMap(({ before }) => (before !== null && !items.some((item) => namedBy(item, [before]).length > 0) ? [before] : []));

/** Lays the words and limits of a question on one shelf. */
function selectFrom(query: Query, shelf: Shelf, around: Surroundings): Selection {
  let items: readonly Item[] = shelf.items;
  let doubt = 0;
  const doubtful: string[] = [];
  const missing: string[] = [];
  for (const word of new Set([...query.words, ...strayWords(query.limits, shelf.items)])) {
    const narrowed = narrow(word, items, shelf, around);
    if (narrowed === null) missing.push(word);
    else {
      items = narrowed.items;
      doubt = Math.max(doubt, narrowed.doubt);
      if (narrowed.doubt > 0) doubtful.push(word);
    }
  }
  // Names that have the words in them, and no thing that has them all: then the words mean something else.
  if (items.length === 0 && doubt === 2) missing.push(...doubtful);
  for (const limit of query.limits) {
    const left = items.length === 0 ? [] : withinLimit(items, limit);
    if (left === null) missing.push(limit.names[0] ?? limit.amount.kind);
    else items = left;
  }
  if (query.order !== null && !query.order.isAsListed && items.length > 0 && !isOrderable(items, query.order)) {
    missing.push(query.order.names[0] ?? query.order.said);
  }
  return { items, labels: shelf.labels, missing, doubt, doubtful };
}

const isOrderable = (items: readonly Item[], { names, kinds }: Order) => items.some((item) => amountOf(item, names, kinds) !== null);

const rank = (shelf: Shelf, { missing, doubt, items }: Selection): readonly number[] => [
  missing.length,
  shelf.isContent ? 0 : 1,
  doubt,
  items.length === 0 ? 1 : 0,
];

const compareRanks = (one: readonly number[], other: readonly number[]) => {
  const at = one.findIndex((value, index) => value !== other[index]);
  return at < 0 ? 0 : (one[at] ?? 0) - (other[at] ?? 0);
};

/** How much its items say: what has prices and dates is what a page is about, and a row of links is not. */
const richness = ({ items }: Selection) => items.reduce((sum, { attributes }) => sum + 1 + attributes.length, 0);

/** Of all shelves, what answers best; shelves that answer alike are one. Null: there are none. */
export function select(query: Query, shelves: readonly Shelf[], around: Surroundings): Selection | null {
  const tried = shelves.map((shelf) => {
    const selection = selectFrom(query, shelf, around);
    return { shelf, selection, rank: rank(shelf, selection) };
  });
  const best = tried.toSorted((one, other) => compareRanks(one.rank, other.rank) || richness(other.selection) - richness(one.selection))[0];
  if (best === undefined) return null;
  const saysMuch = best.selection.items.some(({ attributes }) => attributes.length > 0);
  const alike = tried.filter(({ shelf, selection, rank: own }) => {
    if (compareRanks(own, best.rank) !== 0 || query.words.length === 0) return shelf === best.shelf;
    return (
      shelf.columns.join() === best.shelf.columns.join() && selection.items.some(({ attributes }) => attributes.length > 0) === saysMuch
    );
  });
  return { ...best.selection, items: alike.flatMap(({ selection }) => selection.items) };
}

/** Puts items in the order that is asked for, and keeps as many as are. Items of which nobody says are left out. */
export function inOrder(items: readonly Item[], order: Order | null): readonly Item[] {
  if (order === null) return items;
  if (order.isAsListed) return items.slice(0, order.limit);
  const measured = items.flatMap((item) => {
    const amount = amountOf(item, order.names, order.kinds);
    return amount === null ? [] : [{ item, amount }];
  });
  const sign = order.isDescending ? -1 : 1;
  const sorted = measured.toSorted((one, other) => sign * (one.amount - other.amount));
  const last = sorted[order.limit - 1]?.amount;
  // What is level with the last of them is among them.
  return sorted.filter(({ amount }, index) => index < order.limit || amount === last).map(({ item }) => item);
}

/**
 * Looks things up among others: they are one when they are called the same and lead to the same place, as far as it is known where they
 * lead.
 */
export function lookUp(items: readonly Item[]): (item: Item) => readonly Item[] {
  const byTitle = new Map<string, Item[]>();
  for (const item of items) {
    const title = folded(item.title);
    byTitle.set(title, [...(byTitle.get(title) ?? []).slice(0, MAX_NAMESAKES), item]);
  }
  return ({ title, url }) => (byTitle.get(folded(title)) ?? []).filter((one) => one.url === null || url === null || one.url === url);
}

const MAX_NAMESAKES = 50;
