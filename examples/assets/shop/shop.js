// What the shop does in the browser: the cart, kept in localStorage as `{slug: copies}`, and the widgets of the checkout.

const CART = 'marginalia.cart';
const price = (cents) => `€${(cents / 100).toFixed(2)}`;

function readCart() {
  try {
    return JSON.parse(localStorage.getItem(CART) ?? '{}');
  } catch {
    // Somebody else wrote there: a cart that cannot be read is an empty one.
    return {};
  }
}

function writeCart(cart) {
  localStorage.setItem(CART, JSON.stringify(cart));
  showCount();
}

function showCount() {
  const copies = Object.values(readCart()).reduce((sum, quantity) => sum + quantity, 0);
  document.querySelector('#cart-count').textContent = String(copies);
}

/** An element from a tag, its properties and its children; text is text. */
function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

let books;
const booksBySlug = () => {
  books ??= fetch('/books.json').then(async (response) => new Map((await response.json()).map((book) => [book.slug, book])));
  return books;
};

async function linesOfCart() {
  const known = await booksBySlug();
  return Object.entries(readCart())
    .filter(([slug]) => known.has(slug))
    .map(([slug, quantity]) => ({ ...known.get(slug), quantity }));
}

const totalOf = (lines) => lines.reduce((sum, line) => sum + line.price * line.quantity, 0);

async function showCart(section) {
  const lines = await linesOfCart();
  if (lines.length === 0) {
    section.replaceChildren(element('p', {}, 'Your cart is empty. ', element('a', { href: '/search' }, 'See all books')));
    return;
  }
  const change = (slug, quantity) => {
    const { [slug]: _, ...others } = readCart();
    writeCart(quantity > 0 ? { ...others, [slug]: quantity } : others);
    showCart(section);
  };
  const rows = lines.map(({ slug, title, quantity, price: each }) => {
    const copies = element('input', { type: 'number', min: '0', max: '20', value: String(quantity), ariaLabel: `Copies of ${title}` });
    copies.addEventListener('change', () => change(slug, Number(copies.value)));
    const remove = element('button', { className: 'plain', ariaLabel: `Remove ${title}` }, 'Remove');
    remove.addEventListener('click', () => change(slug, 0));
    return element(
      'tr',
      {},
      element('td', {}, title),
      element('td', {}, copies),
      element('td', {}, price(each * quantity)),
      element('td', {}, remove),
    );
  });
  const sum = element(
    'tr',
    { className: 'sum' },
    element('td', {}, 'Total'),
    element('td'),
    element('td', {}, price(totalOf(lines))),
    element('td'),
  );
  section.replaceChildren(
    element('table', {}, element('tbody', {}, ...rows, sum)),
    element('p', {}, element('a', { className: 'button', href: '/checkout' }, 'Go to the checkout')),
  );
}

function enableAddToCart(form) {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const cart = readCart();
    const { slug } = form.dataset;
    writeCart({ ...cart, [slug]: Math.min(20, (cart[slug] ?? 0) + Number(new FormData(form).get('quantity'))) });
    form.querySelector('.added').hidden = false;
  });
}

/** A button that opens a list, as many sites build one instead of a `<select>`. */
function enableDropdown(dropdown) {
  const button = dropdown.querySelector('button');
  const list = dropdown.querySelector('[role=listbox]');
  const show = (isOpen) => {
    list.hidden = !isOpen;
    button.setAttribute('aria-expanded', String(isOpen));
  };
  button.addEventListener('click', () => show(list.hidden));
  list.addEventListener('click', ({ target }) => {
    const option = target.closest('[role=option]');
    if (option === null) return;
    for (const one of list.children) one.setAttribute('aria-selected', String(one === option));
    dropdown.querySelector('button span').textContent = option.textContent;
    dropdown.querySelector('input').value = option.textContent;
    show(false);
  });
  document.addEventListener('click', ({ target }) => {
    if (!dropdown.contains(target)) show(false);
  });
}

/** A field that offers what fits to what has been typed. */
function enableAutocomplete(field) {
  const input = field.querySelector('input');
  const list = field.querySelector('[role=listbox]');
  const offer = () => {
    const typed = input.value.trim().toLowerCase();
    for (const option of list.children) option.hidden = typed === '' || !option.textContent.toLowerCase().startsWith(typed);
    list.hidden = [...list.children].every((option) => option.hidden);
    input.setAttribute('aria-expanded', String(!list.hidden));
  };
  input.addEventListener('input', offer);
  list.addEventListener('click', ({ target }) => {
    const option = target.closest('[role=option]');
    if (option === null) return;
    input.value = option.textContent;
    list.hidden = true;
    input.setAttribute('aria-expanded', 'false');
  });
}

async function enableCheckout(form) {
  for (const dropdown of form.querySelectorAll('.dropdown')) enableDropdown(dropdown);
  for (const field of form.querySelectorAll('.autocomplete')) enableAutocomplete(field);
  form.donation.addEventListener('input', () => {
    form.donation.nextElementSibling.value = form.donation.value;
  });
  form.addEventListener('submit', () => {
    form.cart.value = JSON.stringify(readCart());
    form.card.value = form.querySelector('#card').innerText.trim();
  });
  const lines = await linesOfCart();
  const copies = lines.reduce((sum, line) => sum + line.quantity, 0);
  form.querySelector('#checkout-total').textContent =
    copies === 0 ? 'Your cart is empty' : `${copies} ${copies === 1 ? 'book' : 'books'}, ${price(totalOf(lines))}`;
}

async function offerTitles(input) {
  const known = await booksBySlug();
  input.list.replaceChildren(...[...known.values()].map(({ title }) => element('option', { value: title })));
}

function start() {
  showCount();
  // Another tab of this browser shares the storage.
  addEventListener('storage', showCount);
  const search = document.querySelector('.search input');
  search.addEventListener('focus', () => offerTitles(search), { once: true });
  const on = (selector, enable) => {
    for (const found of document.querySelectorAll(selector)) enable(found);
  };
  on('.add-to-cart', enableAddToCart);
  on('#cart', showCart);
  on('.checkout', enableCheckout);
  // The cart has been ordered: the order's page is where it ends.
  on('#order', (order) => {
    const key = `marginalia.ordered.${order.dataset.order}`;
    if (localStorage.getItem(key) === null) {
      localStorage.setItem(key, '1');
      writeCart({});
    }
  });
}

start();
