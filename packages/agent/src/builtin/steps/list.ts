import { inOrder, type Selection, select, surroundingsOf } from '../answer/select.js';
import { sayList } from '../answer/wording.js';
import type { Query } from '../language/query.js';
import type { Item } from '../page-model/item.js';
import type { Answer, Call, Move, Situation } from './move.js';
import { saysNothing, shelvesFor } from './shelves.js';
import { goOn, nextPage, toAll, type Wanted, wayTo } from './way.js';

const MAX_PAGES = 15;
const MAX_FOUND = 1000;

/** Two lists as one: what is on both is there once. */
export function union(one: readonly Item[], other: readonly Item[]): Item[] {
  const key = ({ title, url, attributes, group }: Item) => JSON.stringify([title, url, group, attributes]);
  const known = new Set(one.map(key));
  return [...one, ...other.filter((item) => !known.has(key(item)))].slice(0, MAX_FOUND);
}

/** Things that fit a question: of this page, of the pages that go on with it, or of one that is found on the way. */
export function list(begun: Situation, query: Query): Move {
  const begin = select(query, shelvesFor(query, begun.page), surroundingsOf(begun.page, begun.memory.came));
  const went = goOn(begun, wantedBy(query, begin));
  if ('kind' in went) return went;
  const { page, memory } = went;
  const isCollecting = memory.tried.some((key) => key.startsWith('page '));
  const selection = select(query, shelvesFor(query, page), surroundingsOf(page, memory.came));
  const wanted = wantedBy(query, selection);
  if (memory.came.length > 0 && !isCollecting && saysNothing(page)) return nothing(went, query);
  const isFitting = selection !== null && selection.missing.length === 0;
  if (isFitting || isCollecting) {
    const better = isCollecting || !isFitting ? undefined : betterPlace(went, query, selection, wanted);
    return better ?? collect(went, query, isFitting ? selection : null);
  }
  return wayTo(went, wanted) ?? nothing(went, query);
}

/** What fits by its name only may be listed elsewhere as what it is; and some of all may be all elsewhere. */
function betterPlace(situation: Situation, query: Query, { doubtful }: Selection, wanted: Wanted): Call | undefined {
  const { tried } = situation.memory;
  if (tried.every((key) => key === 'start') && doubtful.length === 0) return toAll(situation, query.words);
  // One such step: where it leads, the page has been chosen by the word.
  if (tried.some((key) => key.startsWith('go '))) return undefined;
  const ways = doubtful.map((word) => wayTo(situation, { ...wanted, missing: [word], isExact: true }));
  return ways.find((way) => way !== undefined) ?? toAll(situation, query.words);
}

const wantedBy = (query: Query, selection: Selection | null): Wanted => ({
  missing: selection === null || selection.missing.length === 0 ? query.words : selection.missing,
  asked: query.asked,
  isExact: false,
});

/** Takes what fits from this page, and goes to the next one while there is one. */
function collect(situation: Situation, query: Query, selection: Selection | null): Call | Answer {
  const { memory, page } = situation;
  const found = union(memory.found, selection?.items ?? []);
  const considered =
    memory.considered + page.collections.filter(({ isContent }) => isContent).reduce((sum, { items }) => sum + items.length, 0);
  const sources = [...new Set([...memory.sources, page.url])];
  const pages = memory.tried.filter((key) => key.startsWith('page '));
  const hasEnough = query.order?.isAsListed === true && found.length >= query.order.limit;
  const next = hasEnough ? undefined : nextPage(situation);
  const goesOn = next !== undefined && !pages.includes(next.key);
  if (goesOn && pages.length < MAX_PAGES) return { ...next, memory: { found, considered, sources } };
  return conclude(query, { found, considered, sources: sources.slice(0, 1), isCut: goesOn });
}

interface Findings {
  readonly found: readonly Item[];
  readonly considered: number;
  readonly sources: readonly string[];
  /** There are further pages, which were not looked at. */
  readonly isCut?: boolean;
  readonly asked?: readonly string[];
}

export function conclude(query: Query, { found, considered, sources, isCut, asked }: Findings): Answer {
  const items = inOrder(found, query.order);
  const lines = sayList(query, items, considered);
  const more = isCut === true ? [`There are more pages than the ${MAX_PAGES + 1} that were looked at.`] : [];
  return { kind: 'answer', lines: [...lines, ...more], items, asked: asked ?? [query.asked], sources };
}

function nothing({ page, memory }: Situation, query: Query): Answer {
  const said = query.words.map((word) => `“${word}”`).join(', ');
  const looked = memory.tried.length === 0 ? 'this page has' : 'this page and those that lead on from it by name have';
  const lines = [`Nothing found: ${looked} no list${said === '' ? '' : ` that speaks of ${said}`}.`];
  return { kind: 'answer', lines, items: [], asked: [query.asked], sources: [page.url] };
}
