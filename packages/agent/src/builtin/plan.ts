import type { Brief } from '../model.js';
import type { Previous } from './answer/previous.js';
import { beyond } from './beyond.js';
import { askAnew, replacementIn } from './language/follow-up.js';
import { type Instruction, NotUnderstood, parseTask } from './language/instructions.js';

const MAX_TASK_CHARS = 4000;
const MAX_INSTRUCTIONS = 40;

const everything = (asked: string): Instruction => ({
  kind: 'answer',
  query: { asked, shape: 'list', words: [], limits: [], order: null, show: [], pair: [], isOfPrevious: false, isOfThat: false },
});

/**
 * What a task asks to be done, step by step.
 * @throws {ModelError} `required` where a part of it fits no rule
 */
export function planFor({ task, startUrl }: Brief, previous: Previous): readonly Instruction[] {
  if (task.length > MAX_TASK_CHARS) throw beyond(`does not read tasks of more than ${MAX_TASK_CHARS} characters`);
  const instructions = parse(asWhole(task, previous));
  if (instructions.length > MAX_INSTRUCTIONS) throw beyond(`carries out at most ${MAX_INSTRUCTIONS} instructions in a turn`);
  // Who only says what to search for wants to know what there is.
  const last = instructions.at(-1);
  const plan = last?.kind === 'search' ? [...instructions, everything(`search for ${last.query}`)] : instructions;
  return plan.map((instruction, index) => (index === 0 && startUrl === null ? leaning(instruction, previous) : instruction));
}

/** A follow-up takes its question from the turn before. */
function asWhole(task: string, previous: Previous): string {
  const replacement = replacementIn(task);
  if (replacement === null) return task;
  // The last question that was not about the result before it.
  const [question] = previous.asked;
  if (question === undefined)
    throw beyond(`does not know what “${task.trim()}” goes on from: the result of the turn before does not say what was asked`);
  if (question.length > MAX_TASK_CHARS) throw beyond(`does not go on from questions of more than ${MAX_TASK_CHARS} characters`);
  return askAnew(question, replacement);
}

function parse(task: string): Instruction[] {
  try {
    return parseTask(task);
  } catch (error) {
    if (!(error instanceof NotUnderstood)) throw error;
    throw beyond(
      `did not understand “${error.clause.slice(0, 200)}”; it takes direct instructions (open, follow, search for, fill … with …, choose, click, sign in, list, read, compare, how many, which)`,
    );
  }
}

/** `Which is the cheapest?` with no page to ask it of is asked of what the turn before found. */
function leaning(instruction: Instruction, previous: Previous): Instruction {
  if (instruction.kind !== 'answer' || previous.items.length === 0) return instruction;
  const { query } = instruction;
  const isBare =
    query.words.length === 0 && query.pair.length === 0 && query.shape !== 'read' && (query.limits.length > 0 || query.order !== null);
  return isBare ? { kind: 'answer', query: { ...query, isOfPrevious: true } } : instruction;
}
