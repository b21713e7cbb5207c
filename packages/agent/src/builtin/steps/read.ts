import { quote } from '../answer/wording.js';
import type { Query } from '../language/query.js';
import { mentions } from '../language/words.js';
import type { Page } from '../page-model/page.js';
import type { Answer, Move, Situation } from './move.js';
import { sentencesWith } from './value.js';
import { wayTo } from './way.js';

const MAX_CHARS = 6000;

/** Prose, word for word: of the whole page, of the section that is called so, or the sentences that speak of it. */
export function read(situation: Situation, query: Query): Move {
  const wanted = { missing: query.words, asked: query.asked, isExact: false, isReading: true };
  const { page } = situation;
  const paragraphs = proseOn(page, query.words);
  if (paragraphs.length > 0) return said(page, query, paragraphs);
  const way = wayTo(situation, wanted);
  if (way !== undefined) return way;
  const subject = query.words.map((word) => `“${word}”`).join(', ');
  return {
    kind: 'answer',
    lines: [`Nothing found: no section and no sentence of the page speaks of ${subject || 'anything'}.`],
    items: [],
    asked: [query.asked],
    sources: [page.url],
  };
}

function proseOn(page: Page, words: readonly string[]): readonly string[] {
  const own = words.filter(
    (word) => !mentions(page.heading, [word]) || page.sections.some(({ heading }) => heading !== page.heading && mentions(heading, [word])),
  );
  if (own.length === 0)
    return page.sections[0]?.heading === page.heading ? (page.sections[0]?.paragraphs ?? []) : page.sections.flatMap(allOf);
  const section = page.sections
    .filter(({ paragraphs }) => paragraphs.length > 0)
    .find(({ heading }) => heading !== '' && mentions(heading, own));
  return section?.paragraphs ?? sentencesWith(page, own);
}

const allOf = ({ heading, paragraphs }: Page['sections'][number]) => (heading === '' ? paragraphs : [heading, ...paragraphs]);

function said(page: Page, query: Query, paragraphs: readonly string[]): Answer {
  const lines: string[] = [];
  let chars = 0;
  for (const paragraph of new Set(paragraphs)) {
    chars += paragraph.length;
    if (chars > MAX_CHARS) {
      lines.push('(There is more on the page.)');
      break;
    }
    lines.push(quote(paragraph));
  }
  return { kind: 'answer', lines: ['The page says:', ...lines], items: [], asked: [query.asked], sources: [page.url] };
}
