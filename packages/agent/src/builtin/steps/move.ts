import type { Json } from '@carrel/protocol';
import type { Brief } from '../../model.js';
import type { Previous } from '../answer/previous.js';
import type { Item } from '../page-model/item.js';
import type { Page } from '../page-model/page.js';
import type { Memory, Outcome } from './memory.js';

/** All that a step is decided from. */
export interface Situation {
  readonly brief: Brief;
  readonly page: Page;
  readonly previous: Previous;
  readonly memory: Memory;
  /** Of what was tried last for this instruction; null: nothing was. */
  readonly outcome: Outcome | null;
}

/** A call of a tool, and what it is remembered by. */
export interface Call {
  readonly kind: 'call';
  readonly tool: string;
  readonly input: Record<string, Json>;
  /** What it does, as `clicking “Books”`. */
  readonly says: string;
  /** The same thing is not tried twice. */
  readonly key: string;
  readonly memory?: Partial<Memory>;
}

/** The answer, first lines first. */
export interface Answer {
  readonly kind: 'answer';
  readonly lines: readonly string[];
  readonly items: readonly Item[];
  readonly asked: readonly string[];
  readonly sources: readonly string[];
}

export type Move =
  | Call
  | Answer
  /** The instruction is carried out. */
  | { readonly kind: 'next'; readonly did: string; readonly memory?: Partial<Memory> }
  /** It cannot be: the turn ends with what was done and why it went no further. */
  | { readonly kind: 'stuck'; readonly because: string };

export const call = (tool: string, input: Record<string, Json>, says: string, key: string, memory: Partial<Memory> = {}): Call => ({
  kind: 'call',
  tool,
  input,
  says,
  key,
  memory,
});

/**
 * Tries one after the other until one works.
 * @param did what is said when one has worked
 * @param none why there is no more to try
 */
export function tryEach({ memory, outcome }: Situation, candidates: readonly Call[], did: string, none: string): Move {
  if (outcome?.success === true) return { kind: 'next', did };
  const next = candidates.find(({ key }) => !memory.tried.includes(key));
  if (next !== undefined) return next;
  return { kind: 'stuck', because: outcome === null ? none : outcome.text };
}

/** A few names of what there is, for somebody who named something else. */
export const someOf = (names: readonly string[]): string => {
  const some = [...new Set(names.filter((name) => name !== ''))].slice(0, 8).map((name) => `“${name}”`);
  return some.length === 0 ? 'there is none' : `there are ${some.join(', ')}`;
};
