import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ACTION_FAILURES, ERRORS, type RouteName, routes } from '@carrel/protocol';
import { openApiDocument, openApiPath } from '@carrel/protocol/openapi';
import { VERSION } from '@carrel/server';
import { SETTINGS } from '@carrel/server/local';
import { chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bodyOfExample } from '../../../packages/site/build/api-pages.mjs';
import { Api, checkedError } from '../running/api.js';
import { startTestServer, type TestServer } from '../running/server-and-site.js';

const DIST = fileURLToPath(new URL('../../../packages/site/dist', import.meta.url));
const PYTHON = fileURLToPath(new URL('../../../python/src/carrel', import.meta.url));
const STEP_TIMEOUT_MS = 15_000;
const FROM_A_BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const PHONE = { width: 390, height: 844 };

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.[Symbol.asyncDispose]());

const get = (path: string, headers: Record<string, string> = FROM_A_BROWSER) =>
  fetch(`${server.url}${path}`, { headers, redirect: 'manual' });
const pageOf = async (path: string) => await (await get(path)).text();

/** The text of a page, without its tags, as people read it. */
const textOf = (html: string) =>
  html
    .replace(/<[^>]+>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');

describe('files of the site', () => {
  it('should be where links say, with or without the ending', async () => {
    expect((await get('/docs')).headers.get('location')).toBe('/docs/');
    for (const path of [
      '/docs/',
      '/docs/index.html',
      '/docs/quickstart',
      '/docs/quickstart.html',
      '/docs/moving/notte',
      '/docs/api/',
      '/docs/sdk/',
    ]) {
      const { status, headers } = await get(path);
      expect([path, status, headers.get('content-type')]).toEqual([path, 200, 'text/html; charset=utf-8']);
    }
  });

  it('should be all that there is to be had', async () => {
    for (const path of [
      '/docs/nothing',
      '/docs/.scripts.json',
      '/docs/.built-from',
      '/docs/index.html.br',
      '/docs/..%2f..%2fpackage.json',
      '/docs/%00',
      '/docs/assets',
    ]) {
      const people = await get(path);
      expect([path, people.status]).toEqual([path, 404]);
      expect(await people.text()).toContain('404');
      const programs = await get(path, {});
      expect(checkedError(programs.status, programs.headers, await programs.text()).code).toBe('not_found');
    }
  });

  it('should run no script but their own', async () => {
    const policy = (await get('/docs/quickstart')).headers.get('content-security-policy') ?? '';
    const scripts = /script-src ([^;]*)/.exec(policy)?.[1] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(scripts).toMatch(/^'self'( 'sha256-[A-Za-z0-9+/]{43}=')+$/);
  });

  it('should lead nowhere that there is nothing, down to the headings', async () => {
    const names = (await readdir(DIST, { recursive: true })).filter((name) => name.endsWith('.html'));
    const html = new Map<string, string>(
      await Promise.all(names.map(async (name) => [`/docs/${name}`, await readFile(join(DIST, name), 'utf8')] as const)),
    );
    const find = (path: string) => html.get(path) ?? html.get(`${path}.html`) ?? html.get(`${path}index.html`);
    const broken: string[] = [];
    for (const [page, content] of html) {
      for (const [, path = '', hash] of content.matchAll(/href="(\/docs\/[^"#?]*)?(#[^"]+)?"/g)) {
        if (/^\/docs\/(assets\/|.*\.\w+$)/.test(path)) continue;
        const target = path === '' ? content : find(path);
        const isThere = target !== undefined && (hash === undefined || target.includes(`id="${decodeURIComponent(hash.slice(1))}"`));
        if (!isThere) broken.push(`${page}: ${path}${hash ?? ''}`);
      }
    }
    expect(names.length).toBeGreaterThan(60);
    expect([...new Set(broken)]).toEqual([]);
  });
});

describe('the reference', () => {
  it('should have every call, with an example that the contract takes', async () => {
    const refused: unknown[] = [];
    const { paths = {}, components } = JSON.parse(JSON.stringify(openApiDocument(VERSION)));
    for (const [name, route] of Object.entries(routes) as [RouteName, (typeof routes)[RouteName]][]) {
      const slug = route.tag.toLowerCase().replaceAll(' ', '-');
      const html = await pageOf(`/docs/api/${slug}`);
      expect(html, name).toContain(`id="${name.toLowerCase()}"`);
      expect(textOf(html), name).toContain(`${route.method} ${openApiPath(route.path)}`);
      if (!('body' in route) || route.body === undefined) continue;
      const body = bodyOfExample(paths[openApiPath(route.path)][route.method.toLowerCase()], components.schemas);
      const { error } = route.body.safeParse(body);
      if (error !== undefined) refused.push([name, error.issues]);
    }
    expect(refused).toEqual([]);
  });

  it('should have every setting and every code of an error under a heading, and commands with their options', async () => {
    const settings = await pageOf('/docs/settings');
    for (const { environment } of Object.values(SETTINGS)) expect(settings).toContain(`id="${environment}"`);
    const errors = await pageOf('/docs/errors');
    for (const word of Object.keys(ERRORS)) expect(errors).toContain(`id="${word}"`);
    for (const word of Object.keys(ACTION_FAILURES)) expect(errors).toContain(`id="${word in ERRORS ? `${word}-1` : word}"`);
    const commands = textOf(await pageOf('/docs/cli'));
    for (const text of ['carrel open [options]', '--idle-timeout <seconds>', 'carrel profiles export']) expect(commands).toContain(text);
    expect(textOf(await pageOf('/docs/sdk/browsers'))).toContain('open(request?: OpenBrowserRequest');
  });

  it('should have all of the Python client: methods with their arguments, and the fields of what goes in and comes out', async () => {
    expect(await pageOf('/docs/python/')).toContain('<title>Python client | Carrel</title>');
    const browsers = textOf(await pageOf('/docs/python/browsers'));
    expect(browsers).toContain('def open(*, keep_alive: bool = True, **request: Unpack[params.OpenBrowserCall]) -> Browser');
    expect(browsers).toContain('time limits for as long as this program holds it');
    expect(textOf(await pageOf('/docs/python/browser'))).toContain('Unpack[params.GotoAction]');
    expect(textOf(await pageOf('/docs/python/carrel'))).toContain('Carrel(url: str | None = None');
    const everything = await Promise.all(['params', 'models', 'enums', 'others'].map((page) => pageOf(`/docs/python/${page}`)));
    const declared = (await readFile(join(PYTHON, '__init__.py'), 'utf8')).match(/^ {4}"\w+"/gm) ?? [];
    const names = declared.map((line) => line.trim().replaceAll('"', '')).filter((name) => /^(?!Async|_)[A-Zi-v]/.test(name));
    expect(names).toContain('CarrelTimeoutError');
    for (const name of names) {
      const isThere =
        everything.some((html) => html.includes(`id="${name.toLowerCase()}"`)) || (await get(`/docs/python/${name.toLowerCase()}`)).ok;
      expect([name, isThere]).toEqual([name, true]);
    }
    for (const [page, schema, field] of [
      [everything[0], 'openbrowserrequest', 'idle_timeout_seconds'],
      [everything[1], 'browserinfo', 'created_at'],
    ] as const) {
      const [, part = ''] = page?.split(`id="${schema}"`) ?? [];
      expect(part.split('<h2')[0]).toContain(field);
    }
  });
});

describe('the site in a browser', () => {
  it('should load nothing from elsewhere, break no rule of its policy, be searched, and fit a phone, light and dark', {
    timeout: 60_000,
  }, async () => {
    // Browsers do not reach the server that they are of.
    await using visitors = await startTestServer();
    const visitorsApi = new Api(visitors.url, visitors.apiKey);
    const { id, cdpUrl = '' } = await visitorsApi.must(routes.openBrowser);
    const browser = await chromium.connectOverCDP(cdpUrl, { timeout: STEP_TIMEOUT_MS });
    try {
      const page = browser.contexts()[0]?.pages()[0] as Page;
      page.setDefaultTimeout(STEP_TIMEOUT_MS);
      const [requested, wrong]: [string[], string[]] = [[], []];
      page.on('request', (request) => requested.push(request.url()));
      page.on('response', (response) => response.status() >= 400 && wrong.push(`${response.status()} ${response.url()}`));
      page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
      page.on('pageerror', (error) => wrong.push(error.message));
      for (const path of ['/docs/', '/docs/quickstart', '/docs/api/browsers', '/docs/architecture', '/docs/settings']) {
        await page.goto(`${server.url}${path}`, { waitUntil: 'load' });
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.setViewportSize(PHONE);
        const beyond = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
        expect([path, beyond]).toEqual([path, 0]);
        await page.setViewportSize({ width: 1280, height: 800 });
      }
      const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
      const light = await background();
      await page.getByRole('switch').first().click();
      expect(await background()).not.toBe(light);
      await page.getByRole('button', { name: 'Search' }).click();
      for (const [word, where] of [
        ['CARREL_MASTER_KEY', 'settings#CARREL_MASTER_KEY'],
        ['CARREL_MAX_BROWSERS', 'settings#CARREL_MAX_BROWSERS'],
        ['profile_locked', 'errors#profile_locked'],
      ] as const) {
        await page.getByRole('searchbox').fill(word);
        await page
          .locator('.result >> nth=0')
          .and(page.locator(`[href$="/docs/${where}"]`))
          .waitFor();
      }
      expect(wrong).toEqual([]);
      const ours = (url: string) => url.startsWith(`${server.url}/docs/`) || url.startsWith('data:');
      expect(requested.length).toBeGreaterThan(10);
      expect(requested.filter((url) => !ours(url))).toEqual([]);
      // What is put into a page is not run.
      await page.evaluate(`document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.isRun = true' }))`);
      expect(await page.evaluate('window.isRun')).toBeUndefined();
    } finally {
      await browser.close();
      await visitorsApi.must(routes.closeBrowser, { params: { id } });
    }
  });
});
