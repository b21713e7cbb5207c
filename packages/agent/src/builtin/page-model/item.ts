import { readDate, readMoney } from '../language/values.js';
import { folded } from '../language/words.js';
import { nodesIn, type PageNode, textOf } from './snapshot.js';

/** What is said of an item: `price: €34.00`; the name is empty where the page does not say what it is. */
export interface Attribute {
  readonly name: string;
  readonly value: string;
}

/** One of several things that a page lists, or the one that the page is about. */
export interface Item {
  readonly title: string;
  /** Where it leads, absolute; null: nowhere. */
  readonly url: string | null;
  readonly attributes: readonly Attribute[];
  /** The heading that it stands under. */
  readonly group: string;
}

const MAX_ATTRIBUTES = 12;
const MAX_VALUE_CHARS = 300;
const LABELLED = /^([\p{L}][^:;.!?]{0,30}):\s+(\S.*)$/u;
const COUNTED = /^(\d[\d.,]*)\s+([\p{L}]+)$/u;
const RATING = /^(?:rated\s+)?\d(?:[.,]\d)?\s*(?:\/|out of|of)\s*(?:5|10)\b|\bstars?$/i;
const NOT_READ = new Set(['button', 'textbox', 'searchbox', 'combobox', 'spinbutton', 'slider', 'listbox', 'option']);

const clip = (text: string) => (text.length > MAX_VALUE_CHARS ? `${text.slice(0, MAX_VALUE_CHARS)}…` : text);

/** What a short text beside a title tells, by its form. */
export function toAttribute(whole: string, isStruckOut = false): Attribute {
  const text = clip(whole);
  const labelled = LABELLED.exec(text);
  if (labelled !== null) return { name: (labelled[1] ?? '').trim(), value: labelled[2] ?? '' };
  const counted = COUNTED.exec(text);
  if (text.length <= 40 && readMoney(text) !== null) return { name: isStruckOut ? 'price before' : 'price', value: text };
  if (RATING.test(text)) return { name: 'rating', value: text };
  if (counted !== null) return { name: counted[2] ?? '', value: counted[1] ?? '' };
  const by = /^by\s+(.{2,60})$/i.exec(text);
  if (by !== null) return { name: 'author', value: by[1] ?? '' };
  if (text.length <= 40 && readDate(text) !== null) return { name: 'date', value: text };
  return { name: '', value: text };
}

/** A short line that is not cut by a reader's eye is not cut here either: a row of inline texts is, at its dots and bars. */
const pieces = (text: string) =>
  text
    .split(/\s+[·|•]\s+|^[·|•]\s+|\s+[·|•]$/)
    .map((piece) => piece.trim())
    .filter((piece) => /[\p{L}\p{N}]/u.test(piece));

interface Leaf {
  readonly text: string;
  readonly isStruckOut: boolean;
}

/** The smallest texts in a node, in order. A link or an image is one. `skip` leaves parts out. */
function leavesOf(node: PageNode, skip: (node: PageNode) => boolean): Leaf[] {
  if (skip(node) || NOT_READ.has(node.role)) return [];
  const isStruckOut = node.role === 'deletion';
  const hasInner = node.children.some(({ role }) => role !== 'text');
  const isWhole = ['link', 'img', 'heading', 'time', 'paragraph', 'definition', 'cell'].includes(node.role) && isInline(node);
  if (!hasInner || isWhole) return pieces(textOf(node)).map((text) => ({ text, isStruckOut }));
  return joined(node.children).flatMap((part) =>
    'role' in part ? leavesOf(part, skip).map((leaf) => (isStruckOut ? { ...leaf, isStruckOut } : leaf)) : [part],
  );
}

const INLINE = new Set(['text', 'strong', 'emphasis', 'code', 'time', 'generic', 'link', 'img', 'subscript', 'superscript']);
/** A sentence with links and stress in it, and not a box of boxes. */
const isInline = (node: PageNode): boolean =>
  node.role === 'link'
    ? node.name !== ''
    : node.children.some(({ role }) => role === 'text' || role === 'strong') &&
      node.children.every((child) => INLINE.has(child.role) && child.children.every(({ role }) => INLINE.has(role)));

