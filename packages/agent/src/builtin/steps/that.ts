import { sayItem } from '../answer/wording.js';
import { beyond } from '../beyond.js';
import type { Query } from '../language/query.js';
import { call, type Move, type Situation } from './move.js';
import { answerOf } from './value.js';

/** A question about the one thing that the turn before found: what was said of it answers it, else its own page does. */
export function ofThat({ previous, memory, page }: Situation, query: Query): Move {
  const [thing] = previous.items;
  if (thing === undefined || previous.items.length > 1) {
    throw beyond(`does not know which one “${query.asked}” means: the turn before found ${previous.items.length}`);
  }
  const isThere = memory.tried.some((key) => key.startsWith('item '));
  const asked = [...previous.asked, query.asked];
  const sources = [...new Set([...previous.sources, ...(isThere ? [page.url] : [])])];
  const known = answerOf(isThere ? page.subject : thing, query);
  if (known !== null) return { ...known, asked, sources };
  if (!isThere && thing.url !== null) return call('navigate', { url: thing.url }, `looking at “${thing.title}”`, `item ${thing.url}`);
  const items = isThere ? [{ ...page.subject, title: thing.title }] : [thing];
  return {
    kind: 'answer',
    lines: ['It is not said by name. What is said of it:', ...items.map((item) => `- ${sayItem(item)}`)],
    items,
    asked,
    sources,
  };
}
