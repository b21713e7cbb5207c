import type { Shelf } from '../answer/select.js';
import type { Query } from '../language/query.js';
import type { Item } from '../page-model/item.js';
import type { Page } from '../page-model/page.js';

export const shelvesOf = ({ collections }: Page): readonly Shelf[] => collections;

/** Who names nothing does not mean the menu. */
export const shelvesFor = ({ words }: Query, page: Page): readonly Shelf[] =>
  words.length > 0 ? page.collections : page.collections.filter(({ isContent }) => isContent);

/** Things that no page holds together. */
export const shelfOf = (items: readonly Item[]): Shelf => ({ items, labels: [], columns: [], isContent: true });

const NOTHING =
  /^(?:sorry[,.! ]+)?(?:we (?:could not|couldn.t|did not|didn.t) find|there (?:are|were|is) no|your search .{0,60}did not match|no|0|nothing)\b.{0,60}\b(?:results?|match(?:es)?|match|found|for|items?|products?|entries)\b/i;

/** Whether the page says of itself that it found nothing. */
export const saysNothing = ({ notices, sections }: Page): boolean =>
  [...notices, ...sections.flatMap(({ paragraphs }) => paragraphs.slice(0, 5))].some((text) => text.length < 200 && NOTHING.test(text));
