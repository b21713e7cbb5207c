/// <reference lib="dom" />
import type { Browser } from '@carrel/sdk';
import type { BrowserContext, Page } from 'playwright-core';

/** A browser as its holder sees it. */
export interface HeldBrowser {
  resource: Browser;
  context: BrowserContext;
  /** The tab that was there from the start. */
  tab: Page;
  siteUrl: string;
  /** Where the site is over HTTPS. */
  securePort: number;
  /** How long to wait for an answer from somebody who may not be there, in ms. */
  patienceMs: number;
}

/** Something by which one visit could be recognized in another. */
export interface Canary {
  what: string;
  /** Leaves it behind, and gives what `read` then finds. */
  write: (browser: HeldBrowser) => Promise<string>;
  /** What is found; null, or something else than was written, where there is nothing. */
  read: (browser: HeldBrowser, written: string) => Promise<string | null>;
}

/** Does something in a new tab on the site. */
async function onSite<T>(browser: HeldBrowser, work: (page: Page) => Promise<T>): Promise<T> {
  const page = await browser.context.newPage();
  try {
    await page.goto(browser.siteUrl);
    return await work(page);
  } finally {
    await page.close();
  }
}

/** The text of a page in a new tab. */
async function textAt(browser: HeldBrowser, url: string): Promise<string> {
  const page = await browser.context.newPage();
  try {
    await page.goto(url);
    return await page.innerText('body');
  } finally {
    await page.close();
  }
}

/** One that a page writes and another page reads. */
const inPage = (what: string, write: () => Promise<void> | void, read: () => Promise<string | null> | string | null): Canary => ({
  what,
  write: async (browser) => {
    await onSite(browser, (page) => page.evaluate(write));
    return 'canary';
  },
  read: (browser) => onSite(browser, (page) => page.evaluate(read)),
});

/** One that lasts as long as the page that wrote it: its tab stays open. */
const heldByPage = (what: string, write: () => Promise<void> | void, read: (patienceMs: number) => Promise<string | null>): Canary => ({
  what,
  write: async (browser) => {
    const page = await browser.context.newPage();
    await page.goto(browser.siteUrl);
    await page.evaluate(write);
    return 'canary';
  },
  read: (browser) => onSite(browser, (page) => page.evaluate(read, browser.patienceMs)),
});

const storage: Canary[] = [
  inPage(
    'cookies',
    () => {
      // biome-ignore lint/suspicious/noDocumentCookie: what pages do
      document.cookie = 'name=canary; max-age=99999';
    },
    () => /canary/.exec(document.cookie)?.[0] ?? null,
  ),
  inPage(
    'localStorage',
    () => localStorage.setItem('key', 'canary'),
    () => localStorage.getItem('key'),
  ),
  {
    what: 'sessionStorage',
    write: async ({ tab, siteUrl }) => {
      await tab.goto(siteUrl);
      await tab.evaluate(() => sessionStorage.setItem('key', 'canary'));
      return 'canary';
    },
    read: async ({ tab, siteUrl }) => {
      await tab.goto(siteUrl);
      return tab.evaluate(() => sessionStorage.getItem('key'));
    },
  },
  inPage(
    'IndexedDB',
    () =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open('canary-database');
        opening.onupgradeneeded = () => opening.result.createObjectStore('store');
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const transaction = opening.result.transaction('store', 'readwrite');
          transaction.objectStore('store').put('canary', 'key');
          transaction.oncomplete = () => resolve();
        };
      }),
    async () => {
      const databases = await indexedDB.databases();
      if (!databases.some(({ name }) => name === 'canary-database')) return null;
      return new Promise((resolve) => {
        const opening = indexedDB.open('canary-database');
        opening.onsuccess = () => {
          const reading = opening.result.transaction('store').objectStore('store').get('key');
          reading.onsuccess = () => resolve(reading.result);
        };
      });
    },
  ),
  inPage(
    'Cache Storage',
    async () => (await caches.open('canary-cache')).put('/kept', new Response('canary')),
    async () => (await caches.match('/kept'))?.text() ?? null,
  ),
  inPage(
    'the origin private file system',
    async () => {
      const file = await (await navigator.storage.getDirectory()).getFileHandle('canary', { create: true });
      const writable = await file.createWritable();
      await writable.write('canary');
      await writable.close();
    },
    async () => {
      const directory = await navigator.storage.getDirectory();
      const file = await directory.getFileHandle('canary').catch(() => null);
      return file === null ? null : (await file.getFile()).text();
    },
  ),
];

