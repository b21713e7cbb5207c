import { amountOf } from '../answer/select.js';
import { sayItem } from '../answer/wording.js';
import type { Query } from '../language/query.js';
import { readQuantity } from '../language/values.js';
import { contentWords, folded, likeness } from '../language/words.js';
import type { Item } from '../page-model/item.js';
import { type Answer, call, type Move, type Situation } from './move.js';
import { goOn, wayTo } from './way.js';

/** Finds one thing after the other, and lays side by side what is said of them. */
export function compare(begun: Situation, query: Query): Move {
  let situation = begun;
  for (;;) {
    const index = situation.memory.found.length;
    const said = query.pair[index];
    if (said === undefined) return sideBySide(query, situation);
    const wanted = { missing: contentWords(said), asked: said, isExact: false };
    const went = goOn(situation, wanted);
    if ('kind' in went) return went;
    const { page, memory } = went;
    const item = best(said, [...page.collections.flatMap(({ items }) => items), page.subject, ...begun.previous.items]);
    if (item !== undefined) {
      const sources = memory.sources.length === 0 ? [page.url] : memory.sources;
      situation = { ...went, outcome: null, memory: { ...memory, found: [...memory.found, item], sources, tried: [] } };
      continue;
    }
    const way = wayTo(went, wanted);
    if (way !== undefined) return { ...way, memory: { ...way.memory, found: memory.found, sources: memory.sources, tried: memory.tried } };
    const [begin] = memory.sources;
    const canReturn = begin !== undefined && begin !== page.url && !memory.tried.includes('begin');
    if (canReturn)
      return call('navigate', { url: begin }, 'going back to where it began', 'begin', {
        found: memory.found,
        sources: memory.sources,
        tried: memory.tried,
      });
    return {
      kind: 'answer',
      lines: [`Nothing found that is called “${said}”.`, ...memory.found.map((one) => `- ${sayItem(one)}`)],
      items: memory.found,
      asked: [query.asked],
      sources: [page.url],
    };
  }
}

function best(said: string, items: readonly Item[]): Item | undefined {
  return items
    .filter(({ attributes }) => attributes.length > 0)
    .map((item) => ({ item, score: likeness(item.title, said) }))
    .filter(({ score }) => score > 0)
    .toSorted((one, other) => other.score - one.score)[0]?.item;
}

function sideBySide(query: Query, { memory }: Situation): Answer {
  const [one, other] = memory.found as [Item, Item];
  const lines = one.attributes.flatMap(({ name, value }) => {
    const same = other.attributes.find((attribute) => name !== '' && folded(attribute.name) === folded(name));
    return same === undefined
      ? []
      : [`${name}: ${one.title} ${value}, ${other.title} ${same.value}${lower(one, other, value, same.value)}`];
  });
  const order = query.order;
  const amounts = order === null ? [] : [one, other].map((item) => amountOf(item, order.names, order.kinds));
  const [first, second] = amounts;
  const verdict =
    order === null || first == null || second == null || first === second
      ? []
      : [`The ${order.said.toLowerCase()} is ${first < second === !order.isDescending ? one.title : other.title}.`];
  const entries = [one, other].map((item) => `- ${sayItem(item)}`);
  return { kind: 'answer', lines: [...verdict, ...lines, ...entries], items: [one, other], asked: [query.asked], sources: memory.sources };
}

/** Which of two amounts is the lower, where both are amounts of one kind. */
function lower(one: Item, other: Item, value: string, otherValue: string): string {
  const [first, second] = [readQuantity(value), readQuantity(otherValue)];
  if (first === null || second === null || first.kind !== second.kind) return '';
  if (first.amount === second.amount) return ' (the same)';
  return ` (lower: ${first.amount < second.amount ? one.title : other.title})`;
}
