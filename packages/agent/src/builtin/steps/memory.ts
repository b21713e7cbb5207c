import type { PastStep, ToolResult } from '../../model.js';
import type { Item } from '../page-model/item.js';

/** What is remembered from step to step: it is kept in what the model says, so that a turn can go on from its history alone. */
export interface Memory {
  /** Which instruction of the task is being carried out, from 0. */
  readonly at: number;
  /** What was tried for it. */
  readonly tried: readonly string[];
  /** What was found for it on the pages before. */
  readonly found: readonly Item[];
  /** How many things were looked at for it. */
  readonly considered: number;
  /** Words that the way to this page was chosen by. */
  readonly came: readonly string[];
  /** Where what was found was found. */
  readonly sources: readonly string[];
  /** What has been done, a sentence each. */
  readonly did: readonly string[];
}

export const NOTHING_YET: Memory = { at: 0, tried: [], found: [], considered: 0, came: [], sources: [], did: [] };

/** The outcome of what was tried last. */
export interface Outcome {
  readonly success: boolean;
  readonly text: string;
  /** Whether the page went elsewhere. */
  readonly hasMoved: boolean;
}

const NOTES = '\nNotes: ';

export const withNotes = (sentence: string, memory: Memory): string => `${sentence}${NOTES}${JSON.stringify(memory)}`;

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every((one) => typeof one === 'string');
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0;

const isItem = (value: unknown): value is Item =>
  isRecord(value) &&
  typeof value.title === 'string' &&
  typeof value.group === 'string' &&
  (value.url === null || (typeof value.url === 'string' && URL.canParse(value.url))) &&
  Array.isArray(value.attributes) &&
  value.attributes.every((one) => isRecord(one) && typeof one.name === 'string' && typeof one.value === 'string');

function isMemory(value: unknown): value is Memory {
  if (!isRecord(value)) return false;
  const { at, tried, found, considered, came, sources, did } = value;
  return isCount(at) && isCount(considered) && [tried, came, sources, did].every(isTexts) && Array.isArray(found) && found.every(isItem);
}

/** The last notes in the history; another model may have said what is there beside them. */
export function readMemory(history: readonly PastStep[]): Memory {
  for (const { thought } of history.toReversed()) {
    const at = thought.lastIndexOf(NOTES);
    if (at < 0) continue;
    try {
      const notes: unknown = JSON.parse(thought.slice(at + NOTES.length));
      if (isMemory(notes)) return notes;
    } catch {
      // not what we wrote down: the step before it may be
    }
  }
  return NOTHING_YET;
}

/** Addresses of this session that a call led to, for lists of what was visited. */
export function lastOutcome(history: readonly PastStep[]): Outcome | null {
  const result: ToolResult | undefined = history.at(-1)?.calls.at(-1)?.result;
  if (result === undefined) return null;
  return { success: result.success, text: result.text, hasMoved: result.action?.changes.url !== undefined };
}
