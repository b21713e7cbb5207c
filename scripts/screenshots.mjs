// Pictures of every page of the dashboard, for README and docs: `node scripts/screenshots.mjs`, after `npm run build`. It starts a server of
// its own on a free port, with a shop to browse, and leaves nothing but docs/images.
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { importFromRoot, inRoot } from './setup.mjs';

const DIRECTORY = inRoot('docs/images');
const SHOWS_WITHIN_MS = 20_000;
/** Long enough for a first picture, and two measurements of what a browser uses. */
const SETTLES_MS = 2_500;

const WINDOWS = {
  light: { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  dark: { colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  phone: { colorScheme: 'dark', viewport: { width: 360, height: 740 }, deviceScaleFactor: 2 },
};

/** Each page by the name of its picture: its address, and in which windows it is taken. */
const pagesOf = ({ browserId, sessionId, tableId, profileId, webhookId }) => ({
  home: ['/', 'light', 'dark', 'phone'],
  keys: ['/keys', 'light'],
  browsers: ['/browsers', 'light'],
  open: ['/browsers?open=new', 'light'],
  live: [`/browsers/${browserId}?view=live`, 'light', 'dark', 'phone'],
  console: [`/browsers/${browserId}?view=console`, 'light', 'dark'],
  events: [`/browsers/${browserId}?view=events`, 'light'],
  network: [`/browsers/${browserId}?view=network`, 'light'],
  files: [`/browsers/${browserId}?view=files`, 'light'],
  cookies: [`/browsers/${browserId}?view=cookies`, 'light'],
  about: [`/browsers/${browserId}?view=about`, 'light'],
  conversations: ['/conversations', 'light'],
  conversation: [`/conversations/${sessionId}`, 'light', 'dark', 'phone'],
  table: [`/conversations/${tableId}`, 'light'],
  profiles: ['/profiles', 'light'],
  profile: [`/profiles/${profileId}`, 'light'],
  'end-users': ['/end-users', 'light'],
  'end-user': ['/end-users/ann', 'light'],
  webhooks: ['/webhooks', 'light'],
  webhook: [`/webhooks/${webhookId}`, 'light'],
  recordings: ['/recordings', 'light'],
  recording: [`/recordings/${browserId}`, 'light', 'phone'],
  settings: ['/settings', 'light'],
  playground: ['/playground?operation=openBrowser', 'light'],
});

const TEXT = { type: 'string' };
const BOOK = { type: 'object', properties: { title: TEXT, price: TEXT, url: TEXT }, required: ['title', 'price'] };

/** What nobody has used yet shows how to begin. */
const FIRST_RUN = { 'first-run': ['/', 'light', 'dark'] };

/** Something of everything, so that no page is empty. */
async function furnish(client, shopUrl) {
  const profile = await client.profiles.create({ name: 'ann at the shop', endUserId: 'ann' });
  const request = { endUserId: 'ann', profile: { id: profile.id, persist: true }, metadata: { team: 'support' }, record: true };
  const browser = await client.browsers.open(request, { keepAlive: false });
  await browser.execute({ type: 'goto', url: shopUrl });
  await browser.cookies.set([{ name: 'sid', value: 'never shown', url: shopUrl }]);
  await browser.files.put('cv.txt', 'I read a lot.');
  await browser.checkpoint();
  const other = await client.browsers.open({}, { keepAlive: false });
  await other.execute({ type: 'goto', url: `${shopUrl}/books/essays` });
  const { sessionId } = await client.tasks.run({ endUserId: 'ann', task: 'Which books are on sale?', startUrl: shopUrl });
  await client.tasks.run({ endUserId: 'ann', sessionId, task: 'Which of those is the cheapest?', startUrl: shopUrl });
  const schema = { type: 'object', properties: { books: { type: 'array', items: BOOK } }, required: ['books'] };
  const table = await client.tasks.run({ endUserId: 'ann', task: 'List the books on sale', startUrl: shopUrl, schema });
  const login = { domain: 'shop.example', username: 'ann@example.com', password: 'never shown' };
  await client.endUsers('ann').credentials.set({ logins: [login] });
  const webhook = await client.webhooks.create({ url: 'https://hooks.example.com/carrel' });
  return { browserId: browser.id, sessionId, tableId: table.sessionId, profileId: profile.id, webhookId: webhook.id };
}

async function picture(browser, signInUrl, base, pages) {
  for (const [window, options] of Object.entries(WINDOWS)) {
    const context = await browser.newContext({ baseURL: base, reducedMotion: 'reduce', ...options });
    context.setDefaultTimeout(SHOWS_WITHIN_MS);
    const page = await context.newPage();
    await page.goto(await signInUrl());
    await page.locator('#content').waitFor(); // signed in: the page before it has a heading, too
    for (const [name, [path, ...windows]] of Object.entries(pages)) {
      if (!windows.includes(window)) continue;
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForTimeout(SETTLES_MS); // what is followed never comes to rest
      await page.screenshot({ path: join(DIRECTORY, `${name}-${window}.png`) });
      console.log(`docs/images/${name}-${window}.png`);
    }
    await context.close();
  }
}

const { startServer } = await importFromRoot('packages/server/dist/index.js');
const { startShop } = await importFromRoot('examples/dist/shop/index.js');
const { Carrel } = await importFromRoot('packages/sdk/dist/index.js');
const { findChromium } = await importFromRoot('packages/browser/dist/index.js');
const dataDir = await mkdtemp(join(tmpdir(), 'carrel-pictures-'));
await mkdir(DIRECTORY, { recursive: true });
const { executablePath } = await findChromium('headless-shell', {});
const env = { ...process.env, CARREL_DATA_DIR: dataDir, CARREL_PORT: '0', CARREL_LOG_LEVEL: 'error', CARREL_EGRESS_ALLOW: '127.0.0.0/8' };
const server = await startServer({ env, cwd: dataDir });
const shop = await startShop({ port: 0 });
const browser = await chromium.launch({ executablePath });
try {
  const client = new Carrel({ url: server.url, apiKey: (await readFile(join(dataDir, 'api-key'), 'utf8')).trim() });
  const signInUrl = async () => (await client.dashboard.createSignInLink()).url;
  await picture(browser, signInUrl, server.url, FIRST_RUN);
  await picture(browser, signInUrl, server.url, pagesOf(await furnish(client, shop.url)));
} finally {
  await browser.close();
  await shop.close();
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
}
