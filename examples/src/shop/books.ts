/** Money, in cents of a euro. */
export type Cents = number;

export interface Book {
  /** Names the book in URLs and in the cart. */
  readonly slug: string;
  readonly title: string;
  /** The title as it was first written, with its language tag, where it is another. */
  readonly original?: { readonly title: string; readonly language: string };
  readonly author: string;
  readonly year: number;
  readonly subject: Subject;
  readonly price: Cents;
  /** What members pay. Shown to those who are signed in, and to nobody else. */
  readonly membersPrice: Cents;
  /** What everybody pays while it is on sale; not set: it is not. */
  readonly salePrice?: Cents;
  readonly blurb: string;
  /** Which of the covers that the style sheet draws, 1 to 8. */
  readonly cover: number;
}

export const SUBJECTS = ['Novels', 'Voyages', 'Science', 'Tales', 'Essays'] as const;
export type Subject = (typeof SUBJECTS)[number];

export const BOOKS: readonly Book[] = [
  {
    slug: 'moby-dick',
    title: 'Moby-Dick; or, The Whale',
    author: 'Herman Melville',
    year: 1851,
    subject: 'Voyages',
    price: 1850,
    membersPrice: 1480,
    blurb: 'A captain, a crew of all nations, and the one animal in all the seas that would rather be left alone.',
    cover: 1,
  },
  {
    slug: 'frankenstein',
    title: 'Frankenstein; or, The Modern Prometheus',
    author: 'Mary Shelley',
    year: 1818,
    subject: 'Novels',
    price: 1290,
    membersPrice: 990,
    blurb: 'He makes a being, and looks away. What follows across the ice is the price of looking away.',
    cover: 2,
  },
  {
    slug: 'genji',
    title: 'The Tale of Genji',
    original: { title: 'Genji monogatari', language: 'ja-Latn' },
    author: 'Murasaki Shikibu',
    year: 1010,
    subject: 'Novels',
    price: 3400,
    membersPrice: 2720,
    blurb: 'Letters tied to branches, sleeves wet with dew, and a court where handwriting decides everything.',
    cover: 3,
  },
  {
    slug: 'thousand-and-one-nights',
    title: 'The Thousand and One Nights',
    original: { title: 'ألف ليلة وليلة', language: 'ar' },
    author: 'Anonymous',
    year: 1300,
    subject: 'Tales',
    price: 2950,
    membersPrice: 2360,
    salePrice: 2190,
    blurb: 'One story a night, each broken off at the best place. A life depends on the next evening.',
    cover: 4,
  },
  {
    slug: 'brothers-karamazov',
    title: 'The Brothers Karamazov',
    original: { title: 'Братья Карамазовы', language: 'ru' },
    author: 'Fyodor Dostoevsky',
    year: 1880,
    subject: 'Novels',
    price: 2190,
    membersPrice: 1750,
    blurb: 'Three sons, one father fewer, and every question that cannot be settled before breakfast.',
    cover: 5,
  },
  {
    slug: 'origin-of-species',
    title: 'On the Origin of Species',
    author: 'Charles Darwin',
    year: 1859,
    subject: 'Science',
    price: 1690,
    membersPrice: 1350,
    blurb: 'One long argument, made with pigeons, barnacles and patience.',
    cover: 6,
  },
  {
    slug: 'starry-messenger',
    title: 'The Starry Messenger',
    original: { title: 'Sidereus Nuncius', language: 'la' },
    author: 'Galileo Galilei',
    year: 1610,
    subject: 'Science',
    price: 1150,
    membersPrice: 920,
    blurb: 'Mountains on the Moon and four small lights beside Jupiter, drawn on the nights they were first seen.',
    cover: 7,
  },
  {
    slug: 'twenty-thousand-leagues',
    title: 'Twenty Thousand Leagues under the Sea',
    original: { title: 'Vingt mille lieues sous les mers', language: 'fr' },
    author: 'Jules Verne',
    year: 1870,
    subject: 'Voyages',
    price: 1590,
    membersPrice: 1270,
    blurb: 'A library, an organ and a pane of glass with the whole ocean behind it.',
    cover: 8,
  },
  {
    slug: 'essays',
    title: 'Essays',
    original: { title: 'Essais', language: 'fr' },
    author: 'Michel de Montaigne',
    year: 1580,
    subject: 'Essays',
    price: 2480,
    membersPrice: 1980,
    blurb: 'A man in a tower asks himself what he knows, and takes twenty years to enjoy the answer.',
    cover: 5,
  },
  {
    slug: 'pillow-book',
    title: 'The Pillow Book',
    original: { title: 'Makura no sōshi', language: 'ja-Latn' },
    author: 'Sei Shōnagon',
    year: 1002,
    subject: 'Essays',
    price: 1420,
    membersPrice: 1130,
    salePrice: 990,
    blurb: 'Things that make the heart beat faster, things that cannot be compared, and other lists.',
    cover: 4,
  },
  {
    slug: 'grimm',
    title: 'Children’s and Household Tales',
    original: { title: 'Kinder- und Hausmärchen', language: 'de' },
    author: 'Jacob & Wilhelm Grimm',
    year: 1812,
    subject: 'Tales',
    price: 1990,
    membersPrice: 1590,
    blurb: 'The woods, the well, the third wish: written down before the last person who told them had gone.',
    cover: 6,
  },
  {
    slug: 'voyage-of-the-beagle',
    title: 'The Voyage of the Beagle',
    author: 'Charles Darwin',
    year: 1839,
    subject: 'Voyages',
    price: 1740,
    membersPrice: 1390,
    salePrice: 1290,
    blurb: 'Five years, seasick for most of them, and not a stone left unturned.',
    cover: 1,
  },
];

const bySlug = new Map(BOOKS.map((book) => [book.slug, book]));

/** The book of this slug, if there is one. */
export const findBook = (slug: string): Book | undefined => bySlug.get(slug);

/** The books that are on sale, the cheapest first. */
export const ON_SALE: readonly Book[] = BOOKS.filter(({ salePrice }) => salePrice !== undefined).sort(
  (a, b) => priceOf(a, false) - priceOf(b, false),
);

/** What somebody pays: members their own price, and nobody more than what it is on sale for. */
export function priceOf({ price, membersPrice, salePrice = price }: Book, isMember: boolean): Cents {
  return Math.min(salePrice, isMember ? membersPrice : price);
}

export const SORTS = ['title', 'price', 'year'] as const;
export type Sort = (typeof SORTS)[number];

/** Folds what a reader would not type: case, and accents. */
const folded = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** Books whose title (the original one too), author or subject has every word of the query, sorted. An empty query finds all. */
export function searchBooks(query: string, sort: Sort, subject?: Subject): Book[] {
  const words = folded(query).split(/\s+/).filter(Boolean);
  const order: Record<Sort, (a: Book, b: Book) => number> = {
    title: (a, b) => a.title.localeCompare(b.title, 'en'),
    price: (a, b) => priceOf(a, false) - priceOf(b, false),
    year: (a, b) => a.year - b.year,
  };
  return BOOKS.filter((book) => subject === undefined || book.subject === subject)
    .filter((book) => {
      const text = folded(`${book.title} ${book.original?.title ?? ''} ${book.author} ${book.subject}`);
      return words.every((word) => text.includes(word));
    })
    .sort(order[sort]);
}

/** A price as readers see it: `€18.50`. */
export const formatPrice = (cents: Cents): string => `€${(cents / 100).toFixed(2)}`;
