import type { Previous } from '../answer/previous.js';
import { namedBy, type Shelf, surroundingsOf } from '../answer/select.js';
import { quote, sayItem } from '../answer/wording.js';
import { beyond } from '../beyond.js';
import type { Query } from '../language/query.js';
import { readMoney } from '../language/values.js';
import { allWords, hasWord, isSameWord } from '../language/words.js';
import { type Attribute, type Item, itemText } from '../page-model/item.js';
import { isBlank, type Page } from '../page-model/page.js';
import type { Answer, Move, Situation } from './move.js';
import { shelfOf, shelvesOf } from './shelves.js';
import { goOn, wayTo } from './way.js';

const MAX_ANSWERS = 5;
const MAX_SENTENCE_CHARS = 600;

interface Told {
  readonly item: Item;
  readonly attributes: readonly Attribute[];
  /** How many of the words its own title has, of how many. */
  readonly closeness: number;
}

const isPrice = (word: string) => isSameWord(word, 'price');

/** What an item says under these names; a price is also what is money. */
function aspects(item: Item, word: string): Attribute[] {
  const named = namedBy(item, [word]).filter(({ name }) => name !== 'price before');
  if (named.length > 0 || !isPrice(word)) return named;
  return item.attributes.filter(({ value, name }) => name !== 'price before' && value.length <= 40 && readMoney(value) !== null);
}

/** What is said of the one thing that the words of a question name. `around`: words that hold of all items here. */
function toldOf(item: Item, words: readonly string[], around: readonly string[], isSubject: boolean): Told | null {
  const own = allWords(item.title);
  const said = allWords(itemText(item));
  const asked = words.map((word) => ({ word, attributes: aspects(item, word) }));
  const covered = ({ word, attributes }: (typeof asked)[number]) => attributes.length > 0 || hasWord(said, word) || hasWord(around, word);
  if (!asked.every(covered)) return null;
  const titled = words.filter((word) => hasWord(own, word)).length;
  const byAspect = asked.filter(({ word }) => !hasWord(own, word)).flatMap(({ attributes }) => attributes);
  const isNamed =
    isSubject ||
    titled > 0 ||
    words.some((word) => item.attributes.some(({ value }) => value.length < 60 && hasWord(allWords(value), word)));
  if (!isNamed) return null;
  // `opening hours: 9 to 5`: its title is all that was asked for, beside what it stands under.
  const isFact = !isSubject && titled > 0 && words.every((word) => hasWord(own, word) || hasWord(around, word));
  const attributes = byAspect.length > 0 ? byAspect : isFact ? item.attributes : [];
  return attributes.length === 0
    ? null
    : { item, attributes: [...new Set(attributes)], closeness: titled / Math.max(1, own.length) + titled };
}

function look(words: readonly string[], shelves: readonly Shelf[], page: Page | null, came: readonly string[]): Told[] {
  const listed = shelves.flatMap(({ items, labels }) =>
    items.flatMap((item) => toldOf(item, words, [...labels, page?.heading ?? ''].flatMap(allWords), false) ?? []),
  );
  const around = page === null ? { strong: [], weak: [] } : surroundingsOf(page, came);
  const subject = page === null ? null : toldOf(page.subject, words, [...around.strong, ...around.weak], true);
  // What a page as a whole says comes last: things on it are nearer to what was asked.
  const found = listed.toSorted((one, other) => other.closeness - one.closeness);
  const best = found.filter(({ closeness }) => closeness === found[0]?.closeness);
  return best.length > 0 && (best[0]?.closeness ?? 0) > 0 ? best : subject === null ? best : [subject];
}

const sayTold = ({ item, attributes }: Told): string =>
  `${item.title}: ${attributes.map(({ name, value }) => (name === '' ? value : `${name}: ${value}`)).join('; ')}`.replace(/\s+/g, ' ');

/** What the result of the turn before says of it. */
export const told = (query: Query, previous: Previous): readonly Told[] =>
  query.words.length === 0 ? [] : look(query.words, [shelfOf(previous.items)], null, []);