const LABELS = new Set(['strong', 'term', 'emphasis']);

/** `<b>Price:</b> €3` and `<dt>Price</dt><dd>€3</dd>` are one text each: `Price: €3`. */
function joined(children: readonly PageNode[]): (PageNode | Leaf)[] {
  const parts: (PageNode | Leaf)[] = [];
  for (let index = 0; index < children.length; index++) {
    const child = children[index] as PageNode;
    const next = children[index + 1];
    const label = LABELS.has(child.role) ? textOf(child).replace(/:$/, '') : '';
    const isPair = next !== undefined && (child.role === 'term' ? next.role === 'definition' : label !== '' && textOf(child).endsWith(':'));
    if (isPair && next !== undefined) {
      parts.push({ text: `${label}: ${textOf(next)}`, isStruckOut: false });
      index++;
    } else parts.push(child);
  }
  return parts;
}

/** Of two prices, one right after the other, a higher first one is what it cost before: not all that is struck out is told to be. */
function isBefore(one: Attribute, next: Attribute | undefined): boolean {
  if (one.name !== 'price' || next?.name !== 'price') return false;
  return (readMoney(one.value) ?? 0) > (readMoney(next.value) ?? Number.POSITIVE_INFINITY);
}

/** What a node says beside its title. */
export function attributesIn(node: PageNode, title: string, skip: (node: PageNode) => boolean = () => false): Attribute[] {
  const seen = new Set([folded(title)]);
  const attributes: Attribute[] = [];
  for (const { text, isStruckOut } of leavesOf(node, skip)) {
    if (attributes.length >= MAX_ATTRIBUTES) break;
    if (seen.has(folded(text)) || folded(text) === '') continue;
    seen.add(folded(text));
    attributes.push(toAttribute(text, isStruckOut));
  }
  return attributes.map((attribute, index) =>
    isBefore(attribute, attributes[index + 1]) ? { ...attribute, name: 'price before' } : attribute,
  );
}

/** Against the page's own address; null where it makes no address to go to. */
export function absoluteUrl(url: string | null, base: string): string | null {
  if (url === null || !URL.canParse(url, base)) return null;
  const absolute = new URL(url, base);
  return ['http:', 'https:'].includes(absolute.protocol) ? absolute.href : null;
}

/** What an item is called: its heading, else its first link, else its first words. */
function titleNode(node: PageNode): PageNode | undefined {
  let link: PageNode | undefined;
  for (const one of nodesIn(node)) {
    if (one.role === 'heading' && textOf(one) !== '') return one;
    if (link === undefined && one.role === 'link' && /\p{L}{2}|\p{L}.*\p{N}/u.test(textOf(one))) link = one;
  }
  return link;
}

/** A whole card can be a link. */
const aroundIt = (titled: PageNode | undefined) => (titled?.parent?.role === 'link' ? titled.parent : undefined);

/** An entry of a list, a card, an article; null when it says nothing. */
export function toItem(node: PageNode, group: string, base: string): Item | null {
  const titled = titleNode(node);
  const leaves = titled === undefined ? leavesOf(node, () => false) : [];
  const title = titled === undefined ? (leaves[0]?.text ?? '') : textOf(titled);
  if (title === '') return null;
  const links = [...nodesIn(node)].filter(({ role }) => role === 'link');
  const inTitle = titled === undefined ? undefined : [...nodesIn(titled)].find(({ role }) => role === 'link');
  const link = inTitle ?? aroundIt(titled) ?? (links.length === 1 ? links[0] : undefined);
  // What is drawn inside of the link is a picture of the item; its name is what it says.
  const attributes = attributesIn(node, title, (inner) => inner === titled);
  return { title: clip(title), url: absoluteUrl(link?.url ?? null, base), attributes, group };
}

/** All that is said of an item, to look for words in. */
export const itemText = ({ title, attributes, group }: Item): string =>
  [title, group, ...attributes.map(({ name, value }) => `${name} ${value}`)].join(' ');
