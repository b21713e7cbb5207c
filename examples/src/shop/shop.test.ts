import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BOOKS, searchBooks } from './books.js';
import { escapeHtml, html } from './html.js';
import { localPath } from './http.js';
import { DEMO_ACCOUNT, type Shop, startShop } from './index.js';

let shop: Shop;

beforeAll(async () => {
  shop = await startShop();
});

afterAll(async () => {
  await shop.close();
});

const get = (path: string, cookie?: string) =>
  fetch(shop.url + path, { redirect: 'manual', headers: cookie === undefined ? {} : { cookie } });

const post = (path: string, fields: Record<string, string>, cookie?: string) =>
  fetch(shop.url + path, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams(fields),
    headers: cookie === undefined ? {} : { cookie },
  });

const cookieOf = (response: Response) => response.headers.get('set-cookie')?.split(';')[0] ?? '';

const signIn = async (next = '/') => {
  const response = await post('/login', { email: DEMO_ACCOUNT.email, password: DEMO_ACCOUNT.password, next });
  return { response, cookie: cookieOf(response) };
};

const DELIVERY = { name: 'Ada', email: 'ada@example.com', street: '1 Quiet Row', town: 'Kyoto', day: '2026-12-01', terms: 'yes' };

describe('shelves', () => {
  it.each(['/', '/search', '/sale', '/about', '/cart', '/checkout', '/login', ...BOOKS.map(({ slug }) => `/books/${slug}`)])(
    'should show %s to everybody, and close every door of the page to other sites',
    async (path) => {
      const response = await get(path);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
      expect(await response.text()).toContain('Marginalia');
    },
  );

  it.each(['/nowhere', '/books/nothing', '/books/essays/more', '/orders/M-1', '/../package.json', '/shop.ts'])(
    'should answer 404 for %s',
    async (path) => {
      expect((await get(path)).status).toBe(404);
    },
  );

  it('should find books by words of title, original title, author and subject, without minding accents or case', () => {
    const titles = (query: string) => searchBooks(query, 'title').map(({ slug }) => slug);
    expect(titles('DARWIN')).toEqual(['origin-of-species', 'voyage-of-the-beagle']);
    expect(titles('shonagon')).toEqual(['pillow-book']);
    expect(titles('братья')).toEqual(['brothers-karamazov']);
    expect(titles('ألف ليلة')).toEqual(['thousand-and-one-nights']);
    expect(titles('darwin voyages')).toEqual(['voyage-of-the-beagle']);
    expect(titles('nothing of the kind')).toEqual([]);
  });

  it('should sort by price', async () => {
    const text = await (await get('/search?sort=price&subject=Science')).text();
    expect(text.indexOf('Starry Messenger')).toBeLessThan(text.indexOf('Origin of Species'));
    expect(text).not.toContain('Moby-Dick');
  });
});

describe('the sale', () => {
  it('should show what is on sale, and what it cost before, to everybody', async () => {
    const text = await (await get('/sale')).text();
    expect(text).toMatch(/<s class="price-was">€14\.20<\/s> <span class="price">€9\.90<\/span>/);
    expect(text).not.toContain('/books/essays"');
    expect(await (await get('/search')).text()).toContain('€9.90');
  });

  it('should charge nobody more than that', async () => {
    const { cookie } = await signIn();
    for (const of of [undefined, cookie]) {
      const placed = await post('/checkout', { ...DELIVERY, cart: '{"pillow-book":2}' }, of);
      const order = await get(placed.headers.get('location') ?? '', of ?? cookieOf(placed));
      expect(await order.text()).toContain('€19.80');
    }
  });
});

describe('escaping', () => {
  it('should escape what it is given, and nothing twice', () => {
    const inner = html`<b>${'<&"\''}</b>`;
    expect(html`${inner}${[1, html`<i>`]}${false}${undefined}`.toString()).toBe('<b>&lt;&amp;&quot;&#39;</b>1<i>');
    expect(escapeHtml('a<b')).toBe('a&lt;b');
  });

  it('should give a query back as text', async () => {
    const text = await (await get(`/search?q=${encodeURIComponent('"><script>alert(1)</script>')}`)).text();
    expect(text).not.toContain('<script>alert');
    expect(text).toContain('&lt;script&gt;alert(1)');
  });

  it('should give the address of a failed sign-in back as text', async () => {
    const response = await post('/login', { email: '"><img src=x>', password: 'no', next: '/' });
    expect(response.status).toBe(401);
    expect(await response.text()).not.toContain('<img');
  });
});

