import type { Site } from '../site.js';

/** A shop of cards without lists or tables: boxes with headings, badges, prices before and after. Sells several kinds of things. */

interface Article {
  readonly name: string;
  readonly kind: 'Books' | 'Tents' | 'Lamps';
  readonly price: string;
  readonly before?: string;
  readonly rating: string;
}

const ARTICLES: readonly Article[] = [
  { name: 'Ridge Two', kind: 'Tents', price: '£249.00', before: '£310.00', rating: '4.6 out of 5' },
  { name: 'Basecamp Six', kind: 'Tents', price: '£589.00', rating: '4.1 out of 5' },
  { name: 'Knots for Everybody', kind: 'Books', price: '£12.50', before: '£16.00', rating: '4.9 out of 5' },
  { name: 'The Tent Book', kind: 'Books', price: '£19.00', rating: '3.8 out of 5' },
  { name: 'Edible Weeds', kind: 'Books', price: '£9.99', before: '£14.99', rating: '4.2 out of 5' },
  { name: 'Firefly Lantern', kind: 'Lamps', price: '£34.00', before: '£40.00', rating: '4.4 out of 5' },
  { name: 'Pocket Torch', kind: 'Lamps', price: '£8.00', rating: '4.0 out of 5' },
];

const slug = (name: string) => name.toLowerCase().replace(/\W+/g, '-');

const frame = (title: string, body: string) => `<!doctype html><title>${title} | Ridgeline Outfitters</title>
<header><a href="/">Ridgeline</a> <nav><a href="/offers">Offers</a> <a href="/k/tents">Tents</a> <a href="/k/books">Books</a>
<a href="/k/lamps">Lamps</a> <a href="/help">Help</a></nav></header><main>${body}</main><footer><a href="/terms">Terms</a></footer>`;

const card = ({ name, price, before, rating }: Article) => `<div class="card"><div><h3><a href="/p/${slug(name)}">${name}</a></h3></div>
  <div>${before === undefined ? '' : '<span>On sale</span> '}<p>${before === undefined ? '' : `<del>${before}</del> `}<b>${price}</b></p></div>
  <p>${rating}</p><button>Add to basket</button></div>`;

const cards = (articles: readonly Article[]) => `<div class="grid">${articles.map(card).join('')}</div>`;

const kindPage = (kind: Article['kind']) => frame(kind, `<h1>${kind}</h1>${cards(ARTICLES.filter((one) => one.kind === kind))}`);

const productPage = (article: Article) =>
  frame(
    article.name,
    `<p><a href="/">Home</a> / <a href="/k/${article.kind.toLowerCase()}">${article.kind}</a></p><h1>${article.name}</h1>
    <dl><dt>Price</dt><dd>${article.price}</dd><dt>Rating</dt><dd>${article.rating}</dd></dl>
    <form method="post" action="/basket"><input type="hidden" name="name" value="${article.name}"><button>Add to basket</button></form>`,
  );

export const OUTFITTER: Site = {
  '/': frame('Welcome', `<h1>Go outside</h1><h2>Favourites</h2>${cards(ARTICLES.filter(({ price }) => price < '£3'))}`),
  '/offers': frame('Offers', `<h1>On sale this week</h1>${cards(ARTICLES.filter(({ before }) => before !== undefined))}`),
  '/k/tents': kindPage('Tents'),
  '/k/books': kindPage('Books'),
  '/k/lamps': kindPage('Lamps'),
  '/basket': ({ form }) => frame('Basket', `<h1>Your basket</h1><p role="status">${form.get('name')} is in your basket.</p>`),
  ...Object.fromEntries(ARTICLES.map((article) => [`/p/${slug(article.name)}`, productPage(article)])),
};
