import { randomInt } from 'node:crypto';
import { findBook, formatPrice, priceOf } from '../books.js';
import { html } from '../html.js';
import { BadRequest, type ShopAnswer, type ShopRequest } from '../http.js';
import type { Order, OrderLine, Visit, Visits } from '../visits.js';
import { layout } from './layout.js';

const MAX_COPIES = 20;
const COUNTRIES = ['Germany', 'France', 'Poland', 'Greece', 'Japan', 'Egypt', 'Brazil'];
const PAPERS = ['Plain brown', 'Marbled blue', 'Botanical', 'Star chart'];
const TOWNS = [
  'Aachen',
  'Alexandria',
  'Athens',
  'Berlin',
  'Bordeaux',
  'Gdańsk',
  'Kyoto',
  'Köln',
  'Lyon',
  'São Paulo',
  'Θεσσαλονίκη',
  '東京',
];

export const cartPage = ({ visit }: ShopRequest): ShopAnswer => ({
  page: layout({
    title: 'Cart',
    visit,
    body: html`<h1>Your cart</h1>
      <section id="cart" aria-live="polite"><p class="hint">The cart is kept in this browser’s local storage.</p></section>`,
  }),
});

const wrapping = html`<div class="field"><span id="paper-label">Wrapping paper</span>
  <div class="dropdown" data-name="paper">
    <button type="button" class="quiet" role="combobox" aria-haspopup="listbox" aria-expanded="false" aria-controls="papers" aria-labelledby="paper-label paper-value"><span id="paper-value">${PAPERS[0]}</span></button>
    <ul id="papers" role="listbox" aria-labelledby="paper-label" hidden>
      ${PAPERS.map((paper, index) => html`<li role="option" aria-selected="${index === 0 ? 'true' : 'false'}">${paper}</li>`)}
    </ul>
    <input type="hidden" name="paper" value="${PAPERS[0]}">
  </div>
</div>`;

const delivery = html`<fieldset><legend>Delivery</legend>
  <label>Name <input name="name" autocomplete="name" required maxlength="100"></label>
  <label>E-mail address <input type="email" name="email" autocomplete="email" required maxlength="200"></label>
  <label>Street and number <input name="street" autocomplete="street-address" required maxlength="200"></label>
  <div class="field autocomplete"><label for="town">Town</label>
    <input id="town" name="town" role="combobox" aria-expanded="false" aria-controls="towns" aria-autocomplete="list" autocomplete="off" required maxlength="100">
    <ul id="towns" role="listbox" aria-label="Towns" hidden>${TOWNS.map((town) => html`<li role="option" aria-selected="false" hidden>${town}</li>`)}</ul>
  </div>
  <label>Country <select name="country">${COUNTRIES.map((country) => html`<option>${country}</option>`)}</select></label>
  <label>Day <input type="date" name="day" required></label>
  <label>Not before <input type="time" name="time" value="09:00"></label>
  <div class="choices" role="radiogroup" aria-label="Speed">
    <label><input type="radio" name="speed" value="Bicycle" checked> Bicycle</label>
    <label><input type="radio" name="speed" value="Post"> Post</label>
    <label><input type="radio" name="speed" value="Express"> Express</label>
  </div>
</fieldset>`;

const gift = html`<fieldset><legend>As a gift</legend>
  ${wrapping}
  <label>Colour of the ribbon <input type="color" name="ribbon" value="#8a2d2a"></label>
  <div class="field"><span id="card-label">On the card</span>
    <div class="card-text" id="card" contenteditable="true" role="textbox" aria-multiline="true" aria-labelledby="card-label"></div>
    <input type="hidden" name="card"></div>
  <label>For the town library, in euros <input type="range" name="donation" min="0" max="20" value="0"> <output>0</output></label>
  <label class="inline"><input type="checkbox" name="pencil" value="yes" checked> A pencil in the parcel</label>
</fieldset>`;