const network: Canary[] = [
  {
    what: 'the HTTP cache',
    write: (browser) => textAt(browser, `${browser.siteUrl}/cached`),
    read: (browser) => onSite(browser, (page) => page.evaluate(async () => (await fetch('/cached')).text())),
  },
  {
    what: 'TLS sessions',
    write: async (browser) => {
      await textAt(browser, `https://tls.test:${browser.securePort}/`);
      return 'secure resumed';
    },
    read: (browser) => textAt(browser, `https://tls.test:${browser.securePort}/`),
  },
  {
    what: 'HSTS',
    write: async (browser) => {
      await textAt(browser, `https://hsts.test:${browser.securePort}/`);
      return 'secure';
    },
    read: async (browser) => (await textAt(browser, `http://hsts.test:${browser.securePort}/`)).split(' ', 1)[0] ?? '',
  },
  {
    what: 'HTTP authentication',
    write: async (browser) => {
      await textAt(browser, browser.siteUrl.replace('://', '://user:password@').concat('/auth'));
      return '200';
    },
    // Full Chromium asks its user, and waits for an answer.
    read: (browser) =>
      onSite(browser, (page) =>
        page.evaluate(
          (patienceMs) =>
            fetch('/auth', { signal: AbortSignal.timeout(patienceMs) }).then(
              ({ status }) => `${status}`,
              () => null,
            ),
          browser.patienceMs,
        ),
      ),
  },
];

const workers: Canary[] = [
  inPage(
    'service workers',
    async () => {
      const registration = await navigator.serviceWorker.register('/canary.js', { scope: '/scope/' });
      const worker = registration.active ?? registration.waiting ?? registration.installing;
      await new Promise<void>((resolve) => {
        if (worker?.state === 'activated') resolve();
        worker?.addEventListener('statechange', () => worker.state === 'activated' && resolve());
      });
    },
    async () => /canary/.exec((await navigator.serviceWorker.getRegistration('/scope/'))?.active?.scriptURL ?? '')?.[0] ?? null,
  ),
  heldByPage(
    'shared workers',
    () => {
      const { port } = new SharedWorker('/shared-worker.js');
      port.postMessage('canary');
      return new Promise((resolve) => {
        port.onmessage = () => resolve();
      });
    },
    () => {
      const { port } = new SharedWorker('/shared-worker.js');
      port.postMessage(null);
      return new Promise((resolve) => {
        port.onmessage = ({ data }) => resolve(data);
      });
    },
  ),
  heldByPage(
    'broadcast channels',
    () => {
      const channel = new BroadcastChannel('channel');
      channel.onmessage = ({ data }) => data === 'is anybody there?' && channel.postMessage('canary');
    },
    (patienceMs) =>
      new Promise((resolve) => {
        const channel = new BroadcastChannel('channel');
        channel.onmessage = ({ data }) => resolve(data);
        setTimeout(() => resolve(null), patienceMs);
        channel.postMessage('is anybody there?');
      }),
  ),
  heldByPage(
    'web locks',
    () =>
      new Promise((resolve) => {
        void navigator.locks.request('canary', () => {
          resolve();
          return new Promise(() => {});
        });
      }),
    async () => (await navigator.locks.query()).held?.[0]?.name ?? null,
  ),
];

const browserState: Canary[] = [
  {
    what: 'permissions',
    write: async ({ context, siteUrl }) => {
      await context.grantPermissions(['geolocation'], { origin: siteUrl });
      return 'granted';
    },
    read: (browser) =>
      onSite(browser, (page) => page.evaluate(async () => (await navigator.permissions.query({ name: 'geolocation' })).state)),
  },
  {
    what: 'history',
    write: async ({ tab, siteUrl }) => {
      await tab.goto(`${siteUrl}/visited-canary`);
      await tab.goto(siteUrl);
      return 'visited-canary';
    },
    read: async ({ tab, context }) => {
      const session = await context.newCDPSession(tab);
      const { entries } = await session.send('Page.getNavigationHistory');
      await session.detach();
      return /visited-canary/.exec(JSON.stringify(entries))?.[0] ?? null;
    },
  },
  {
    what: 'cookies over the API',
    write: async ({ resource }) => {
      await resource.cookies.set([{ name: 'api', value: 'canary', url: 'https://example.com/' }]);
      return 'canary';
    },
    read: async ({ resource }) => (await resource.cookies.get()).find(({ name }) => name === 'api')?.value ?? null,
  },
  {
    what: 'files',
    write: async ({ resource }) => {
      await resource.files.put('canary.txt', 'text');
      return 'canary.txt';
    },
    read: async ({ resource }) => (await resource.files.list())[0]?.name ?? null,
  },
  {
    what: 'tabs',
    write: async ({ resource }) => (await resource.tabs.open()).id,
    read: async ({ resource }, written) => (await resource.tabs.list()).find(({ id }) => id === written)?.id ?? null,
  },
];

export const CANARIES: readonly Canary[] = [...storage, ...network, ...workers, ...browserState];
