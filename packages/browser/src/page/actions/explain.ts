import { CarrelError } from '@carrel/protocol';
import { firstLine, isTimeout } from '../attend.js';
import { ActionFailed } from './action-context.js';

const MAX_REASON_CHARS = 300;

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences of terminal colours
const COLOURS = /\u001b\[\d+m/g;

/** What hinders an action, as Playwright's log says it, and as we say it. The last line that matches tells the cause. */
const HINDRANCES: readonly (readonly [pattern: RegExp, say: (label: string, found: string) => string])[] = [
  [/- (<.*>) (?:from (<.*>) subtree )?intercepts pointer events/, (label, found) => `${label} is covered by ${found}`],
  [/element is not visible/, (label) => `${label} is not visible`],
  [/element is not enabled/, (label) => `${label} is disabled`],
  [/element is not editable/, (label) => `${label} is read-only`],
  [/element is outside of the viewport/, (label) => `${label} is outside of the viewport and cannot be scrolled into it`],
  [/element was detached from the DOM/, (label) => `${label} keeps being replaced by the page`],
];

/** Only when nothing else is the matter: in passing, elements move on every page. */
const MOVING: typeof HINDRANCES = [[/element is not stable/, (label) => `${label} keeps moving`]];

/** What an element is not made for, as Playwright says it, and what to do instead. */
const WRONG_KINDS: readonly (readonly [pattern: RegExp, say: (label: string, found: string) => string])[] = [
  [
    /Element is not an <input>, <textarea>(?:, <select>)? or/,
    (label) => `${label} is not a field that can be filled; use select for a dropdown, else click it, or use type`,
  ],
  [
    /Input of type "(\w+)" cannot be filled/,
    (label, type) => `${label} is an input of type ${type}, which cannot be filled; ${insteadOfFill(type)}`,
  ],
  [/Cannot type text into input\[type=number\]/, (label) => `${label} takes only numbers`],
  [/Element is not a <select> element/, (label) => `${label} is not a <select>: click it, observe, then click the option`],
  [/Not a checkbox or radio button/, (label) => `${label} is neither a checkbox, a radio button nor a switch; click it instead`],
  [/Cannot uncheck radio button/, (label) => `${label} is a radio button, which is unchecked by checking another one`],
  [/Clicking the checkbox did not change its state/, (label) => `Clicking ${label} did not change its state: the page prevents it`],
  [/Node is not an HTMLInputElement/, (label) => `${label} is not a file input`],
  [/Non-multiple file input can only accept single file/, (label) => `${label} takes only one file`],
  [/Element is not visible|Node is either not visible or not an HTMLElement/, (label) => `${label} is not visible`],
  [/Unknown key: (.*)$/m, (_, key) => `There is no key called ${key}: use names like Enter, ArrowDown, a, or chords like Control+A`],
];

function insteadOfFill(type: string): string {
  if (type === 'checkbox' || type === 'radio') return 'use check or uncheck';
  return type === 'file' ? 'use upload' : 'click it instead';
}

/** Whether an error says that the page, tab or frame went away while something was done with it. */
export const isGone = (error: unknown): boolean =>
  error instanceof Error &&
  /Target page, context or browser has been closed|Frame was detached|Target closed|frame got detached/.test(error.message);

/**
 * Says in a caller's words why something with an element failed.
 * @param label how messages call the element
 */
export function explain(error: unknown, label: string, place: { isRef: boolean }, timeoutMs: number): ActionFailed {
  if (error instanceof ActionFailed) return error;
  if (error instanceof CarrelError) return new ActionFailed('timeout', error.message, error);
  const text = (error instanceof Error ? error.message : String(error)).replaceAll(COLOURS, '');
  if (text.includes('strict mode violation')) return new ActionFailed('ambiguous', ambiguous(text, label), error);
  const wrongKind = sayIt(WRONG_KINDS, text, label);
  if (wrongKind !== undefined) return new ActionFailed('not_actionable', `${wrongKind}.`, error);
  if (isBadSelector(text)) return new ActionFailed('not_found', `The selector ${label} cannot be understood: ${reasonOf(text)}`, error);
  if (isTimeout(error)) return explainTimeout(error, text, label, place, timeoutMs);
  if (/not attached|detached/i.test(text)) return new ActionFailed('stale_ref', `${label} has gone from the page: observe again.`, error);
  return new ActionFailed('not_actionable', `${label} could not take the action: ${reasonOf(text)}`, error);
}

function explainTimeout(error: unknown, text: string, label: string, place: { isRef: boolean }, timeoutMs: number): ActionFailed {
  const hindrance = sayIt(HINDRANCES, text, label) ?? sayIt(MOVING, text, label);
  const within = `within ${timeoutMs} ms`;
  if (hindrance !== undefined) return new ActionFailed('not_actionable', `${hindrance}, and that did not change ${within}.`, error);
  if (text.includes('did not find some options')) {
    return new ActionFailed(
      'not_actionable',
      `${label} has not all of these options: observe it to see which it has (by value or label).`,
      error,
    );
  }
  const wasFound = text.includes('locator resolved to') || place.isRef;
  if (wasFound) return new ActionFailed('timeout', `${label} was found, but the action was not done ${within}: the page is busy.`, error);
  return new ActionFailed('not_found', `Nothing on the page matches ${label}; waited ${timeoutMs} ms.`, error);
}

/** The message of the last line that one of the patterns matches. */
function sayIt(sayings: typeof HINDRANCES, text: string, label: string): string | undefined {
  for (const line of text.split('\n').toReversed()) {
    for (const [pattern, say] of sayings) {
      const match = pattern.exec(line);
      if (match !== null) return say(label, (match[1] ?? '').slice(0, MAX_REASON_CHARS));
    }
  }
  return undefined;
}

const isBadSelector = (text: string) =>
  /is not a valid (?:selector|XPath)|while parsing (?:css )?selector|Unknown engine|Malformed selector|Unsupported token|Unexpected (?:end|token|symbol)/.test(
    text,
  );

/** The first line without Playwright's call names. */
const reasonOf = (text: string) =>
  firstLine(text)
    .replace(/^(?:\w+\.\w+: )?(?:Error: )?/, '')
    .slice(0, MAX_REASON_CHARS);

function ambiguous(text: string, label: string): string {
  const count = /resolved to (\d+) elements/.exec(text)?.[1] ?? 'several';
  const matches = [...text.matchAll(/^\s*\d+\) (<.*?>)(?:.*? aka (.*))?$/gm)].slice(0, 3);
  const examples = matches.map(([, html = '', aka]) => (aka === undefined ? html : `${html} (${aka})`.slice(0, 160)));
  return `${label} matches ${count} elements: ${examples.join(', ')}. Use a ref, or a narrower selector.`;
}
