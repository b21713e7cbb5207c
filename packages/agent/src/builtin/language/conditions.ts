import { type Quantity, readQuantity } from './values.js';
import { contentWords } from './words.js';

/** `under £10`, `with at least 4 stars`, `departing after 10:00`. */
export interface Limit {
  /** What the limited thing may be called; the first that the page has counts. Empty: what is of the same kind as the amount. */
  readonly names: readonly string[];
  readonly isAbove: boolean;
  /** The amount itself is within the limit. */
  readonly isIncluded: boolean;
  readonly amount: Quantity;
  /** The word before is no name of anything on most pages (`trains under £10`): then it is a word of the question. */
  readonly before: string | null;
}

/** `cheapest`, `the three with the most comments`. */
export interface Order {
  readonly names: readonly string[];
  readonly kinds: readonly Quantity['kind'][];
  readonly isDescending: boolean;
  readonly limit: number;
  /** The first ones as the page has them, by no measure. */
  readonly isAsListed: boolean;
  /** How it was said. */
  readonly said: string;
}

const AMOUNT =
  '((?:[£$€¥₹]|eur|usd|gbp)?\\s?\\d[\\d.,:]*(?:-\\d{2}-\\d{2})?(?:\\s?(?:am|pm|%|[£$€¥₹]|euros?|dollars?|pounds?|eur|usd|gbp)(?![a-z]))?)';
const BELOW =
  '(?:cheaper|less|lower|fewer|smaller|shorter|earlier|older|no more|no later|not more) than|under|below|at most|up to|before|until|within|a maximum of';
const ABOVE =
  '(?:more|greater|higher|larger|longer|later|newer|dearer|pricier|more expensive|no less|no fewer|not less) than|over|above|at least|after|since|from|a minimum of|starting at';
const INCLUDED =
  /at most|up to|until|within|at least|since|from|no more|no less|no fewer|not more|not less|no later|maximum|minimum|starting/i;
const LIMIT = new RegExp(
  `(?:\\b(?:with|whose|having|have|has|that have|where)\\s+(?:an?\\s+|the\\s+)?([\\p{L}]+)\\s+(?:is\\s+|of\\s+|are\\s+)?|\\b([\\p{L}]+)\\s+)?(?:\\b(?:is|are|it)\\s+)?\\b(${BELOW}|${ABOVE})\\s+${AMOUNT}(?:\\s+([\\p{L}]+))?`,
  'iu',
);
const BETWEEN = new RegExp(`\\bbetween\\s+${AMOUNT}\\s+and\\s+${AMOUNT}(?:\\s+([\\p{L}]+))?`, 'iu');
const JOINING = /^(?:and|or|in|on|with|from|by|for|that|which|who|are|is|to|at|the|of|than|please|today|now|then)$/i;
const NO_NAME =
  /^(?:with|that|which|are|is|and|or|the|ones?|items?|products?|have|has|having|any|all|a|an|for|costs?|priced?|prices?|pricing|of|not|be|many|there)$/i;
const PRICE_WORDS = /^(?:costs?|costing|priced?|prices?|pricing)$/i;
const PRICEY = /cheaper|dearer|pricier|expensive/i;
const MAX_LIMITS = 5;

const wordsOf = (text: string | undefined) => (text === undefined || JOINING.test(text) ? [] : contentWords(text));

/** The limits in a question, and the question without them. */
export function findLimits(text: string): { limits: Limit[]; rest: string } {
  const limits: Limit[] = [];
  let rest = text;
  for (let found = BETWEEN.exec(rest); found !== null && limits.length < MAX_LIMITS; found = BETWEEN.exec(rest)) {
    const ends = [found[1], found[2]].map((end) => readQuantity(end ?? ''));
    const [low, high] = ends;
    if (!low || !high) break;
    // `between 10 and £20` is of money at both ends.
    const kind = high.kind === 'number' ? low.kind : high.kind;
    const common = { names: wordsOf(found[3]), isIncluded: true, before: null };
    limits.push({ ...common, isAbove: true, amount: { ...low, kind } }, { ...common, isAbove: false, amount: { ...high, kind } });
    rest = rest.replace(found[0], ' ');
  }
  for (let found = LIMIT.exec(rest); found !== null && limits.length < MAX_LIMITS; found = LIMIT.exec(rest)) {
    const limit = toLimit(found);
    if (limit === null) break;
    limits.push(limit);
    const [whole, , before = '', , , after] = found;
    // What stands beside a limit and does not name it is still said.
    rest = rest.replace(
      whole,
      ` ${limit.before === null && !NO_NAME.test(before) ? before : ''} ${JOINING.test(after ?? '') ? after : ''} `,
    );
  }
  return { limits, rest };
}

