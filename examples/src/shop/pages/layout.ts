import { type Book, formatPrice, priceOf } from '../books.js';
import { type Html, html } from '../html.js';
import type { Visit } from '../visits.js';

export interface PageOptions {
  readonly title: string;
  readonly visit: Visit | undefined;
  /** What the search box shows. */
  readonly query?: string;
  readonly body: Html;
}

const account = (visit: Visit | undefined) =>
  visit?.member === undefined
    ? html`<a href="/login">Sign in</a>`
    : html`<span class="who">Hello, ${visit.member}</span>
        <form method="post" action="/logout"><button class="plain">Sign out</button></form>`;

/** A whole page: head, masthead, the body, foot. */
export const layout = ({ title, visit, query, body }: PageOptions): Html => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Marginalia</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/shop.css">
<script src="/shop.js" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to the books</a>
<header class="masthead">
  <a class="wordmark" href="/">Marginalia<small>books worth writing in</small></a>
  <form class="search" role="search" action="/search">
    <input type="search" name="q" value="${query ?? ''}" placeholder="Title, author or subject" aria-label="Search the shop" list="titles" autocomplete="off">
    <datalist id="titles"></datalist>
    <button>Search</button>
  </form>
  <nav aria-label="Shop">
    <a href="/search">All books</a>
    <a href="/sale">On sale</a>
    <a href="/members">Members</a>
    <a href="/about">Postage</a>
    ${account(visit)}
    <a class="cart-link" href="/cart">Cart <output id="cart-count" aria-label="Books in the cart">0</output></a>
  </nav>
</header>
<main id="main">${body}</main>
<footer>
  <p>Marginalia is a bookshop of the mind: it ships with Carrel for demonstrations, and sends nothing to anybody.</p>
</footer>
</body>
</html>`;

/** The drawn cover of a book. */
export const cover = (book: Book): Html => html`<span class="cover cover-${book.cover}" aria-hidden="true">
  <span class="cover-title">${book.title.split(/[;,]/)[0]}</span>
  ${book.original && html`<span class="cover-original" lang="${book.original.language}" dir="auto">${book.original.title}</span>`}
  <span class="cover-author">${book.author}</span>
</span>`;

/** What the visitor pays, behind what it costs otherwise: members see their own price, and everybody that of a sale. */
export const priceFor = (book: Book, visit: Visit | undefined): Html => {
  const price = priceOf(book, visit?.member !== undefined);
  const shown = html`<span class="price">${formatPrice(price)}</span>`;
  return price === book.price ? shown : html`<s class="price-was">${formatPrice(book.price)}</s> ${shown}`;
};

/** A shelf of books. */
export const shelf = (books: readonly Book[], visit: Visit | undefined): Html => html`<ul class="shelf">
  ${books.map(
    (book) => html`<li>
      <a href="/books/${book.slug}">${cover(book)}<span class="title">${book.title}</span></a>
      <span class="author">${book.author}</span>
      ${priceFor(book, visit)}
    </li>`,
  )}
</ul>`;