/** `What is the price of …`, `who wrote …`: from tables, lists, facts and, word for word, from sentences. */
export function value(begun: Situation, query: Query): Move {
  const { previous } = begun;
  const wanted = { missing: query.words, asked: query.asked, isExact: false };
  if (query.words.length === 0) throw beyond(`does not know what “${query.asked}” asks for`);
  const before = isBlank(begun.page) && begun.memory.tried.length === 0 ? told(query, previous) : [];
  if (before.length > 0) return answerWith(before, query, previous.sources);
  const went = goOn(begun, wanted);
  if ('kind' in went) return went;
  const { page, memory } = went;
  const found = look(query.words, shelvesOf(page), page, memory.came);
  if (found.length > 0) return answerWith(found, query, [page.url]);
  const sentences = sentencesWith(page, query.words);
  if (sentences.length > 0) {
    return { kind: 'answer', lines: ['The page says:', ...sentences.map(quote)], items: [], asked: [query.asked], sources: [page.url] };
  }
  return wayTo(went, { ...wanted, missing: unaccounted(page, query.words) }) ?? notSaid(went, query);
}

/** What one thing says of what is asked; null: nothing. */
export function answerOf(item: Item, query: Query): Answer | null {
  const found = toldOf(item, query.words, [], true);
  return found === null ? null : answerWith([found], query, []);
}

function answerWith(answers: readonly Told[], query: Query, sources: readonly string[]): Answer {
  const some = answers.slice(0, MAX_ANSWERS);
  const lines = [...some.map(sayTold), ...some.map(({ item }) => `- ${sayItem(item)}`)];
  const items = some.map(({ item, attributes }) => ({
    ...item,
    attributes: [...attributes, ...item.attributes.filter((one) => !attributes.includes(one))],
  }));
  return { kind: 'answer', lines, items, asked: [query.asked], sources };
}

const unaccounted = (page: Page, words: readonly string[]) => {
  const { strong } = surroundingsOf(page, []);
  const left = words.filter((word) => !hasWord(strong, word));
  return left.length > 0 ? left : words;
};

/** Sentences that have all the words, those of their heading counted in. */
export function sentencesWith(page: Page, words: readonly string[]): string[] {
  const found = page.sections.flatMap(({ heading, paragraphs }) =>
    paragraphs
      .flatMap((paragraph) => paragraph.split(/(?<=[.!?])\s+(?=\p{Lu}|\p{N})/u))
      .filter((sentence) => {
        const own = allWords(sentence);
        const all = [...own, ...allWords(heading), ...allWords(page.heading)];
        return (
          sentence.length <= MAX_SENTENCE_CHARS && words.every((word) => hasWord(all, word)) && words.some((word) => hasWord(own, word))
        );
      })
      .map((sentence) => ({ sentence, own: words.filter((word) => hasWord(allWords(sentence), word)).length })),
  );
  const most = Math.max(0, ...found.map(({ own }) => own));
  const isTelling = most === words.length || most >= 2;
  return isTelling ? [...new Set(found.filter(({ own }) => own === most).map(({ sentence }) => sentence))].slice(0, 3) : [];
}

/** The thing is there and what was asked of it is not: that is said. Else the question is one for somebody who understands it. */
function notSaid({ page, memory }: Situation, query: Query): Answer {
  const items = [page.subject, ...page.collections.flatMap((one) => one.items)];
  const isAspect = (word: string) =>
    ['price', 'author', 'date', 'rating', 'duration'].some((aspect) => isSameWord(word, aspect)) ||
    items.some((item) => namedBy(item, [word]).length > 0);
  const things = query.words.filter((word) => !isAspect(word));
  if (things.length === query.words.length)
    throw beyond(`found nothing on the page (${page.url}) that answers “${query.asked}” word for word`);
  const near = items
    .filter((item) => things.length > 0 && things.every((word) => hasWord(allWords(item.title), word)))
    .slice(0, MAX_ANSWERS);
  const lines =
    near.length === 0
      ? [
          `Not found: ${things.map((word) => `“${word}”`).join(', ') || 'what was asked for'} is neither on this page nor on ${memory.tried.length === 0 ? 'one' : 'those'} that it leads to by name.`,
        ]
      : ['The page does not say it by name. What it says:', ...near.map((item) => `- ${sayItem(item)}`)];
  return { kind: 'answer', lines, items: near, asked: [query.asked], sources: [page.url] };
}