function toLimit(found: RegExpExecArray): Limit | null {
  const [, named, before, comparison = '', amount = '', after] = found;
  const quantity = readQuantity(amount);
  if (quantity === null) return null;
  const isPrice = PRICEY.test(comparison) || PRICE_WORDS.test(before ?? '') || PRICE_WORDS.test(named ?? '');
  const beside = before === undefined || NO_NAME.test(before) ? [] : wordsOf(before);
  return {
    names: isPrice ? ['price'] : [...wordsOf(named), ...wordsOf(after), ...beside],
    isAbove: new RegExp(`^(?:${ABOVE})$`, 'i').test(comparison),
    isIncluded: INCLUDED.test(comparison),
    amount: quantity,
    before: beside[0] ?? null,
  };
}

type Measure = readonly [said: string, names: readonly string[], kinds: readonly Quantity['kind'][], isDescending: boolean];

const ANY = ['money', 'time', 'date', 'number'] as const;
const MEASURES: readonly Measure[] = [
  ['cheapest|least expensive|lowest[- ]priced|lowest price', ['price'], ['money', 'number'], false],
  ['most expensive|priciest|dearest|costliest|highest[- ]priced|highest price', ['price'], ['money', 'number'], true],
  ['newest|most recent|latest', ['date', 'year', 'departure'], ['date', 'time', 'number'], true],
  ['oldest|earliest', ['date', 'year', 'departure'], ['date', 'time', 'number'], false],
  ['highest[- ]rated|best[- ]rated|top[- ]rated', ['rating'], ['number'], true],
  ['lowest[- ]rated|worst[- ]rated', ['rating'], ['number'], false],
  ['fastest|quickest', ['duration'], ['number', 'time'], false],
  ['slowest', ['duration'], ['number', 'time'], true],
  ['longest', ['duration'], ANY, true],
  ['shortest', ['duration'], ANY, false],
];
const BY_NAME =
  /\b(?:with\s+)?(?:the\s+)?(highest|greatest|largest|biggest|most|lowest|smallest|fewest|least|longest|shortest)\s+(?:number of\s+)?([\p{L}]+)/iu;
const DESCENDING = /highest|greatest|largest|biggest|most|longest/i;
const NUMBERS = 'one two three four five six seven eight nine ten'.split(' ');
const NUMBER = `(\\d{1,3}|${NUMBERS.join('|')})`;

const toCount = (text: string | undefined) => {
  if (text === undefined) return 1;
  const index = NUMBERS.indexOf(text.toLowerCase());
  return index >= 0 ? index + 1 : Math.max(1, Number(text));
};

/** The order that is asked for, and the question without it. */
export function findOrder(text: string): { order: Order | null; rest: string } {
  for (const [said, names, kinds, isDescending] of MEASURES) {
    const found = new RegExp(`(?:\\b${NUMBER}\\s+)?\\b(${said})\\b(?:\\s+${NUMBER}\\b)?`, 'i').exec(text);
    if (found === null) continue;
    const limit = toCount(found[1] ?? found[3]);
    return { order: { names, kinds, isDescending, limit, isAsListed: false, said: found[2] ?? '' }, rest: text.replace(found[0], ' ') };
  }
  const named = BY_NAME.exec(text);
  if (named !== null) {
    const [whole, direction = '', name = ''] = named;
    const order = {
      names: contentWords(name),
      kinds: ANY,
      isDescending: DESCENDING.test(direction),
      limit: 1,
      isAsListed: false,
      said: whole.trim().replace(/^(?:with )?(?:the )?/i, ''),
    };
    return { order, rest: text.replace(whole, ' ') };
  }
  const first = new RegExp(`\\b(?:top|first)\\s+${NUMBER}\\b|\\b(first)\\b(?!\\s+(?:name|class))`, 'i').exec(text);
  if (first === null) return { order: null, rest: text };
  const order = { names: [], kinds: [], isDescending: false, limit: toCount(first[1]), isAsListed: true, said: first[0] };
  return { order, rest: text.replace(first[0], ' ') };
}
