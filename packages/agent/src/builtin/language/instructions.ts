import { clausesOf, protect, unquoted } from './clauses.js';
import { isQuestion, parseQuery, type Query } from './query.js';

/** What one clause of a task says to do. */
export type Instruction =
  | { readonly kind: 'open'; readonly target: string }
  | { readonly kind: 'click'; readonly target: string; readonly isLink: boolean }
  | { readonly kind: 'search'; readonly query: string }
  | { readonly kind: 'fill'; readonly field: string; readonly value: string }
  | { readonly kind: 'choose'; readonly option: string; readonly field: string }
  | { readonly kind: 'tick'; readonly field: string; readonly isChecked: boolean }
  | { readonly kind: 'press'; readonly key: string }
  | { readonly kind: 'submit' }
  | { readonly kind: 'sign-in'; readonly alias: string }
  | { readonly kind: 'add'; readonly item: string; readonly to: string }
  | { readonly kind: 'back' }
  | { readonly kind: 'scroll'; readonly direction: 'up' | 'down' }
  | { readonly kind: 'ask'; readonly question: string }
  | { readonly kind: 'answer'; readonly query: Query };

/** A clause that no rule fits. */
export class NotUnderstood extends Error {
  override readonly name = 'NotUnderstood';
  readonly clause: string;
  constructor(clause: string) {
    super(`no rule for “${clause}”`);
    this.clause = clause;
  }
}

const THE = /^(?:the|a|an|my|our|on|to|into|in)\s+/i;
const THING =
  /\s+(?:button|link|tab|page|field|box|menu(?: item)?|section|site|website|form|input|checkbox|option|radio button|dropdown|list|key)$/i;
const KEYS =
  'enter|return|escape|esc|tab|space|backspace|delete|arrow ?up|arrow ?down|arrow ?left|arrow ?right|page ?up|page ?down|home|end';

/** `the “Books” link` → `Books`. */
function plain(text: string): string {
  let rest = text.trim().replace(/[.!?]+$/, '');
  for (let before = ''; before !== rest; ) {
    before = rest;
    rest = rest.replace(THE, '').trim();
  }
  const bare = rest.replace(THING, '').trim();
  return unquoted(bare === '' ? rest : bare);
}

type Rule = readonly [pattern: RegExp, make: (groups: readonly string[]) => Instruction];

/** What a rule for a verb takes from the words after it; the first that fits counts. */
const RULES: readonly Rule[] = [
  [/^(?:go|navigate) back\b.*$/i, () => ({ kind: 'back' })],
  [
    /^scroll(?: the page)?(?: (up|down|to the (?:bottom|top|end)))?.*$/i,
    ([where]) => ({ kind: 'scroll', direction: /up|top/.test(where ?? '') ? 'up' : 'down' }),
  ],
  [
    /^(?:sign|log) ?in(?:to)?\b(?:.*?\b(?:with|using|as)\s+(?:the\s+)?(?:credentials?\s+|login\s+|account\s+)?(.+))?.*$/i,
    ([alias]) => ({ kind: 'sign-in', alias: plain(alias ?? '') }),
  ],
  [
    new RegExp(`^(?:press|hit|push)\\s+(?:the\\s+)?(${KEYS}|[a-z0-9])(?:\\s+key)?$`, 'i'),
    ([key]) => ({ kind: 'press', key: keyName(key ?? '') }),
  ],
  [
    /^(?:search|look)(?:\s+(?:the|this)\s+(?:site|page|shop|website|catalogue|store|forum|wiki))?\s+(?:for|up)\s+(.+)$/i,
    ([query]) => ({ kind: 'search', query: plain(query ?? '') }),
  ],
  [/^search\s+(.+?)\s+for\s+(.+)$/i, ([, query]) => ({ kind: 'search', query: plain(query ?? '') })],
  [/^(?:open|go to|visit|navigate to|browse to|load|go)\s+(.+)$/i, ([target]) => ({ kind: 'open', target: plain(target ?? '') })],
  [/^follow\s+(.+)$/i, ([target]) => ({ kind: 'click', target: plain(target ?? ''), isLink: true })],
  [
    /^(?:click|press|tap|push|hit)(?:\s+on)?\s+(.+)$/i,
    ([target]) => ({ kind: 'click', target: plain(target ?? ''), isLink: /\blink$/i.test(target ?? '') }),
  ],
  [/^(?:submit|send)(?:\s+(?:the|this)\s+[\p{L} ]+|\s+it)?$/iu, () => ({ kind: 'submit' })],
  [
    /^fill(?:\s+(?:in|out))?\s+(.+?)\s+(?:with|as)\s+(.+)$/i,
    ([field, value]) => ({ kind: 'fill', field: plain(field ?? ''), value: unquoted(value ?? '') }),
  ],
  [
    /^(?:type|enter|write|put|fill(?:\s+in)?)\s+(.+?)\s+(?:into|in|as|for|to)\s+(?:the\s+|your\s+|my\s+)?(.+)$/i,
    ([value, field]) => ({ kind: 'fill', field: plain(field ?? ''), value: unquoted(value ?? '') }),
  ],
  [/^set\s+(.+?)\s+to\s+(.+)$/i, ([field, value]) => ({ kind: 'fill', field: plain(field ?? ''), value: unquoted(value ?? '') })],
  [
    /^(?:choose|select|pick)\s+(.+?)\s+(?:as|for|from|in|under)\s+(.+)$/i,
    ([option, field]) => ({ kind: 'choose', option: plain(option ?? ''), field: plain(field ?? '') }),
  ],
  [/^(?:choose|select|pick)\s+(.+)$/i, ([option]) => ({ kind: 'choose', option: plain(option ?? ''), field: '' })],
  [
    /^(?:check|tick)\s+(?!how|what|which|if|whether|that)(.+)$/i,
    ([field]) => ({ kind: 'tick', field: plain(field ?? ''), isChecked: true }),
  ],
  [/^(?:uncheck|untick)\s+(.+)$/i, ([field]) => ({ kind: 'tick', field: plain(field ?? ''), isChecked: false })],
  [
    /^(?:add|put)\s+(.+?)\s+(?:to|into|in)\s+(?:the|my|your|our)\s+(cart|basket|bag|trolley|wish ?list|list|favou?rites)$/i,
    ([item, to]) => ({ kind: 'add', item: plain(item ?? ''), to: to ?? '' }),
  ],
  [
    /^ask\s+(?:me|a (?:person|human)|the user|somebody|someone)\s+(?:for\s+|about\s+)?(.+)$/i,
    ([question]) => ({ kind: 'ask', question: question ?? '' }),
  ],
];
/** Only while forms are being filled in: `email with ada@example.com`. */
const CONTINUED_FILL: Rule = [
  /^(.+?)\s+(?:with|as|to)\s+(.+)$/i,
  ([field, value]) => ({ kind: 'fill', field: plain(field ?? ''), value: unquoted(value ?? '') }),
];

