import { lookUp, type Selection, select, surroundingsOf } from '../answer/select.js';
import { beyond } from '../beyond.js';
import type { Query } from '../language/query.js';
import type { Item } from '../page-model/item.js';
import { conclude, union } from './list.js';
import { type Answer, type Call, call, type Move, type Situation } from './move.js';
import { shelfOf, shelvesOf } from './shelves.js';
import { nextPage, type Wanted, wayTo } from './way.js';

const MAX_PAGES_OF_ITEMS = 10;
const NO_SURROUNDINGS = { strong: [], weak: [] };

const isCertain = (selection: Selection | null): boolean => selection !== null && selection.missing.length === 0 && selection.doubt < 2;

/**
 * A question about what the turn before found. First what is known of the things answers it, then the page that they were found on, then
 * a page that lists what is asked for, then the pages of the things themselves.
 */
export function ofThose(situation: Situation, query: Query): Move {
  const { previous, memory, page } = situation;
  const things = previous.items;
  if (things.length === 0) throw beyond('finds no list in the result of the turn before that this could be asked of');
  const asked = [...previous.asked, query.asked];
  const answer = (found: readonly Item[], sources: readonly string[]) =>
    conclude(query, { found, considered: things.length, sources: [...new Set([...previous.sources, ...sources])], asked });
  const known = select(query, [shelfOf(things)], NO_SURROUNDINGS);
  if (known !== null && isCertain(known)) return answer(known.items, []);
  const ownPages = memory.tried.some((key) => key.startsWith('item '));
  if (ownPages) return throughOwnPages(situation, query, known, answer);
  const [source] = previous.sources;
  if (source !== undefined && !memory.tried.includes('source') && page.url !== source) {
    return call('navigate', { url: source }, 'going back to where these were found', 'source');
  }
  const isOnWay = memory.tried.some((key) => /^(go|choice) /.test(key));
  if (isOnWay) return alongTheWay(situation, query, known, answer);
  const listed = lookUp(page.collections.flatMap(({ items }) => items));
  const retold = things.map((thing) => asTold(thing, listed));
  const told = select(query, [shelfOf(retold)], NO_SURROUNDINGS);
  if (told !== null && isCertain(told)) return answer(told.items, [page.url]);
  return wayTo(situation, exactly(query, known)) ?? throughOwnPages(situation, query, known, answer);
}

const exactly = (query: Query, known: Selection | null): Wanted => ({
  missing: known === null || known.missing.length === 0 ? query.words : known.missing,
  asked: query.asked,
  isExact: true,
});

/** Where a link or a choice of that name led. */
function alongTheWay(situation: Situation, query: Query, known: Selection | null, answer: ToAnswer): Move {
  const apply = wayTo(situation, { ...exactly(query, known), missing: [] });
  if (apply !== undefined) return apply;
  const listed = amongListed(situation, query, situation.previous.items);
  if (listed === null) return throughOwnPages(situation, query, known, answer);
  return listed.kind === 'call' ? listed : answer(listed.found, [situation.page.url]);
}

/** A thing with all that the page says of it besides. */
function asTold(thing: Item, listed: (thing: Item) => readonly Item[]): Item {
  const same = listed(thing);
  const attributes = [thing, ...same].flatMap((one) => one.attributes);
  const group = [...new Set([thing.group, ...same.map((one) => one.group)])].filter(Boolean).join(', ');
  return { ...thing, url: thing.url ?? same.find(({ url }) => url !== null)?.url ?? null, attributes, group };
}

/** On a page that lists what is asked for: those that are on it, on all of its pages. Null: it lists nothing. */
function amongListed(situation: Situation, query: Query, things: readonly Item[]): Call | { kind: 'found'; found: Item[] } | null {
  const { page, memory } = situation;
  const around = surroundingsOf(page, [...memory.came, ...query.words]);
  const listed = select({ ...query, limits: [], order: null }, shelvesOf(page), around);
  if (listed === null || listed.items.length === 0) return null;
  const isListed = lookUp(listed.items);
  const found = union(
    memory.found,
    things.filter((thing) => isListed(thing).length > 0),
  );
  const next = nextPage(situation);
  if (next !== undefined && !memory.tried.includes(next.key)) return { ...next, memory: { found } };
  const limited = select({ ...query, words: [] }, [shelfOf(found)], NO_SURROUNDINGS);
  return { kind: 'found', found: found.length === 0 ? [] : [...(limited?.items ?? [])] };
}

type ToAnswer = (found: readonly Item[], sources: readonly string[]) => Answer;

/** Looks at each thing's own page. */
function throughOwnPages(situation: Situation, query: Query, known: Selection | null, answer: ToAnswer): Move {
  const { memory, page, previous } = situation;
  const linked = previous.items.filter(({ url }) => url !== null);
  const current = linked.find(({ url }) => memory.tried.at(-1) === `item ${url}`);
  const seen =
    current === undefined
      ? memory.found
      : union(memory.found, [{ ...current, attributes: [...current.attributes, ...page.subject.attributes] }]);
  const next = linked.find(({ url }) => !memory.tried.includes(`item ${url}`));
  const pages = memory.tried.filter((key) => key.startsWith('item ')).length;
  if (next?.url != null && linked.length <= MAX_PAGES_OF_ITEMS && pages < MAX_PAGES_OF_ITEMS) {
    return call('navigate', { url: next.url }, `looking at “${next.title}”`, `item ${next.url}`, { found: seen });
  }
  const told = select(query, [shelfOf(seen)], NO_SURROUNDINGS);
  if (told !== null && told.missing.length === 0) return answer(told.items, []);
  if (known !== null && known.missing.length === 0) return answer(known.items, []);
  const said = query.words.map((word) => `“${word}”`).join(', ');
  return { ...answer([], []), lines: [`None of the ${previous.items.length}: nothing that is said of them speaks of ${said || 'that'}.`] };
}
