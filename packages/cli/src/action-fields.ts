import type { Action, ActionType } from '@carrel/sdk';
import { parseJson, splitPair } from './arguments.js';
import { UsageError } from './exit-codes.js';

/** Every field of every action, with its type: mapped from the contract, so that the tables below cannot drift from it. */
type FieldsOf<A> = A extends unknown ? { [Name in keyof A]-?: NonNullable<A[Name]> } : never;
type AllFields = FieldsOf<Action>;
type FieldNames<A, Type> = A extends unknown ? { [Name in keyof A]: A[Name] extends Type ? Name : never }[keyof A] : never;
type NumberField = FieldNames<AllFields, number>;
type BooleanField = FieldNames<AllFields, boolean>;
type ListField = FieldNames<AllFields, readonly unknown[]>;

const NUMBERS: Record<NumberField, true> = { timeoutMs: true, timeMs: true, delayMs: true, amountPx: true, quality: true };
const BOOLEANS: Record<BooleanField, true> = { accept: true, fullPage: true };
const LISTS: Record<ListField, true> = { values: true, files: true, modifiers: true };
/** Objects, and whatever JSON is. */
const JSON_FIELDS: ReadonlySet<string> = new Set(['position', 'arg']);

/** What a word without a name means. */
const BARE: Record<ActionType, 'url' | 'place' | 'key' | 'expression' | 'tabId' | 'text' | null> = {
  goto: 'url',
  back: null,
  forward: null,
  reload: null,
  click: 'place',
  doubleClick: 'place',
  hover: 'place',
  fill: 'place',
  type: 'text',
  press: 'key',
  select: 'place',
  check: 'place',
  uncheck: 'place',
  upload: 'place',
  download: 'place',
  drag: 'place',
  scroll: 'place',
  wait: null,
  newTab: 'url',
  switchTab: 'tabId',
  closeTab: 'tabId',
  evaluate: 'expression',
  dialog: null,
  screenshot: 'place',
};
export const ACTION_TYPES = Object.keys(BARE) as ActionType[];

const isRef = (text: string) => /^(f\d+)?e\d+$/.test(text);
const isActionType = (type: string): type is ActionType => Object.hasOwn(BARE, type);

/**
 * An action from the words of a command line. `name=value` gives a field; a list's name may be repeated. One word without a name is
 * the field that the action is mostly about: a URL, a key, or an element by ref or selector. What it all amounts to is for the server
 * to judge.
 */
export function actionOf(type: string, words: readonly string[]): Action {
  if (!isActionType(type)) throw new UsageError(`There is no action "${type}". There are: ${ACTION_TYPES.join(', ')}.`);
  const fields: Record<string, unknown> = {};
  for (const word of words) {
    const [name, text] = /^[a-zA-Z]+=/.test(word) ? (splitPair(word) ?? [bareName(type, word), word]) : [bareName(type, word), word];
    const isList = Object.hasOwn(LISTS, name);
    if (!isList && Object.hasOwn(fields, name)) throw new UsageError(`"${name}" is given twice.`);
    fields[name] = isList ? [...((fields[name] as unknown[] | undefined) ?? []), text] : fieldValue(name, text);
  }
  return { type, ...fields } as Action;
}

function bareName(type: ActionType, word: string): string {
  const meaning = BARE[type];
  if (meaning === null) throw new UsageError(`"${word}" needs a name: write it as name=value.`);
  return meaning === 'place' ? (isRef(word) ? 'ref' : 'selector') : meaning;
}

function fieldValue(name: string, text: string): unknown {
  if (Object.hasOwn(NUMBERS, name)) {
    if (text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
    throw new UsageError(`"${name}" must be a number, not "${text}".`);
  }
  if (Object.hasOwn(BOOLEANS, name)) {
    if (text === 'true' || text === 'false') return text === 'true';
    throw new UsageError(`"${name}" must be true or false, not "${text}".`);
  }
  return JSON_FIELDS.has(name) ? parseJson(text) : text;
}
