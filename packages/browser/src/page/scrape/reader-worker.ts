import { parentPort, workerData } from 'node:worker_threads';
import { Readability } from '@mozilla/readability';
import { parseHTML } from 'linkedom';
import { NodeHtmlMarkdown } from 'node-html-markdown';
import type { Reading, ReadingRequest } from './reader.js';

/** Below this share of the text of the whole page, what was taken for the article is only a part of the content. */
const MIN_ARTICLE_SHARE = 0.25;
const FURNITURE =
  'nav, header, footer, aside, [role=navigation], [role=banner], [role=contentinfo], [role=complementary], [role=search], form';

const documentOf = (html: string) => parseHTML(`<!doctype html><html><head></head><body>${html}</body></html>`).document;

/** The part of a page that is its own: the article if there is one, else the page without what surrounds it. */
function mainContent(html: string): string {
  const plain = documentOf(html);
  const main = plain.querySelector('main, [role=main]') ?? plain.body;
  for (const element of main.querySelectorAll(FURNITURE)) element.remove();
  const article = new Readability(documentOf(html)).parse();
  const articleChars = article?.textContent?.trim().length ?? 0;
  const mainChars = main.textContent?.trim().length ?? 0;
  return article?.content && articleChars >= mainChars * MIN_ARTICLE_SHARE ? article.content : main.innerHTML;
}

function linksOf(html: string): Reading['links'] {
  return [...documentOf(html).querySelectorAll('a[href]')].flatMap((link) => {
    const url = link.getAttribute('href') ?? '';
    return /^(https?|mailto|tel):/.test(url) ? [{ text: (link.textContent ?? '').replaceAll(/\s+/g, ' ').trim(), url }] : [];
  });
}

function read({ html, onlyMainContent }: ReadingRequest): Reading {
  const content = onlyMainContent ? mainContent(html) : html;
  return { markdown: NodeHtmlMarkdown.translate(content).trim(), links: linksOf(content) };
}

parentPort?.postMessage(read(workerData as ReadingRequest));