describe('sign-in', () => {
  it('should send a stranger from the members’ page to the sign-in page', async () => {
    const response = await get('/members');
    expect([response.status, response.headers.get('location')]).toEqual([303, '/login?next=/members']);
  });

  it('should show members their prices, and no longer after they signed out', async () => {
    const { response, cookie } = await signIn('/members');
    expect([response.status, response.headers.get('location')]).toEqual([303, '/members']);
    expect(response.headers.get('set-cookie')).toContain('HttpOnly; SameSite=Lax');
    const members = await (await get('/members', cookie)).text();
    expect(members).toContain('Welcome back, Ada');
    expect(members).toContain('€27.20');
    const out = await post('/logout', {}, cookie);
    expect(out.headers.get('set-cookie')).toContain('Max-Age=0');
    expect((await get('/members', cookie)).status).toBe(303);
  });

  it('should tell no stranger a member’s price', async () => {
    for (const path of ['/', '/search', '/books/genji', '/books.json']) expect(await (await get(path)).text()).not.toMatch(/27\.20|2720/);
  });

  it('should give a new cookie at sign-in, so that one planted before is worth nothing', async () => {
    const first = await signIn();
    const again = await post('/login', { ...DEMO_ACCOUNT }, first.cookie);
    expect(cookieOf(again)).not.toBe(first.cookie);
    expect((await get('/members', first.cookie)).status).toBe(303);
    expect((await get('/members', cookieOf(again))).status).toBe(200);
  });

  it('should refuse a wrong password and an unknown cookie', async () => {
    expect((await post('/login', { email: DEMO_ACCOUNT.email, password: 'difference-engin' })).status).toBe(401);
    expect((await get('/members', 'marginalia-visit=guess')).status).toBe(303);
  });

  it.each(['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)', ''])(
    'should not send anybody to %s after signing in',
    async (next) => {
      expect(localPath(next)).toBe('/');
      expect((await signIn(next)).response.headers.get('location')).toBe('/');
    },
  );
});

describe('checkout', () => {
  it('should take an order at its own prices, and show it to that browser only', async () => {
    const placed = await post('/checkout', { ...DELIVERY, cart: '{"genji":2,"essays":1}', card: 'שלום <b>' });
    expect(placed.status).toBe(303);
    const path = placed.headers.get('location') ?? '';
    const order = await (await get(path, cookieOf(placed))).text();
    expect(order).toContain('2 × The Tale of Genji');
    expect(order).toContain('€92.80');
    expect(order).toContain('שלום &lt;b&gt;');
    expect((await get(path)).status).toBe(404);
  });

  it('should charge members their own prices', async () => {
    const { cookie } = await signIn();
    const placed = await post('/checkout', { ...DELIVERY, cart: '{"genji":1}' }, cookie);
    expect(await (await get(placed.headers.get('location') ?? '', cookie)).text()).toContain('€27.20');
  });

  it.each([
    ['an empty cart', '{}', 422],
    ['a book that is not sold', '{"nothing":1}', 400],
    ['half a book', '{"genji":0.5}', 400],
    ['too many copies', '{"genji":21}', 400],
    ['a cart that is not JSON', 'x', 400],
    ['a cart of another shape', '[{}]', 400],
  ])('should refuse %s', async (_, cart, status) => {
    expect((await post('/checkout', { ...DELIVERY, cart })).status).toBe(status);
  });

  it('should say what is missing', async () => {
    const response = await post('/checkout', { ...DELIVERY, town: '', cart: '{"genji":1}' });
    expect(response.status).toBe(422);
    expect(await response.text()).toContain('Please fill in: town.');
  });
});

describe('server', () => {
  it('should refuse a body that is no form, and one that is too large', async () => {
    const json = await fetch(`${shop.url}/login`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
    expect(json.status).toBe(415);
    expect((await post('/login', { email: 'x'.repeat(70_000) })).status).toBe(413);
  });

  it('should close with a connection open, twice', async () => {
    const own = await startShop();
    const socket = connect(Number(new URL(own.url).port), '127.0.0.1');
    const ended = new Promise((resolve) => socket.once('close', resolve));
    await new Promise((resolve) => socket.once('connect', resolve));
    await own.close();
    await own.close();
    await ended;
    await expect(fetch(own.url)).rejects.toThrow('fetch failed');
  });

  it('should say so when its port is taken', async () => {
    await expect(startShop({ port: Number(new URL(shop.url).port) })).rejects.toThrow('EADDRINUSE');
  });
});
