import type { Query } from '../language/query.js';
import { allWords, hasWord } from '../language/words.js';
import type { Attribute, Item } from '../page-model/item.js';

/** What ends every result, so that the next turn can lean on it. */
export interface Provenance {
  readonly asked: readonly string[];
  readonly sources: readonly string[];
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();
/** The marks that divide an entry must not come from the page. */
const asTitle = (text: string) =>
  oneLine(text)
    .replace(/ [—–] /g, ' - ')
    .replace(/[<>]/g, '');
const inEntry = (text: string) => asTitle(text).replace(/; /g, ', ');

const sayAttribute = ({ name, value }: Attribute) =>
  name === '' ? inEntry(value) : `${inEntry(name).replace(/: /g, ' ')}: ${inEntry(value)}`;

const shown = (item: Item, show: readonly string[]): readonly Attribute[] => {
  const wanted = item.attributes.filter(({ name }) => show.some((word) => hasWord(allWords(name), word)));
  return wanted.length > 0 ? wanted : item.attributes;
};

/** `The Tale of Genji — author: Murasaki; price: €34.00 <http://…>`. */
export function sayItem(item: Item, show: readonly string[] = []): string {
  const said = [...shown(item, show).map(sayAttribute), ...(item.group === '' ? [] : [`in: ${inEntry(item.group)}`])];
  const url = item.url === null ? '' : ` <${item.url}>`;
  return `${asTitle(item.title)}${said.length === 0 ? '' : ` — ${said.join('; ')}`}${url}`;
}

export const sayItems = (items: readonly Item[], show: readonly string[] = []): string[] => items.map((item) => `- ${sayItem(item, show)}`);

const things = (count: number) => (count === 1 ? '1 found' : `${count} found`);

/** The answer to a question for which ones or how many. */
export function sayList(query: Query, items: readonly Item[], considered: number): string[] {
  if (items.length === 0) return [considered === 0 ? 'Nothing found.' : `None of the ${considered} fits.`];
  const entries = sayItems(items, query.show);
  if (query.shape === 'count') return [`${items.length}.`, ...entries];
  if (query.order !== null && !query.order.isAsListed) {
    const [first] = items;
    if (items.length === 1 && first !== undefined) return [`The ${query.order.said.toLowerCase()}: ${asTitle(first.title)}.`, ...entries];
    return [`The ${query.order.said.toLowerCase()}, ${things(items.length)}:`, ...entries];
  }
  return [`${things(items.length)}:`, ...entries];
}

/** Answer first, then what it rests on. */
export function sayResult(lines: readonly string[], { asked, sources }: Provenance): string {
  const questions = asked.map((question) => `“${oneLine(question).replace(/[“”]/g, '"')}”`).join(', then ');
  return [
    ...lines,
    ...(questions === '' ? [] : [`Asked: ${questions}`]),
    ...(sources.length === 0 ? [] : [`Source: ${[...new Set(sources)].join(', ')}`]),
  ].join('\n');
}

/** Prose of a page: marked as such on each line, so that none of it can be taken for ours. */
export const quote = (text: string): string => `> ${oneLine(text)}`;
