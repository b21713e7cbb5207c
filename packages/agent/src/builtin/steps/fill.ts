import type { Instruction } from '../language/instructions.js';
import { contentWords, likeness } from '../language/words.js';
import { isContent } from '../page-model/collections.js';
import { type Field, searchBoxIn, submitFor } from '../page-model/forms.js';
import { clickOn, likeliest } from './act.js';
import { type Call, call, type Move, type Situation, someOf, tryEach } from './move.js';

type Of<K extends Instruction['kind']> = Extract<Instruction, { kind: K }>;

const called = (fields: readonly Field[], said: string, name: (field: Field) => string = ({ label }) => label) =>
  fields
    .map((field) => ({ field, score: likeness(name(field), said) }))
    .filter(({ score }) => score > 0)
    .toSorted((one, other) => other.score - one.score)
    .map(({ field }) => field);

const labels = (fields: readonly Field[]) => someOf(fields.map(({ label, group }) => label || group));

const fillIn = ({ ref, label }: Field, value: string): Call =>
  call('fill', { ref, value }, `filling in “${label}”`, `fill ${label} ${ref}`);
const selectIn = ({ ref, label }: Field, option: string): Call =>
  call('select', { ref, values: [option] }, `choosing “${option}” for “${label}”`, `select ${label} ${option} ${ref}`);
const check = ({ ref, label }: Field, checked: boolean): Call =>
  call('check', { ref, checked }, `${checked ? 'ticking' : 'clearing'} “${label}”`, `check ${label} ${ref}`);

const optionIn = ({ options }: Field, said: string): string | undefined =>
  options.toSorted((one, other) => likeness(other, said) - likeness(one, said)).find((option) => likeness(option, said) > 0);

/** One call for a field of any kind, if the value fits it. */
function setField(field: Field, value: string): Call[] {
  if (field.kind === 'text') return [fillIn(field, value)];
  const option = optionIn(field, value);
  return option === undefined ? [] : [selectIn(field, option)];
}

export function fill(situation: Situation, { field, value }: Of<'fill'>): Move {
  const { fields } = situation.page;
  const found = called(fields, field).filter(({ kind }) => kind === 'text' || kind === 'choice');
  const candidates = found.flatMap((one) => setField(one, value));
  const move = tryEach(
    situation,
    candidates,
    `filled in “${field}” with “${value}”`,
    `the page has no field “${field}”; ${labels(fields)}`,
  );
  return move.kind === 'stuck' && candidates.length === 0 ? (chooseRadio(situation, value, field) ?? move) : move;
}

/** One of a set of radio buttons, called by the name of the set. */
function chooseRadio(situation: Situation, option: string, field: string): Move | undefined {
  const radios = situation.page.fields.filter(({ kind, group }) => kind === 'radio' && (field === '' || likeness(group, field) > 0));
  const candidates = called(radios, option).map((radio) => check(radio, true));
  return candidates.length === 0 ? undefined : tryEach(situation, candidates, `chose “${option}”`, '');
}

export function choose(situation: Situation, { option, field }: Of<'choose'>): Move {
  const { page, memory } = situation;
  const fits = (one: Field) => field === '' || likeness(one.label, field) > 0 || likeness(one.group, field) > 0;
  const choices = page.fields.filter((one) => one.kind === 'choice' && fits(one)).flatMap((one) => setField(one, option));
  const ticks = called(
    page.fields.filter((one) => (one.kind === 'radio' || one.kind === 'checkbox') && fits(one)),
    option,
  ).map((one) => check(one, true));
  const isOpen = memory.tried.some((key) => key.startsWith('expand '));
  const options =
    isOpen || field === ''
      ? likeliest(
          page.controls.filter(({ role }) => /^(option|menuitem|tab|button)/.test(role)),
          option,
        ).map(clickOn)
      : [];
  const typed = field === '' ? [] : page.fields.filter((one) => one.kind === 'text' && fits(one));
  // A list that the page draws itself is opened first; then its options are on the page.
  const expanding = typed
    .filter(({ node }) => node.role === 'combobox')
    .map((one) => call('click', { ref: one.ref }, `opening “${one.label}”`, `expand ${one.label}`));
  if (isOpen && options.length > 0 && !memory.tried.some((key) => key.startsWith('click '))) return options[0] as Call;
  const plain = typed.filter(({ node }) => node.role !== 'combobox').map((one) => fillIn(one, option));
  const candidates = [...choices, ...ticks, ...options, ...expanding, ...plain];
  const wasOnlyOpened = memory.tried.at(-1)?.startsWith('expand ') === true;
  const none = `nothing here lets one choose “${option}”${field === '' ? '' : ` for “${field}”`}; ${labels(page.fields)}`;
  return tryEach(wasOnlyOpened ? { ...situation, outcome: null } : situation, candidates, `chose “${option}”`, none);
}