const form = (visit: Visit | undefined, problem?: string) =>
  layout({
    title: 'Checkout',
    visit,
    body: html`<h1>Checkout</h1>
      ${problem && html`<p class="error" role="alert">${problem}</p>`}
      <form method="post" action="/checkout" class="checkout">
        <input type="hidden" name="cart">
        ${delivery}${gift}
        <section class="total"><p id="checkout-total"></p>
          <label class="inline"><input type="checkbox" name="terms" value="yes" required> I know that nothing will be sent</label>
          <button>Place the order</button></section>
      </form>`,
  });

export const checkoutPage = ({ visit }: ShopRequest): ShopAnswer => ({ page: form(visit) });

/** The cart comes from the browser, so that only what books and how many is taken from it, never a price. */
function readCart(text: string | null, visit: Visit | undefined): OrderLine[] {
  let cart: unknown;
  try {
    cart = JSON.parse(text ?? '');
  } catch (cause) {
    throw new BadRequest(400, `The cart is not JSON (${cause instanceof Error ? cause.message : String(cause)}).`);
  }
  if (typeof cart !== 'object' || cart === null) throw new BadRequest(400, 'The cart must be an object of copies by book.');
  return Object.entries(cart).map(([slug, quantity]) => {
    const book = findBook(slug);
    if (book === undefined) throw new BadRequest(400, `The shop has no book “${slug}”.`);
    if (!Number.isInteger(quantity) || quantity < 1 || quantity > MAX_COPIES) {
      throw new BadRequest(400, `Of “${book.title}” between 1 and ${MAX_COPIES} copies can be ordered.`);
    }
    return { title: book.title, quantity, price: priceOf(book, visit?.member !== undefined) };
  });
}

const WISHES: readonly (readonly [field: string, label: string])[] = [
  ['name', 'For'],
  ['street', 'Street'],
  ['town', 'Town'],
  ['country', 'Country'],
  ['day', 'Day'],
  ['time', 'Not before'],
  ['speed', 'By'],
  ['paper', 'Wrapping paper'],
  ['ribbon', 'Ribbon'],
  ['card', 'On the card'],
  ['donation', 'For the library, in euros'],
  ['pencil', 'Pencil'],
];

export const placeOrder = ({ form: fields, visit }: ShopRequest, visits: Visits): ShopAnswer => {
  const lines = readCart(fields.get('cart'), visit);
  const missing = ['name', 'email', 'street', 'town', 'day', 'terms'].filter((field) => !fields.get(field));
  if (lines.length === 0) return { status: 422, page: form(visit, 'The cart is empty: put a book into it first.') };
  if (missing.length > 0) return { status: 422, page: form(visit, `Please fill in: ${missing.join(', ')}.`) };
  const order: Order = {
    number: `M-${randomInt(1e9, 1e10)}`,
    lines,
    total: lines.reduce((sum, { price, quantity }) => sum + price * quantity, 0),
    wishes: WISHES.map(([field, label]) => [label, fields.get(field) ?? ''] as const).filter(([, answer]) => answer !== ''),
  };
  const holder = visits.placeOrder(visit, order);
  return { goTo: `/orders/${order.number}`, visitId: holder.id };
};

export const orderPage = (order: Order, { visit }: ShopRequest): ShopAnswer => ({
  page: layout({
    title: `Order ${order.number}`,
    visit,
    body: html`<section class="narrow" id="order" data-order="${order.number}">
      <h1>Thank you</h1>
      <p>Your order is <strong>${order.number}</strong>.</p>
      <table class="prices"><tbody>
        ${order.lines.map(({ title, quantity, price }) => html`<tr><td>${quantity} × ${title}</td><td>${formatPrice(price * quantity)}</td></tr>`)}
        <tr class="sum"><td>Total</td><td>${formatPrice(order.total)}</td></tr>
      </tbody></table>
      <dl>${order.wishes.map(([label, answer]) => html`<dt>${label}</dt><dd dir="auto">${answer}</dd>`)}</dl>
    </section>`,
  }),
});
