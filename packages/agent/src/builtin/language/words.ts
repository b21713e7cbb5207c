/** Words that say nothing about what is looked for. */
const FILLERS = new Set(
  (
    'a an the of in on at to for from with by and or as than is are was were be been do does did has have had it its this that these those ' +
    'there here what which who whom whose how many much when where all any some every each me my i you your we our they them their ' +
    'please now today currently right site website web page shown see show can could would give tell say says find get ' +
    'about out up if so just only also not into more most'
  ).split(' '),
);

/** Nouns that stand for whatever the page lists. */
const GENERIC_NOUNS = new Set(
  (
    'item product thing entry entrie entry result one name title option everything record row listing list category section department kind type ' +
    'link element available existing different exist number'
  ).split(' '),
);

/** What one asks for in one word, and pages say in another. */
const SYNONYMS: readonly (readonly string[])[] = [
  ['price', 'cost', 'fare', 'fee', 'costing', 'priced'],
  ['author', 'writer', 'wrote', 'written'],
  ['rating', 'stars', 'star', 'score', 'rated'],
  ['date', 'day', 'published', 'posted'],
  ['departs', 'departure', 'leaves', 'leave', 'leaving', 'depart'],
  ['arrives', 'arrival', 'arrive', 'arriving'],
  ['duration', 'takes', 'take', 'length'],
  ['telephone', 'phone', 'tel'],
  ['sale', 'offer', 'deal', 'discount', 'discounted', 'reduced', 'clearance', 'bargain'],
  ['email', 'e-mail', 'mail'],
];

const MIN_COMMON_START = 5;
const MAX_ENDING = 4;

/** Without case, accents and punctuation; every character that is neither letter nor digit becomes a blank. */
export const folded = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/['’]s\b/g, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

/** The form that a singular and its plural have in common. */
export function stem(word: string): string {
  if (word.length > 4 && /ies?$/.test(word)) return word.replace(/ies?$/, 'y');
  if (word.length > 4 && /(s|x|z|ch|sh)es$/.test(word)) return word.slice(0, -2);
  if (word.length > 3 && /[^su]s$/.test(word)) return word.slice(0, -1);
  return word;
}

export const allWords = (text: string): string[] => folded(text).split(' ').filter(Boolean).map(stem);

/** The words of a text that say what it is about, each once. */
export const contentWords = (text: string): string[] => [
  ...new Set(
    folded(text)
      .split(' ')
      .filter((word) => word !== '' && !FILLERS.has(word))
      .map(stem),
  ),
];

/** `item`, `result` and the like: whatever the page lists is one. */
export const isGeneric = (word: string): boolean => GENERIC_NOUNS.has(word);

const synonymsOf = new Map<string, number>(SYNONYMS.flatMap((group, index) => group.map((word) => [stem(folded(word)), index] as const)));

/** Whether two stems are of one word (`depart`, `departure`) or mean the same to one who asks (`cost`, `price`). */
export function isSameWord(one: string, other: string): boolean {
  if (one === other) return true;
  const group = synonymsOf.get(one);
  if (group !== undefined && group === synonymsOf.get(other)) return true;
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  return short.length >= MIN_COMMON_START && long.startsWith(short) && long.length - short.length <= MAX_ENDING;
}

export const hasWord = (words: readonly string[], word: string): boolean => words.some((one) => isSameWord(one, word));

/** Whether all of these words are in the text. */
export function mentions(text: string, words: readonly string[]): boolean {
  const own = allWords(text);
  return words.every((word) => hasWord(own, word));
}

/**
 * How well a name on the page is what somebody called it: 1 when it is the very name, less the more words are beside it, 0 when a word
 * that was said is missing.
 */
export function likeness(name: string, said: string): number {
  if (folded(name) === folded(said)) return folded(said) === '' ? 0 : 1;
  const own = allWords(name);
  const wanted = contentWords(said).length > 0 ? contentWords(said) : allWords(said);
  if (wanted.length === 0 || own.length === 0 || !wanted.every((word) => hasWord(own, word))) return 0;
  return (0.9 * wanted.length) / Math.max(own.length, wanted.length);
}