export function tick(situation: Situation, { field, isChecked }: Of<'tick'>): Move {
  const boxes = situation.page.fields.filter(({ kind }) => kind === 'checkbox' || kind === 'radio');
  const found = called(boxes, field);
  const did = `${isChecked ? 'ticked' : 'cleared'} “${field}”`;
  if (situation.outcome === null && found[0]?.isChecked === isChecked) return { kind: 'next', did: `${did} (it was so already)` };
  return tryEach(
    situation,
    found.map((box) => check(box, isChecked)),
    did,
    `the page has no box “${field}”; ${labels(boxes)}`,
  );
}

const SENDS =
  /\b(submit|send|save|continue|next|confirm|book|order|apply|register|subscribe|place|update|ok|reserve|request|sign up|check ?out|pay|search|go)\b/i;

export function submit(situation: Situation): Move {
  const { page } = situation;
  const filled = page.fields.filter(({ node, value, isChecked }) => isContent(node) && (value !== '' || isChecked));
  const near = filled.slice(0, 1).flatMap(({ node }) => submitFor(node, page.controls) ?? []);
  const buttons = page.controls.filter(({ role, isDisabled, node }) => role === 'button' && !isDisabled && isContent(node));
  const candidates = [...near, ...buttons.filter(({ name }) => SENDS.test(name)), ...(buttons.length === 1 ? buttons : [])];
  return tryEach(
    situation,
    candidates.map(clickOn),
    'sent the form',
    `the page has no button that sends a form; ${someOf(buttons.map(({ name }) => name))}`,
  );
}

/** Types what is looked for into the search box of the page and sends it. */
export function search(situation: Situation, { query }: Of<'search'>): Move {
  const { page, memory, outcome } = situation;
  const last = memory.tried.at(-1);
  const found = { kind: 'next', did: `searched for “${query}”`, memory: { came: contentWords(query) } } as const;
  const box = searchBoxIn(page.fields);
  if (last === 'search button' || (last === 'search enter' && outcome?.success === true && (outcome.hasMoved || box === undefined))) {
    return outcome?.success === true ? found : { kind: 'stuck', because: outcome?.text ?? 'the search box took nothing' };
  }
  if (box === undefined) {
    const ways = likeliest(page.controls, 'search')
      .slice(0, 1)
      .map((control) => ({ ...clickOn(control), key: 'search way' }));
    return tryEach({ ...situation, outcome: null }, ways, '', 'the page has no search box');
  }
  if (last === 'search enter') {
    const button = submitFor(box.node, page.controls);
    // Where Enter led nowhere, the page may have found it without going anywhere, or waits for its button.
    return button === undefined ? found : { ...clickOn(button), key: 'search button' };
  }
  if (last === 'search fill') {
    if (outcome?.success !== true) return { kind: 'stuck', because: outcome?.text ?? 'the search box took nothing' };
    return call('press', { key: 'Enter', ref: box.ref }, `searching for “${query}”`, 'search enter');
  }
  return call('fill', { ref: box.ref, value: query }, `typing “${query}” into the search box`, 'search fill');
}
