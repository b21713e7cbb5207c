// Puts together what VitePress builds the site from: the pages of docs/, the few that lie elsewhere, and the generated ones.
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createProgram, Terminal } from '@carrel/cli';
import { openApiDocument } from '@carrel/protocol/openapi';
import { SETTINGS } from '@carrel/server/local';
import { renderMermaidSVG } from 'beautiful-mermaid';
import { apiPages } from './api-pages.mjs';
import { cliPage } from './cli-page.mjs';
import { ELSEWHERE, LISTED } from './contents.mjs';
import { pythonPages } from './python-pages.mjs';
import { sdkPages } from './sdk-pages.mjs';
import { settingsPage } from './settings-page.mjs';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
export const STAGE = join(PACKAGE, '.pages');

const { version } = JSON.parse(await readFile(join(PACKAGE, 'package.json'), 'utf8'));

const isPage = (path) => path.endsWith('.md');
/** Where a file of the repository is on the site; undefined: it is not on it. */
function placeOf(path) {
  if (ELSEWHERE[path] !== undefined) return ELSEWHERE[path];
  if (!path.startsWith('docs/') || path === 'docs/openapi.json') return undefined;
  return path.slice('docs/'.length);
}

async function write(path, content) {
  await mkdir(dirname(join(STAGE, path)), { recursive: true });
  await writeFile(join(STAGE, path), content);
}

const LINK = /(!?\[(?:[^\][]|\[[^\]]*\])*\])\(([^()\s]+)\)/g;
/** Apart from code, links are as they are on the site. Those into the sources lead nowhere there, and become plain text. */
function relink(markdown, from, to) {
  const change = (whole, label, target) => {
    if (/^(https?:|mailto:|#)/.test(target)) return whole;
    const [path, hash] = target.split('#');
    const file = posix.normalize(posix.join(posix.dirname(from), path));
    if (file === 'docs/openapi.json') return `<a href="/openapi.json" target="_self">${label.slice(1, -1)}</a>`;
    const place = placeOf(file === 'packages/sdk' || file === 'bench' ? `${file}/README.md` : file);
    if (place === undefined) return file === 'README.md' ? `${label}(/)` : label.replace(/^\[|\]$/g, '');
    const link = posix.relative(posix.dirname(to), place);
    return `${label}(${link.startsWith('.') ? link : `./${link}`}${hash === undefined ? '' : `#${hash}`})`;
  };
  return markdown
    .split(/(^```[\s\S]*?^```$)/m)
    .map((part) => (part.startsWith('```') ? part : part.replace(LINK, change)))
    .join('');
}

const COLORS = {
  light: { bg: '#ffffff', fg: '#1c1b19', accent: '#1d5c45', muted: '#5d5a54' },
  dark: { bg: '#1b1b1f', fg: '#edebe6', accent: '#7cc7a5', muted: '#a8a49b' },
};

/** Coloured areas of a sequence, which only some drawers of diagrams know: what is in them stays. */
const withoutShades = (source) => (source.startsWith('sequenceDiagram') ? source.replace(/^\s*(rect .*|end)\n/gm, '') : source);

/** Diagrams become pictures, one for each scheme of colours: what would draw them in the page is larger than all of the site. */
async function drawDiagrams(markdown, to) {
  let drawn = markdown;
  let count = 0;
  for (const [block, source] of markdown.matchAll(/^```mermaid\n([\s\S]*?)^```$/gm)) {
    count += 1;
    const name = `${posix.basename(to, '.md')}-${count}`;
    for (const [scheme, colors] of Object.entries(COLORS)) {
      // Its style sheet would fetch a font from elsewhere.
      const picture = renderMermaidSVG(withoutShades(source), { ...colors, font: 'system-ui' }).replace(/@import url\([^)]*\);/g, '');
      await write(`diagrams/${name}-${scheme}.svg`, picture);
    }
    const picture = (scheme) => `![Diagram](./${posix.relative(posix.dirname(to), `diagrams/${name}-${scheme}.svg`)}){.only-${scheme}}`;
    drawn = drawn.replace(block, () => `${picture('light')} ${picture('dark')}`);
  }
  return drawn;
}

/** A heading that is a word of a program has that word as its id, as where the sources are read. */
function withIds(markdown) {
  const counts = new Map();
  return markdown.replace(/^#+ `(\w+)`$/gm, (heading, word) => {
    const before = counts.get(word) ?? 0;
    counts.set(word, before + 1);
    return `${heading} {#${before === 0 ? word : `${word}-${before}`}}`;
  });
}

async function stagePage(from, to) {
  const markdown = withIds(await readFile(join(ROOT, from), 'utf8'));
  await write(to, await drawDiagrams(relink(markdown, from, to), to));
}

async function filesOf(directory) {
  const entries = await readdir(join(ROOT, directory), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'));
}

function program() {
  const { stdout, stderr, stdin } = process;
  return createProgram(new Terminal({ stdout, stderr, stdin, env: { NO_COLOR: '1' }, cwd: '/' }));
}

/** @returns {Promise<{api: object[], sdk: object[], python: object[]}>} the entries of the sidebars of the folders of generated pages */
export async function stage() {
  await rm(STAGE, { recursive: true, force: true });
  const files = (await filesOf('docs')).filter((file) => placeOf(file) !== undefined);
  const elsewhere = Object.keys(ELSEWHERE).filter((file) => existsSync(join(ROOT, file)));
  for (const file of [...files, ...elsewhere]) {
    const to = placeOf(file);
    if (isPage(file)) await stagePage(file, to);
    else {
      await mkdir(dirname(join(STAGE, to)), { recursive: true });
      await copyFile(join(ROOT, file), join(STAGE, to));
    }
  }
  const api = apiPages(openApiDocument(version));
  const sdk = await sdkPages(join(ROOT, 'packages/sdk/dist'));
  const python = await pythonPages(join(ROOT, 'python/src/carrel'));
  for (const { path, content } of [...api, ...sdk, ...python]) await write(path, content);
  await write('cli.md', cliPage(program()));
  await write('settings.md', settingsPage(SETTINGS));
  await copyFile(join(ROOT, 'packages/dashboard/public/favicon.svg'), join(await publicDirectory(), 'favicon.svg'));
  const unlisted = files
    .filter(isPage)
    .map(placeOf)
    .filter((path) => path !== 'index.md' && !LISTED.includes(`/${path.replace(/\.md$/, '')}`));
  if (unlisted.length > 0) throw new Error(`These pages are in no list of packages/site/build/contents.mjs: ${unlisted.join(', ')}`);
  const entry = (text, path) => ({ text, link: `/${path.replace(/(index)?\.md$/, '')}` });
  const entries = (pages) => pages.map(({ title, path }) => entry(title, path));
  return { api: api.map(({ tag, path }) => entry(tag, path)), sdk: entries(sdk), python: entries(python) };
}

async function publicDirectory() {
  const directory = join(STAGE, 'public');
  await mkdir(directory, { recursive: true });
  return directory;
}
