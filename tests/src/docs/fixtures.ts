import { createHmac, randomUUID } from 'node:crypto';
import { startShop } from '@carrel/examples/shop';
import { type Browser, Carrel, type Profile, type StorageState } from '@carrel/sdk';
import { type BrowserContext, chromium } from 'playwright-core';
import { startNameServer } from '../../../packages/browser/src/egress/testing/name-server.js';
import { startSite, startTestServer } from '../running/server-and-site.js';

/** What snippets of TypeScript may use without having made it; the pages say where it comes from. */
export interface Given {
  client: Carrel;
  /** Open. */
  browser: Browser;
  /** With three versions. */
  profile: Profile;
  /** Of Playwright, of an open browser. */
  context: BrowserContext;
  storageState: StorageState;
  password: string;
  totpSecret: string;
  redditSession: string;
  /** Something to do for an agent. */
  task: string;
  /** A delivery of a webhook, and the secret that it is signed with. */
  request: Request;
  secret: string;
}

const SECRET = `whsec_${Buffer.from('a secret of twenty-four b').toString('base64')}`;

/** What was opened, to be closed in the reverse order. */
class Held implements AsyncDisposable {
  readonly #closing: (() => PromiseLike<void>)[] = [];

  use<T extends AsyncDisposable>(opened: T): T {
    this.defer(() => opened[Symbol.asyncDispose]());
    return opened;
  }
  defer(close: () => PromiseLike<void>): void {
    this.#closing.unshift(close);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closing) await close();
  }
  /** Opens; what was opened is closed again when that fails. */
  static async opening<T>(work: (held: Held) => Promise<T>): Promise<T & AsyncDisposable> {
    const held = new Held();
    try {
      return Object.assign((await work(held)) as T & object, { [Symbol.asyncDispose]: () => held[Symbol.asyncDispose]() });
    } catch (error) {
      await held[Symbol.asyncDispose]();
      throw error;
    }
  }
}

/** A server, the shop, and the names that the pages use for sites, all on this machine. */
export const startSurroundings = () =>
  Held.opening(async (held) => {
    const shop = held.use(await startShop());
    const example = held.use(
      await startSite((_request, response) => {
        response.writeHead(200, { 'content-type': 'text/html' });
        response.end('<!doctype html><title>Example Domain</title><h1>Example Domain</h1><p><a href="/more">More</a></p>');
      }),
    );
    const sites: Record<string, string> = { 'shop.example': shop.url, 'example.com': example.url };
    const names = held.use(await startNameServer((name) => (name in sites ? ['127.0.0.1'] : [])));
    const server = held.use(
      await startTestServer({
        CARREL_EGRESS_NAME_SERVERS: names.address,
        CARREL_PROXIES: JSON.stringify([{ url: 'http://127.0.0.1:3128', country: 'DE' }]),
      }),
    );
    const portOf = (url: string) => new URL(url).port;
    /** The addresses of the pages as they are here. Sites keep their names, which the browsers' name server knows. */
    const localized = (text: string) =>
      text
        .replaceAll('http://127.0.0.1:7071', shop.url)
        .replaceAll('http://127.0.0.1:7070', server.url)
        .replace(/https:\/\/(shop\.example|example\.com)/g, (_, name: string) => `http://${name}:${portOf(sites[name] ?? '')}`);
    const connections = Object.entries(sites).map(([name, url]) => `connect-to = "${name}:${portOf(url)}:127.0.0.1:${portOf(url)}"`);
    /** For curl, which asks another name server. */
    const curlConfig = `${connections.join('\n')}\n`;
    return { server, shop, localized, curlConfig };
  });
export type Surroundings = Awaited<ReturnType<typeof startSurroundings>>;

function signedDelivery(): Request {
  const [id, seconds] = [`ev_${randomUUID()}`, Math.floor(Date.now() / 1000)];
  const body = JSON.stringify({
    type: 'task.completed',
    timestamp: new Date().toISOString(),
    data: { taskId: 't_1', sessionId: 's_1', metadata: {} },
  });
  const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  const headers = { 'webhook-id': id, 'webhook-timestamp': `${seconds}`, 'webhook-signature': `v1,${signature}` };
  return new Request('https://app.example/hooks/carrel', { method: 'POST', body, headers });
}

/** What of it a snippet names without making it. */
const uses = (code: string, name: keyof Given) =>
  new RegExp(`\\b${name}\\b`).test(code) && !new RegExp(`(const|using|import) (\\{[^}]*\\b${name}\\b[^}]*\\}|${name}\\b)`).test(code);

/** Makes what a snippet needs, and takes it away again. */
export const given = (code: string, { server, shop }: Surroundings): Promise<Given & AsyncDisposable> =>
  Held.opening(async (held) => {
    const client = new Carrel({ url: server.url, apiKey: server.apiKey });
    const isFollowed = code.includes('follow: true');
    const open = async () => held.use(await client.browsers.open());
    const context = async () => {
      const playwright = await chromium.connectOverCDP((await open()).cdpUrl);
      held.defer(() => playwright.close());
      return playwright.contexts()[0] as BrowserContext;
    };
    const profile = async () => {
      const made = await client.profiles.create({ name: 'given' });
      for (const value of ['1', '2', '3']) {
        await client.profiles.import(made.id, { cookies: [{ name: 'a', value, domain: 'shop.example', path: '/' }] });
      }
      return made;
    };
    const whereUsed = async <T>(name: keyof Given, make: () => Promise<T>) => (uses(code, name) ? await make() : undefined) as T;
    const browser = await whereUsed('browser', open);
    // Whoever follows a log reads until the browser has ended.
    if (isFollowed) await client.browsers.close(browser.id);
    return {
      client,
      browser,
      profile: await whereUsed('profile', profile),
      context: await whereUsed('context', context),
      storageState: { cookies: [], origins: [] },
      password: 'correct horse battery',
      totpSecret: 'JBSWY3DPEHPK3PXP',
      redditSession: 'a-session-of-reddit',
      task: `Open ${shop.url}/sale. Which book is the cheapest?`,
      request: signedDelivery(),
      secret: SECRET,
    };
  });

/** Closes and deletes what a snippet has left, so that the next one may use the same names. */
export async function clearAll({ server }: Surroundings): Promise<void> {
  const client = new Carrel({ url: server.url, apiKey: server.apiKey });
  for await (const { id, status } of client.browsers.list()) if (status === 'running') await client.browsers.close(id);
  for await (const { id } of client.profiles.list()) await client.profiles.delete(id);
}
