import { asUrl, type Instruction } from '../language/instructions.js';
import { contentWords, likeness } from '../language/words.js';
import { isContent } from '../page-model/collections.js';
import type { Control } from '../page-model/forms.js';
import { type Call, call, type Move, type Situation, someOf, tryEach } from './move.js';

type Of<K extends Instruction['kind']> = Extract<Instruction, { kind: K }>;

const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth'];
const ORDINAL = new RegExp(
  `^(${ORDINALS.join('|')}|last|top|\\d{1,3}(?:st|nd|rd|th))(?: (?:search )?(result|item|entry|link|one|product|article|story|post|book|row|card|hit))?`,
  'i',
);

/** What is called so, most like it first. */
export function likeliest(controls: readonly Control[], said: string): Control[] {
  return controls
    .filter(({ isDisabled }) => !isDisabled)
    .map((control) => ({ control, score: likeness(control.name, said) + (isContent(control.node) ? 0.01 : 0) }))
    .filter(({ score }) => score > 0.02)
    .toSorted((one, other) => other.score - one.score)
    .map(({ control }) => control);
}

export const clickOn = ({ ref, name, role }: Control): Call =>
  call('click', { ref }, `clicking the ${role} “${name}”`, `click ${role} ${name} ${ref}`);

/** `the first result`: by its place in the list that the page is about. */
function byPlace({ page }: Situation, target: string): Call[] {
  const match = ORDINAL.exec(target);
  if (match === null) return [];
  const lists = page.collections.filter(({ isContent: counts, items }) => counts && items.some(({ url }) => url !== null));
  const main = lists.toSorted((one, other) => other.items.length - one.items.length)[0];
  const linked = main?.items.filter(({ url }) => url !== null) ?? [];
  const [, said = ''] = match;
  const place = ORDINALS.indexOf(said.toLowerCase());
  const index = /last/i.test(said) ? linked.length - 1 : /top/i.test(said) ? 0 : place >= 0 ? place : Number.parseInt(said, 10) - 1;
  const item = linked[index];
  return item?.url == null ? [] : [call('navigate', { url: item.url }, `opening “${item.title}”`, `open ${item.url}`)];
}

export function open(situation: Situation, { target }: Of<'open'>): Move {
  const { page } = situation;
  const url = asUrl(target) ?? (target.startsWith('/') && URL.canParse(target, page.url) ? new URL(target, page.url).href : null);
  if (url !== null) {
    const candidates = [call('navigate', { url }, `opening ${url}`, `open ${url}`)];
    return tryEach(situation, candidates, `opened ${url}`, `${url} could not be opened`);
  }
  return click(situation, { kind: 'click', target, isLink: true });
}

export function click(situation: Situation, { target, isLink }: Of<'click'>): Move {
  const { page, outcome } = situation;
  const found = likeliest(page.controls, target);
  const links = found.filter(({ role }) => role === 'link');
  const others = found.filter(({ role }) => role !== 'link');
  const ordered = isLink
    ? [...links, ...others]
    : found.toSorted((one, other) => likeness(other.name, target) - likeness(one.name, target));
  const candidates = [...ordered.slice(0, 4).map(clickOn), ...byPlace(situation, target)];
  const move = tryEach(
    situation,
    candidates,
    `opened “${target}”`,
    `nothing on the page is called “${target}”; ${someOf(page.controls.filter(({ node }) => isContent(node) || !isLink).map(({ name }) => name))}`,
  );
  if (move.kind !== 'next') return move;
  return {
    kind: 'next',
    did: `${isLink ? 'followed' : 'clicked'} “${target}”`,
    memory: outcome?.hasMoved === true ? { came: contentWords(target) } : {},
  };
}

/** What is one call whatever the page is. */
export function simply(situation: Situation, instruction: Of<'press'> | Of<'back'> | Of<'scroll'>): Move {
  const calls = {
    press: () => call('press', { key: instruction.kind === 'press' ? instruction.key : '' }, 'pressing the key', 'press'),
    back: () => call('back', {}, 'going back', 'back'),
    scroll: () => call('scroll', { direction: instruction.kind === 'scroll' ? instruction.direction : 'down' }, 'scrolling', 'scroll'),
  };
  const did = { press: 'pressed the key', back: 'went back', scroll: 'scrolled' };
  return tryEach(situation, [calls[instruction.kind]()], did[instruction.kind], `the page did not take it`);
}

export function ask(situation: Situation, { question }: Of<'ask'>): Move {
  if (situation.outcome?.success === true) return { kind: 'next', did: `asked “${question}”: ${situation.outcome.text}` };
  if (!situation.brief.canAskHuman) return { kind: 'stuck', because: 'nobody can be asked in this turn' };
  return tryEach(situation, [call('ask_human', { question }, 'asking a person', 'ask')], '', 'nobody could be asked');
}
