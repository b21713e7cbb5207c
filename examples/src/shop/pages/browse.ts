import { BOOKS, type Book, formatPrice, ON_SALE, priceOf, SORTS, type Sort, SUBJECTS, type Subject, searchBooks } from '../books.js';
import { type Html, html } from '../html.js';
import type { ShopAnswer, ShopRequest } from '../http.js';
import type { Visit } from '../visits.js';
import { cover, layout, priceFor, shelf } from './layout.js';

const featured = ['genji', 'moby-dick', 'thousand-and-one-nights', 'starry-messenger'];

export const homePage = ({ visit }: ShopRequest): ShopAnswer => ({
  page: layout({
    title: 'Books worth writing in',
    visit,
    body: html`<section class="hero">
        <h1>Wide margins, good paper,<br>a pencil in every parcel.</h1>
        <p>Twelve books that readers have argued with for centuries. Members pay less.</p>
        <p><a class="button" href="/search">See all books</a> <a class="button quiet" href="/members">Members’ prices</a></p>
      </section>
      <h2>On the front table</h2>
      ${shelf(
        BOOKS.filter(({ slug }) => featured.includes(slug)),
        visit,
      )}
      <h2>By subject</h2>
      <ul class="subjects">${SUBJECTS.map((subject) => html`<li><a href="/search?subject=${subject}">${subject}</a></li>`)}</ul>`,
  }),
});

const oneOf = <T extends string>(value: string | null, allowed: readonly T[]): T | undefined => allowed.find((one) => one === value);

function resultsLine(count: number, query: string, subject: Subject | undefined): Html {
  const found = count === 0 ? 'No books' : count === 1 ? '1 book' : `${count} books`;
  return html`<p class="results" role="status">${found}${query !== '' && html` for “${query}”`}${subject && html` in ${subject}`}</p>`;
}

export const searchPage = ({ query, visit }: ShopRequest): ShopAnswer => {
  const text = (query.get('q') ?? '').slice(0, 200);
  const sort: Sort = oneOf(query.get('sort'), SORTS) ?? 'title';
  const subject = oneOf(query.get('subject'), SUBJECTS);
  const books = searchBooks(text, sort, subject);
  const option = (value: string, label: string, isSelected: boolean) =>
    html`<option value="${value}"${isSelected && html` selected`}>${label}</option>`;
  return {
    page: layout({
      title: text === '' ? 'All books' : `“${text}”`,
      visit,
      query: text,
      body: html`<h1>${text === '' ? (subject ?? 'All books') : 'Search'}</h1>
        <form class="filters" action="/search">
          <input type="hidden" name="q" value="${text}">
          <label>Subject <select name="subject">${option('', 'All', subject === undefined)}${SUBJECTS.map((one) => option(one, one, one === subject))}</select></label>
          <label>Sort by <select name="sort">${SORTS.map((one) => option(one, one, one === sort))}</select></label>
          <button class="quiet">Apply</button>
        </form>
        ${resultsLine(books.length, text, subject)}
        ${books.length > 0 ? shelf(books, visit) : html`<p>Try an author’s name, or <a href="/search">see all books</a>.</p>`}`,
    }),
  };
};

const membersHint = (visit: Visit | undefined) =>
  visit?.member === undefined && html`<p class="hint"><a href="/login?next=/members">Sign in</a> to see what members pay.</p>`;

export const bookPage = (book: Book, { visit }: ShopRequest): ShopAnswer => ({
  page: layout({
    title: book.title,
    visit,
    body: html`<article class="book">
      ${cover(book)}
      <div>
        <h1>${book.title}</h1>
        ${book.original && html`<p class="original" lang="${book.original.language}" dir="auto">${book.original.title}</p>`}
        <p class="author">${book.author}, ${book.year}</p>
        <p class="blurb">${book.blurb}</p>
        <p class="buy-price">${priceFor(book, visit)}</p>
        ${membersHint(visit)}
        <form class="add-to-cart" data-slug="${book.slug}">
          <label>Copies <input type="number" name="quantity" value="1" min="1" max="20"></label>
          <button>Add to cart</button>
          <p class="added" role="status" hidden>In your cart. <a href="/cart">Go to the cart</a></p>
        </form>
      </div>
    </article>`,
  }),
});

export const membersPage = ({ visit }: ShopRequest): ShopAnswer => {
  if (visit?.member === undefined) return { goTo: '/login?next=/members' };
  return {
    page: layout({
      title: 'Members’ prices',
      visit,
      body: html`<h1>Members’ prices</h1>
        <p>Welcome back, ${visit.member}. These prices are for you and nobody else.</p>
        <table class="prices">
          <thead><tr><th>Book</th><th>Everybody</th><th>You</th></tr></thead>
          <tbody>${BOOKS.map(
            (book) => html`<tr>
              <td><a href="/books/${book.slug}">${book.title}</a><br><small>${book.author}</small></td>
              <td>${formatPrice(priceOf(book, false))}</td>
              <td class="price">${formatPrice(priceOf(book, true))}</td>
            </tr>`,
          )}</tbody>
        </table>`,
    }),
  };
};

export const salePage = ({ visit }: ShopRequest): ShopAnswer => ({
  page: layout({
    title: 'On sale',
    visit,
    body: html`<h1>On sale</h1>
      <p>These cost less, for everybody, until they are gone.</p>
      ${shelf(ON_SALE, visit)}`,
  }),
});

export const aboutPage = ({ visit }: ShopRequest): ShopAnswer => ({
  page: layout({
    title: 'Postage',
    visit,
    body: html`<h1>Postage and returns</h1>
      <p>Parcels leave on weekdays before noon. A pencil is in each.</p>
      <table class="prices">
        <thead><tr><th>Where to</th><th>How long</th><th>Postage</th></tr></thead>
        <tbody>
          <tr><td>This town</td><td>By bicycle, the same day</td><td>Free</td></tr>
          <tr><td>This country</td><td>2 to 3 days</td><td>€3.50</td></tr>
          <tr><td>Anywhere else</td><td>5 to 12 days</td><td>€9.00</td></tr>
        </tbody>
      </table>
      <details><summary>May I return a book that I have written in?</summary><p>We would be glad to read what you wrote.</p></details>
      <details><summary>Do you buy old books?</summary><p>Only those with notes in them.</p></details>`,
  }),
});
