import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { BOOKS, findBook, priceOf } from './books.js';
import { html } from './html.js';
import { BadRequest, COOKIE, readForm, type ShopAnswer, type ShopRequest, visitIdOf } from './http.js';
import { loginPage, signIn, signOut } from './pages/account.js';
import { aboutPage, bookPage, homePage, membersPage, salePage, searchPage } from './pages/browse.js';
import { cartPage, checkoutPage, orderPage, placeOrder } from './pages/buying.js';
import { layout } from './pages/layout.js';
import { Visits } from './visits.js';

type Handler = (request: ShopRequest, visits: Visits) => ShopAnswer | Promise<ShopAnswer>;

const PAGES: Record<string, Handler> = {
  'GET /': homePage,
  'GET /search': searchPage,
  'GET /sale': salePage,
  'GET /members': membersPage,
  'GET /about': aboutPage,
  'GET /login': loginPage,
  'POST /login': signIn,
  'POST /logout': signOut,
  'GET /cart': cartPage,
  'GET /checkout': checkoutPage,
  'POST /checkout': placeOrder,
  'GET /books.json': ({ visit }) => ({
    json: BOOKS.map((book) => ({
      slug: book.slug,
      title: book.title,
      author: book.author,
      price: priceOf(book, visit?.member !== undefined),
    })),
  }),
};

const ASSETS: Record<string, string> = {
  '/shop.css': 'text/css; charset=utf-8',
  '/shop.js': 'text/javascript; charset=utf-8',
  '/favicon.svg': 'image/svg+xml',
};

const notFound = ({ visit }: ShopRequest): ShopAnswer => ({
  status: 404,
  page: layout({
    title: 'Not found',
    visit,
    body: html`<h1>Not on our shelves</h1><p>There is no such page. <a href="/search">See all books</a>.</p>`,
  }),
});

function handlerFor(method: string, request: ShopRequest): Handler {
  const page = PAGES[`${method} ${request.path}`];
  if (page !== undefined) return page;
  const [, folder, name, ...rest] = request.path.split('/');
  if (method !== 'GET' || name === undefined || rest.length > 0) return notFound;
  const book = folder === 'books' ? findBook(name) : undefined;
  if (book !== undefined) return (given) => bookPage(book, given);
  const order = folder === 'orders' ? request.visit?.orders.get(name) : undefined;
  if (order !== undefined) return (given) => orderPage(order, given);
  return notFound;
}

const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
};

function send(response: ServerResponse, answer: ShopAnswer): void {
  const headers: Record<string, string> = { ...SECURITY_HEADERS, 'cache-control': 'no-store' };
  if (answer.visitId !== undefined) {
    const value = answer.visitId === null ? '; Max-Age=0' : answer.visitId;
    headers['set-cookie'] = `${COOKIE}=${value}; Path=/; HttpOnly; SameSite=Lax`;
  }
  if ('goTo' in answer) {
    response.writeHead(303, { ...headers, location: answer.goTo }).end();
  } else if ('json' in answer) {
    response.writeHead(200, { ...headers, 'content-type': 'application/json' }).end(JSON.stringify(answer.json));
  } else {
    response.writeHead(answer.status ?? 200, { ...headers, 'content-type': 'text/html; charset=utf-8' }).end(answer.page.toString());
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, visits: Visits): Promise<void> {
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET');
  const base = 'http://shop.invalid';
  const target = request.url ?? '/';
  if (!URL.canParse(target, base)) throw new BadRequest(400, 'The address cannot be read.');
  const { pathname: path, searchParams: query } = new URL(target, base);
  const type = method === 'GET' ? ASSETS[path] : undefined;
  if (type !== undefined) {
    const content = await readFile(new URL(`../../assets/shop${path}`, import.meta.url));
    response.writeHead(200, { ...SECURITY_HEADERS, 'content-type': type }).end(content);
    return;
  }
  const form = method === 'POST' ? await readForm(request) : new URLSearchParams();
  const shopRequest: ShopRequest = { path, query, form, visit: visits.find(visitIdOf(request)) };
  send(response, await handlerFor(method, shopRequest)(shopRequest, visits));
}

function sendError(response: ServerResponse, error: unknown): void {
  const status = error instanceof BadRequest ? error.status : 500;
  if (status === 500) console.error('The shop failed to answer:', error);
  const text = error instanceof BadRequest ? error.message : 'The shop failed to answer; its log says why.';
  if (response.headersSent) response.destroy();
  // The rest of a body that was not read would be taken for the next request.
  else
    response.writeHead(status, { ...SECURITY_HEADERS, 'content-type': 'text/plain; charset=utf-8', connection: 'close' }).end(`${text}\n`);
}

/** The shop's HTTP server, not listening yet; it keeps its visits in memory. */
export function createShopServer(): Server {
  const visits = new Visits();
  return createServer((request, response) => {
    answer(request, response, visits).catch((error: unknown) => sendError(response, error));
  });
}
