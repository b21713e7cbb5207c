/// <reference lib="dom" />
import type { Page } from 'playwright-core';

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
  /** The element itself is what `contenteditable` makes editable. */
  isEditable: boolean;
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

/**
 * Runs in the page's own world: one row for each field. What a page could make up here is about itself alone, and is checked when it
 * arrives.
 */
function readFields(elements: Element[], max: number): unknown[] {
  return elements.slice(0, max).map((element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    const field = element as HTMLInputElement;
    const isFrame = element.localName === 'iframe' || element.localName === 'frame';
    const style = isFrame ? getComputedStyle(element) : undefined;
    const flags = [
      field.readOnly === true || element.getAttribute('aria-readonly') === 'true',
      field.required === true || element.getAttribute('aria-required') === 'true',
      (element as HTMLElement).isContentEditable === true && element.parentElement?.isContentEditable !== true,
    ];
    return {
      box: [x, y, width, height].map((side) => Math.round(side)).join(','),
      flags,
      inset: isFrame
        ? [
            element.clientLeft + Number.parseFloat(style?.paddingLeft ?? '0'),
            element.clientTop + Number.parseFloat(style?.paddingTop ?? '0'),
          ]
        : [0, 0],
      password: field.type === 'password' ? field.value : '',
    };
  });
}

interface Row {
  box: string;
  flags: boolean[];
  inset: number[];
  password: string;
}

const isRow = (row: unknown): row is Row => {
  const { box, flags, inset, password } = (row ?? {}) as Partial<Record<keyof Row, unknown>>;
  return (
    typeof box === 'string' &&
    typeof password === 'string' &&
    Array.isArray(flags) &&
    Array.isArray(inset) &&
    inset.every((side) => typeof side === 'number')
  );
};

const keyOf = ({ x, y, width, height }: Box) => [x, y, width, height].join(',');

/** Knows nothing, and so takes every text for a password. */
const UNKNOWN: Survey = { at: () => undefined, mayBePassword: () => true };

/**
 * Reads the fields of a document, open shadow roots included: of the page, or of the frame with this ref.
 * @throws when the page has gone or the time is over; a frame that has gone is only not known
 */
export async function surveyFields(page: Page, frameRef: string | undefined, signal: AbortSignal): Promise<Survey> {
  const scope = frameRef === undefined ? page : page.getByRef(frameRef).contentFrame();
  const answer: unknown = await scope
    .locator(FIELDS)
    .evaluateAll(readFields, MAX_FIELDS)
    .catch((error: unknown) => {
      signal.throwIfAborted();
      if (frameRef === undefined || page.isClosed()) throw error;
      return undefined;
    });
  if (!Array.isArray(answer) || !answer.every(isRow)) return UNKNOWN;
  const facts = new Map<string, FieldFacts>();
  for (const { box, flags, inset } of answer) {
    if (facts.has(box)) continue; // where two lie on top of each other, the outer one counts
    facts.set(box, {
      isReadonly: flags[0] === true,
      isRequired: flags[1] === true,
      isEditable: flags[2] === true,
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
