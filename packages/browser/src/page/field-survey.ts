/// <reference lib="dom" />
import type { Page } from 'playwright-core';
import type { CdpSession } from '../cdp/index.js';
import type { Deadline } from './deadline.js';
import { runIsolated } from './isolated-world.js';
import type { TabState } from './tab.js';

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** What the accessibility snapshot does not say of the fields and frames in a document. */
export interface FieldFacts {
  isReadonly: boolean;
  isRequired: boolean;
  /** What it holds is shown by dots. */
  isPassword: boolean;
  /** The element itself is what `contenteditable` makes editable; then its text. */
  isEditable: boolean;
  text: string;
  /** Where the content of a frame begins, from the corner of its box. */
  inset: { x: number; y: number };
}

/** The fields of one document, found by where they are. */
export interface Survey {
  at(box: Box | undefined): FieldFacts | undefined;
  /** Whether a text is what a password field holds. Where the fields could not be read, every text may be. */
  mayBePassword(text: string): boolean;
}

const FIELDS = 'input, textarea, select, iframe, frame, [contenteditable], [aria-required], [aria-readonly]';
const MAX_FIELDS = 5_000;

/** Runs in the page: one row for each field. Through Playwright in the page's own world, so that what comes is checked. */
function readFields(given: Element[] | null, max = 5_000): unknown[] {
  const fields = 'input, textarea, select, iframe, frame, [contenteditable], [aria-required], [aria-readonly]';
  const maxTextChars = 1_000;
  const find = (root: ParentNode): Element[] => {
    const inner = [...root.querySelectorAll('*')].flatMap((element) => (element.shadowRoot === null ? [] : find(element.shadowRoot)));
    return [...root.querySelectorAll(fields), ...inner];
  };
  const rows = (given ?? find(document)).slice(0, max);
  return rows.map((element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    const field = element as HTMLInputElement;
    const isFrame = element.localName === 'iframe' || element.localName === 'frame';
    const style = isFrame ? getComputedStyle(element) : undefined;
    const isEditable = (element as HTMLElement).isContentEditable === true && element.parentElement?.isContentEditable !== true;
    return {
      box: [x, y, width, height].map((side) => Math.round(side)).join(','),
      flags: [
        field.readOnly === true || element.getAttribute('aria-readonly') === 'true',
        field.required === true || element.getAttribute('aria-required') === 'true',
        isEditable,
        field.type === 'password',
      ],
      inset: isFrame
        ? [
            element.clientLeft + Number.parseFloat(style?.paddingLeft ?? '0'),
            element.clientTop + Number.parseFloat(style?.paddingTop ?? '0'),
          ]
        : [0, 0],
      password: field.type === 'password' ? field.value : '',
      text: isEditable ? (element as HTMLElement).innerText.slice(0, maxTextChars) : '',
    };
  });
}

interface Row {
  box: string;
  flags: boolean[];
  inset: number[];
  password: string;
  text: string;
}

const isRow = (row: unknown): row is Row => {
  const { box, flags, inset, password, text } = (row ?? {}) as Partial<Record<keyof Row, unknown>>;
  return (
    typeof box === 'string' &&
    typeof password === 'string' &&
    typeof text === 'string' &&
    Array.isArray(flags) &&
    Array.isArray(inset) &&
    inset.every((side) => typeof side === 'number')
  );
};

const keyOf = ({ x, y, width, height }: Box) => [x, y, width, height].join(',');

/** Knows nothing, and so takes every text for a password. */
export const UNKNOWN: Survey = { at: () => undefined, mayBePassword: () => true };

/** Of the page itself: in an isolated world, which the page cannot reach. */
export async function surveyPage(session: CdpSession, tab: TabState, deadline: Deadline): Promise<Survey> {
  return toSurvey(await runIsolated(session, tab, deadline, readFields, null));
}

/**
 * Of the frame with this ref, which may be of another process. What a hostile page does to its own world can make that impossible: then
 * nothing is known of it, and its values are not shown.
 */
export async function surveyFrame(page: Page, frameRef: string, signal: AbortSignal): Promise<Survey> {
  const fields = page.getByRef(frameRef).contentFrame().locator(FIELDS);
  const answer: unknown = await fields.evaluateAll(readFields, MAX_FIELDS).catch(() => {
    signal.throwIfAborted();
    return undefined;
  });
  return toSurvey(answer);
}

function toSurvey(answer: unknown): Survey {
  if (!Array.isArray(answer) || !answer.every(isRow)) return UNKNOWN;
  const facts = new Map<string, FieldFacts>();
  for (const { box, flags, inset, text } of answer) {
    if (facts.has(box)) continue; // where two lie on top of each other, the outer one counts
    facts.set(box, {
      isReadonly: flags[0] === true,
      isRequired: flags[1] === true,
      isEditable: flags[2] === true,
      isPassword: flags[3] === true,
      text,
      inset: { x: inset[0] ?? 0, y: inset[1] ?? 0 },
    });
  }
  const passwords = new Set(answer.map(({ password }) => password).filter((password) => password !== ''));
  const isComplete = answer.length < MAX_FIELDS;
  return {
    at: (box) => (box === undefined ? undefined : facts.get(keyOf(box))),
    mayBePassword: (text) => !isComplete || passwords.has(text),
  };
}