const KEY_NAMES: Record<string, string> = { return: 'Enter', esc: 'Escape', space: 'Space' };

function keyName(key: string): string {
  const small = key.toLowerCase().replace(/ /g, '');
  return (
    KEY_NAMES[small] ??
    small.replace(/^(arrow|page)?(.)(.*)$/, (_, first: string | undefined, letter: string, rest: string) => {
      const start = first === undefined ? '' : `${first.charAt(0).toUpperCase()}${first.slice(1)}`;
      return small.length === 1 ? small : `${start}${letter.toUpperCase()}${rest}`;
    })
  );
}

const URL_LIKE = /^(?:https?:\/\/\S+|(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?(?:\/\S*)?|localhost(?::\d+)?(?:\/\S*)?)$/i;

/** An address that was written in the task, in full; null: it is none. */
export function asUrl(text: string): string | null {
  const bare = unquoted(text);
  if (!URL_LIKE.test(bare)) return null;
  const whole = /^https?:/i.test(bare) ? bare : `https://${bare}`;
  return URL.canParse(whole) ? whole : null;
}

/** `On http://…, list …` and `list … at http://…`: first go there. */
function splitPlace(clause: string): { place: string | null; rest: string } {
  const { text, restore } = protect(clause);
  const match = /(?:^|\s|,)(?:on|at|from|in|of)?\s*(?:the\s+)?(?:site|page|website|shop)?\s*(\uE000\d+\uE001)(?:[,:]\s*|\s|$)/i;
  for (const found of text.matchAll(new RegExp(match, 'gi'))) {
    const url = asUrl(restore(found[1] ?? ''));
    const isFull = /^https?:/i.test(restore(found[1] ?? ''));
    const before = text.slice(0, found.index);
    if (url === null || (!isFull && !/\b(?:on|at|from)\s*$/i.test(found[0].slice(0, found[0].indexOf('\uE000'))))) continue;
    return {
      place: url,
      rest: restore(`${before} ${text.slice(found.index + found[0].length)}`)
        .trim()
        .replace(/[,:]$/, ''),
    };
  }
  return { place: null, rest: clause };
}

function parseClause(clause: string, before: Instruction | undefined): Instruction[] {
  if (/^(?:open|go|visit|navigate|browse|load)\b/i.test(clause) && !/^(?:go|navigate) back/i.test(clause)) {
    const target = plain(clause.replace(/^(?:open|go to|visit|navigate to|browse to|load|go)\s+/i, ''));
    return [{ kind: 'open', target }];
  }
  const { place, rest } = splitPlace(clause);
  const first: Instruction[] = place === null ? [] : [{ kind: 'open', target: place }];
  const text = rest.replace(/^[,\s]+/, '');
  if (text === '') return first;
  return [...first, parseWhole(text, before)];
}

/** Of a clause, what it quotes left out, and of a question: rules for words take longer than their text is long. */
const MAX_CLAUSE_CHARS = 500;

function parseWhole(text: string, before: Instruction | undefined): Instruction {
  const { text: safe, restore } = protect(text);
  if (safe.length > MAX_CLAUSE_CHARS) throw new NotUnderstood(text);
  for (const [pattern, make] of before?.kind === 'fill' ? [...RULES, CONTINUED_FILL] : RULES) {
    const match = pattern.exec(safe);
    if (match !== null) return make(match.slice(1).map((group) => restore(group ?? '')));
  }
  if (text.length <= MAX_CLAUSE_CHARS && isQuestion(text)) return { kind: 'answer', query: parseQuery(text) };
  throw new NotUnderstood(text);
}

/**
 * The steps that a task asks for.
 * @throws {NotUnderstood} where a clause of it fits no rule
 */
export function parseTask(task: string): Instruction[] {
  const instructions: Instruction[] = [];
  for (const clause of clausesOf(task)) instructions.push(...parseClause(clause, instructions.at(-1)));
  if (instructions.length === 0) throw new NotUnderstood(task.trim());
  return instructions;
}
