/// <reference lib="dom" />
import { parentPort, workerData } from 'node:worker_threads';
import { Readability } from '@mozilla/readability';
import { parseHTML } from 'linkedom';
import { NodeHtmlMarkdown } from 'node-html-markdown';
import type { Reading, ReadingRequest } from './reader.js';

/** Readability takes milliseconds for each element: beyond this many, the page without its furniture has to do. */
const MAX_ARTICLE_ELEMENTS = 3_000;
/** The translator takes time that grows with the square of what it is given: it is given pieces of about this size. */
const PIECE_CHARS = 20_000;
/** What can be taken apart without the parts meaning something else. */
const CONTAINERS = new Set(['body', 'div', 'section', 'article', 'main']);
/** Below this share of the text of the whole page, what was taken for the article is only a part of the content. */
const MIN_ARTICLE_SHARE = 0.25;
const FURNITURE =
  'nav, header, footer, aside, [role=navigation], [role=banner], [role=contentinfo], [role=complementary], [role=search], form';

const BLOCKS = new Set([...CONTAINERS, 'p', 'ul', 'ol', 'dl', 'table', 'pre', 'blockquote', 'hr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6']);

const documentOf = (html: string) => parseHTML(`<!doctype html><html><head></head><body>${html}</body></html>`).document;

/** The part of a page that is its own: the article if there is one, else the page without what surrounds it. */
function mainContent(html: string): string {
  const plain = documentOf(html);
  const main = plain.querySelector('main, [role=main]') ?? plain.body;
  for (const element of main.querySelectorAll(FURNITURE)) element.remove();
  if (plain.querySelectorAll('*').length > MAX_ARTICLE_ELEMENTS) return main.innerHTML;
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

function toMarkdown(html: string): string {
  return piecesOf(documentOf(html).body)
    .map((piece) => NodeHtmlMarkdown.translate(piece).trim())
    .filter((text) => text !== '')
    .join('\n\n');
}

/** The HTML in a container, in pieces that begin and end between blocks. */
function piecesOf(container: Element): string[] {
  const pieces: string[] = [];
  let piece = '';
  const endPiece = () => {
    pieces.push(piece);
    piece = '';
  };
  for (const child of container.childNodes) {
    const element = child.nodeType === 1 ? (child as Element) : undefined;
    const html = element?.outerHTML ?? escaped(child.textContent ?? '');
    if (element !== undefined && html.length > PIECE_CHARS && CONTAINERS.has(element.localName)) {
      endPiece();
      pieces.push(...piecesOf(element));
      continue;
    }
    piece += html;
    // Not between words: text that goes on after an inline element belongs to the same paragraph.
    if (piece.length > PIECE_CHARS && element !== undefined && BLOCKS.has(element.localName)) endPiece();
  }
  endPiece();
  return pieces;
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function read({ html, onlyMainContent }: ReadingRequest): Reading {
  const content = onlyMainContent ? mainContent(html) : html;
  return { markdown: toMarkdown(content), links: linksOf(content) };
}

parentPort?.postMessage(read(workerData as ReadingRequest));
