import { unquoted } from './clauses.js';
import { findLimits, findOrder, type Limit, type Order } from './conditions.js';
import { contentWords, isGeneric, stem } from './words.js';

/** A question that a page can answer without anybody thinking about it. */
export interface Query {
  /** As it was asked. */
  readonly asked: string;
  /** `list`: which ones; `count`: how many; `value`: what a page says of something; `read`: the prose itself. */
  readonly shape: 'list' | 'count' | 'value' | 'read' | 'compare';
  /** All of these have to be found: in what things stand under, in what is said of them, or on the way to them. */
  readonly words: readonly string[];
  readonly limits: readonly Limit[];
  readonly order: Order | null;
  /** What of each is asked for; empty: all that is said of it. */
  readonly show: readonly string[];
  /** What is to be compared. */
  readonly pair: readonly string[];
  /** It is about what was found in the turn before. */
  readonly isOfPrevious: boolean;
  /** It is about one thing that was spoken of before: `that book`, `it`. */
  readonly isOfThat: boolean;
}

const ASKING =
  /^(?:list|show|read|compare|count|tell|give|say|report|find|get|look at|return|check (?:how|what|which|if|whether)|how (?:many|much|long|far|old|big|tall|often|fast)|which|what(?:'s|’s)?|who|whose|where|when|are (?:any|there)|is (?:any|there))\b/i;
/** What needs somebody who thinks: opinions, reasons, writing. */
const BEYOND =
  /\b(?:should|would you|recommend|suggest|think|opinion|feel|why|summari[sz]e|summary|explain|translate|rewrite|paraphrase|draft|imagine|predict|guess|better|worth|interesting|best(?![- ]?(?:rated|selling))|meaning|joke|story about|poem|essay about|advice|plan|decide|what if|how (?:do|can|could|to))\b/i;
const THOSE = /\b(?:of |from |among )?(?:those|these|them|they|the (?:ones|items|results) (?:above|from before|you (?:found|listed)))\b/i;

export const isQuestion = (text: string): boolean => ASKING.test(text) && !BEYOND.test(text.replace(/"[^"]*"/g, ''));

const THAT = /\b(?:that|this|the same)\s+(?!page|site|section|day|week)(?:one\b|\p{L}+)|\bits?\b/iu;

const ASK_FOR = /^(?:(?:list|show|tell|give|report|return|get|find|say|check|look at)(?: me| us)?(?: out)?\s+)+/i;

export function parseQuery(text: string): Query {
  const asked = text.trim();
  const bare = asked
    .replace(/[?.!\s]+$/, '')
    .replace(ASK_FOR, '')
    .trim();
  const isOfPrevious = THOSE.test(bare);
  const pair = pairOf(bare);
  if (pair.length > 0) {
    const order = findOrder(bare.replace(/\bcheaper\b/i, 'cheapest')).order;
    return { asked, shape: 'compare', words: [], limits: [], order, show: [], pair, isOfPrevious, isOfThat: false };
  }
  const shape = shapeOf(bare, asked);
  const isOfThat = shape === 'value' && !isOfPrevious && THAT.test(bare);
  const withoutThose = bare.replace(isOfThat ? THAT : THOSE, ' ');
  const shown = shownIn(withoutThose, shape);
  const limited = findLimits(shown.rest);
  const ordered = findOrder(limited.rest);
  const words = contentWords(withoutAsking(ordered.rest, shape)).filter((word) => !isGeneric(word));
  const isList = shape === 'value' && ordered.order !== null;
  return {
    asked,
    shape: isList ? 'list' : shape,
    words,
    limits: limited.limits,
    order: ordered.order,
    show: shown.show,
    pair: [],
    isOfPrevious,
    isOfThat,
  };
}

/** `compare A and B`, `which is cheaper, A or B`. */
function pairOf(text: string): string[] {
  const compared = /^compare\s+(?:the\s+)?(?:prices? of\s+)?(.+?)\s+(?:and|with|to|against|vs\.?|versus)\s+(.+?)(?:\s+by\s+.+)?$/i.exec(
    text,
  );
  const either = /^which(?: one)? (?:is|costs|has)\b[^,:]*[,:]\s*(.+?)\s+or\s+(.+)$/i.exec(text);
  const found = compared ?? either;
  return found === null ? [] : [found[1] ?? '', found[2] ?? ''].map((one) => unquoted(one.replace(/^(?:the|a|an)\s+/i, '')));
}

function shapeOf(bare: string, asked: string): Query['shape'] {
  if (/^(?:how many|count|the (?:number|count|total number) of)\b/i.test(bare)) return 'count';
  if (/^read\b|\b(?:says?|said) (?:about|on|of)\b|\bwhat does .* say\b/i.test(bare)) return 'read';
  if (/^(?:list|show|find)\b/i.test(asked)) return 'list';
  if (/^(?:how|who|where|when|whose)\b/i.test(bare)) return 'value';
  if (/^what(?:'s|’s| is| was) (?:on|in|under|at|new|available|there|for sale|listed)\b/i.test(bare)) return 'list';
  if (/^what(?:'s|’s| is| was| time| does| do| did)\b/i.test(bare)) return 'value';
  if (/^(?:what|which|are|is)\b/i.test(bare)) return 'list';
  return /^(?:the |its )?[\p{L} ]+ (?:of|for) (?!all|every|each|the \p{L}+s\b)/iu.test(bare) || /^(?:the|its) /i.test(bare)
    ? 'value'
    : 'list';
}

/** What of each thing is asked for: `the titles and prices of all books`, `… with their prices`. */
function shownIn(text: string, shape: Query['shape']): { show: string[]; rest: string } {
  const withTheir =
    /\s*,?\s*\b(?:and|with|including|along with|together with)\s+(?:their|its|the)\s+((?:\p{L}+(?:,\s*|\s+and\s+)?){1,5})$/iu.exec(text);
  if (withTheir !== null && shape !== 'value') return { show: listed(withTheir[1] ?? ''), rest: text.slice(0, withTheir.index) };
  const ofAll = /^(?:the\s+)?((?:\p{L}+(?:,\s*|\s+and\s+)?){1,5})\s+(?:of|for)\s+(?=all\b|every\b|each\b|the\b|any\b)/iu.exec(text);
  const names = ofAll === null ? [] : listed(ofAll[1] ?? '');
  if (ofAll === null || shape === 'value' || shape === 'read' || names.length === 0) return { show: [], rest: text };
  return { show: names, rest: text.slice(ofAll[0].length) };
}

const listed = (text: string) =>
  text
    .split(/,\s*|\s+and\s+|\s+/i)
    .map((word) => stem(word.toLowerCase().trim()))
    .filter((word) => word !== '' && word !== 'the');

/** Takes off what only says that something is asked. `how long` and `who` say what is looked for. */
function withoutAsking(text: string, shape: Query['shape']): string {
  if (shape === 'read')
    return text
      .replace(/^read(?: out| me)?\s+/i, ' ')
      .replace(/\b(?:what|does|say|says|said|about|paragraphs?|text|content|contents)\b/gi, ' ');
  return text
    .replace(/^(?:how many|count|number of|total number of)\b/i, ' ')
    .replace(/^how much\b/i, ' price ')
    .replace(/^how long\b/i, ' duration ')
    .replace(/^who (wrote|writes)\b/i, ' author ')
    .replace(/\bwhat time\b/i, ' ')
    .replace(/\b(?:cost|costs) (?=price\b)/i, ' ');
}
