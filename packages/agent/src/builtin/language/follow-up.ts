import { unquoted } from './clauses.js';

const WHAT_ABOUT = /^(?:(?:and|but|ok(?:ay)?|so)[,\s]+)*(?:what|how) about\s+(.+?)[?.!\s]*$/i;
const AND_IN = /^(?:and|but)\s+((?:in|for|from|by|of|under|over|on)\s+.+?)[?.!\s]*$/i;
const PREPOSITION = /^(in|for|from|by|of|at|under|over|about|on)\s+(.+)$/i;

/** What a task asks to be put in place of something in the question before: `What about in Science?`; null: it is no such task. */
export function replacementIn(task: string): string | null {
  const text = task.trim();
  return WHAT_ABOUT.exec(text)?.[1] ?? AND_IN.exec(text)?.[1] ?? null;
}

/** The question before, asked anew with the replacement. */
export function askAnew(question: string, replacement: string): string {
  const bare = question.replace(/[?.!\s]+$/, '');
  const ending = /\?\s*$/.test(question) ? '?' : '';
  const prepositional = PREPOSITION.exec(replacement);
  if (prepositional === null) {
    // `What is the price of A` and `What about B`: what the question is about comes last.
    const about = /^(.*?\b(?:of|about|for)\s+)(.+)$/i.exec(bare) ?? /^(.*?\b(?:does|is|are)\s+)(.+)$/i.exec(bare);
    return `${about?.[1] ?? `${bare} `}${replacement}${ending}`;
  }
  const [, preposition = '', rest = ''] = prepositional;
  // `on sale` is no place; all others are where the question looks.
  const place = /^on$/i.test(preposition) ? null : new RegExp(`^(.*)\\b${preposition}\\s+(?:the\\s+)?(?!the\\b).+$`, 'i').exec(bare);
  const before = place?.[1]?.trim() ?? '';
  return `${before === '' ? bare : before} ${preposition} ${unquoted(rest)}${ending}`;
}
