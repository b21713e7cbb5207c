import { contentWords, folded, hasWord, isGeneric, stem } from '../language/words.js';
import { type Control, searchBoxIn, submitFor } from '../page-model/forms.js';
import { absoluteUrl } from '../page-model/item.js';
import { clickOn } from './act.js';
import { search } from './fill.js';
import { type Call, call, type Situation } from './move.js';

/** What a way is looked for. */
export interface Wanted {
  /** What has not been found yet. */
  readonly missing: readonly string[];
  /** As it was said, to be typed into a search box. */
  readonly asked: string;
  /** Only what is called exactly so. */
  readonly isExact: boolean;
  /** By links alone: whoever is told to read fills in no form. */
  readonly isReading?: boolean;
}

/** Words that name what is said of things, and are no things to search for. */
const ASPECTS = new Set('price cost author rating date duration address phone telephone email hour opening departure arrival'.split(' '));

const leadsAway = (link: Control, url: string) => {
  const target = absoluteUrl(link.url, url);
  return target !== null && target.replace(/#.*$/, '') !== url.replace(/#.*$/, '');
};

/** Links that are called what is wanted, most like it first. */
function links({ page }: Situation, { missing, isExact }: Wanted): Call[] {
  return page.controls
    .filter((control) => control.role === 'link' && leadsAway(control, page.url))
    .map((control) => {
      const own = contentWords(control.name).filter((word) => !isGeneric(word));
      const hits = missing.filter((word) => hasWord(own, word)).length;
      const isAll = hits === missing.length && own.length === hits;
      return { control, score: own.length === 0 || (isExact && !isAll) ? 0 : hits / missing.length + hits / own.length };
    })
    .filter(({ score }) => score >= 1)
    .toSorted((one, other) => other.score - one.score)
    .map(({ control }) => ({
      ...clickOn(control),
      says: `following “${control.name}”`,
      key: `go ${absoluteUrl(control.url, page.url)}`,
      memory: { came: missing.filter((word) => hasWord(contentWords(control.name), word)) },
    }));
}

const ALL = /^(?:see |view |show |browse )?all\b/i;

/** `All books`, where books are asked for and nothing that tells them apart. */
export function toAll({ page, memory }: Situation, words: readonly string[]): Call | undefined {
  const link = page.controls.find((control) => {
    const own = contentWords(control.name.replace(ALL, ''));
    const isSame = own.every((word) => hasWord(words, word)) && words.every((word) => hasWord(own, word));
    return control.role === 'link' && ALL.test(control.name) && words.length > 0 && isSame && leadsAway(control, page.url);
  });
  if (link === undefined) return undefined;
  const way = {
    ...clickOn(link),
    says: `following “${link.name}”`,
    key: `go ${absoluteUrl(link.url, page.url)}`,
    memory: { came: [...words] },
  };
  return memory.tried.includes(way.key) ? undefined : way;
}

/** Choices of a form that narrow the page down: `Subject: Science`. */
function choices({ page }: Situation, { missing }: Wanted): Call[] {
  return page.fields
    .filter(({ kind }) => kind === 'choice')
    .flatMap(({ ref, label, options, value }) =>
      options
        .filter((option) => {
          const own = contentWords(option);
          return option !== value && own.length > 0 && own.every((word) => hasWord(missing, word));
        })
        .map((option) =>
          call('select', { ref, values: [option] }, `choosing “${option}” for “${label}”`, `choice ${label} ${option}`, {
            came: contentWords(option),
          }),
        ),
    );
}

/** A choice that did nothing by itself waits for the button of its form. */
function applied({ page, memory, outcome }: Situation): Call | undefined {
  const last = memory.tried.at(-1);
  if (last?.startsWith('choice ') !== true || outcome?.success !== true || outcome.hasMoved) return undefined;
  const field = page.fields.find(({ label, kind, value }) => kind === 'choice' && last === `choice ${label} ${value}`);
  const button = field === undefined ? undefined : submitFor(field.node, page.controls);
  return button === undefined ? undefined : { ...clickOn(button), key: `apply ${last}` };
}

/** Buttons and tabs that show more of the same page. */
const openers = ({ page }: Situation, { missing }: Wanted): Call[] =>
  page.controls
    .filter(({ role, name, isDisabled }) => /^(tab|button)$/.test(role) && !isDisabled && contentWords(name).length > 0)
    .filter(
      ({ role, node, name }) =>
        (role === 'tab' || node.flags.has('expanded')) && missing.every((word) => hasWord(contentWords(name), word)),
    )
    .map((control) => ({ ...clickOn(control), key: `show ${control.name}` }));

/**
 * The next thing to try on the way to what the page does not have: a link that is called so, a choice of a form, the search box.
 * Undefined: there is none that was not tried.
 */
export function wayTo(situation: Situation, wanted: Wanted): Call | undefined {
  const apply = applied(situation);
  if (apply !== undefined) return apply;
  if (wanted.missing.length === 0) return undefined;
  const { tried } = situation.memory;
  const choosing = wanted.isReading === true ? [] : choices(situation, wanted);
  const ways = [...links(situation, wanted), ...choosing, ...openers(situation, wanted)];
  const fresh = ways.find(({ key }) => !tried.includes(key));
  if (fresh !== undefined || wanted.isExact || wanted.isReading === true) return fresh;
  const query = wordsToType(wanted);
  if (query === '' || searchBoxIn(situation.page.fields) === undefined || tried.some((key) => key.startsWith('search '))) return undefined;
  const first = search({ ...situation, outcome: null }, { kind: 'search', query });
  return first.kind === 'call' ? first : undefined;
}

/** The wanted words as they were written. */
function wordsToType({ missing, asked }: Wanted): string {
  const said = folded(asked).split(' ');
  return [...new Set(said.filter((word) => missing.includes(stem(word)) && !ASPECTS.has(stem(word))))].join(' ');
}

/**
 * Goes on with a search that was begun on the way.
 * @returns the next call, or the situation with the search behind it
 */
export function goOn(situation: Situation, wanted: Wanted): Call | Situation {
  const { memory } = situation;
  const isSearching = memory.tried.at(-1)?.startsWith('search ') === true;
  if (!isSearching) return situation;
  const move = search(situation, { kind: 'search', query: wordsToType(wanted) });
  if (move.kind === 'call') return move;
  const came = move.kind === 'next' ? [...memory.came, ...wanted.missing] : memory.came;
  return { ...situation, memory: { ...memory, came } };
}

const NEXT =
  /^(?:next(?: page)?|older(?: posts| entries| stories| news)?|more(?: results| posts| stories| items)?|load more|show more)?\s*[›»→>]*$/i;

/** What leads to the next page of a list. */
export const nextPage = ({ page, memory }: Situation): Call | undefined => {
  const control = page.controls.find(
    ({ role, name, isDisabled, node }) =>
      (role === 'link' || role === 'button') && !isDisabled && name !== '' && NEXT.test(name.trim()) && !node.flags.has('expanded'),
  );
  if (control === undefined) return undefined;
  const target = absoluteUrl(control.url, page.url);
  if (control.role === 'link' && (target === null || target === page.url)) return undefined;
  const count = memory.tried.filter((key) => key.startsWith('page ')).length;
  return { ...clickOn(control), says: 'going on to the next page of the list', key: target === null ? `page ${count}` : `page ${target}` };
};
