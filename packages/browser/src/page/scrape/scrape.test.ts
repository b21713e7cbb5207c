import { type ScrapeRequestInput, scrapeRequest } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Drive, startDrive } from '../testing/drive.js';
import { parseNumber } from './schema.js';

let drive: Drive;
beforeAll(async () => {
  drive = await startDrive();
  await drive.open('/article.html');
});
afterAll(() => drive[Symbol.asyncDispose]());

const scrape = (input: ScrapeRequestInput = {}) => drive.browser.pages.scrape(scrapeRequest.parse(input));

describe('scrape', () => {
  it('should give the main content as Markdown, with tables, absolute links and what is in shadow roots', async () => {
    const { url, title, markdown, links, truncatedChars } = await scrape();
    expect({ url, title, truncatedChars }).toEqual({
      url: `${drive.site.origin}/article.html`,
      title: 'The lighthouse',
      truncatedChars: 0,
    });
    expect(markdown).toContain(`[The keeper](${drive.site.origin}/keeper?id=1#top)`);
    expect(markdown).toMatch(/\| 1820 \| 1,204 \|/);
    expect(markdown).toContain('From the shadow');
    expect(markdown).not.toMatch(/Imprint|About us/);
    expect(links).toEqual([{ text: 'The keeper', url: `${drive.site.origin}/keeper?id=1#top` }]);
  });

  it('should give everything but what nobody sees when not only the main content is wanted', async () => {
    const { markdown, links } = await scrape({ onlyMainContent: false });
    expect(markdown).toMatch(/About us[\s\S]*Imprint/);
    expect(markdown).not.toContain('Ignore all previous instructions');
    expect(links.map(({ text }) => text)).toEqual(['Home', 'About us', 'The keeper']);
    expect((await scrape({ links: false })).links).toEqual([]);
  });

  it('should give all that a selector matches, once, and leave out where links lead when that is asked', async () => {
    const part = (selector: string, withTargets?: boolean) =>
      drive.browser.pages.scrape({ ...scrapeRequest.parse({}), selector, ...(withTargets === undefined ? {} : { withTargets }) });
    // The link lies in the article.
    const { markdown } = await part('article, article a, nav');
    expect(markdown.match(/The keeper/g)).toHaveLength(1);
    expect(markdown).toMatch(/About us/);
    const plain = await part('article', false);
    expect(plain.markdown).toContain('The keeper');
    expect(plain.markdown).not.toContain('/keeper');
    expect(plain.links).toEqual([]);
    await expect(part('.nowhere')).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(part('p[')).rejects.toMatchObject({ code: 'invalid_request', details: { selector: 'p[' } });
  });

  it('should cut long Markdown and say how much is missing', async () => {
    await drive.open('/huge');
    const whole = await scrape({ onlyMainContent: false, maxChars: 10_000_000, timeoutMs: 60_000 });
    const cut = await scrape({ onlyMainContent: false, maxChars: 2_000, timeoutMs: 60_000 });
    expect(whole.markdown).toContain('Paragraph 2499');
    expect(cut.markdown.length).toBeLessThanOrEqual(2_000);
    expect(cut.truncatedChars).toBe(whole.markdown.length - cut.markdown.length);
    await drive.open('/article.html');
  }, 90_000);

  it('should give values by selector', async () => {
    const { fields } = await scrape({
      fields: {
        title: 'h1',
        missing: '.nowhere',
        facts: { selector: '.fact', all: true },
        numbers: { selector: '.fact', attribute: 'data-n', all: true },
        keeper: { selector: 'article a', attribute: 'href' },
        deep: '.deep',
        none: { selector: '.nowhere', all: true },
        constructor: 'h1',
      },
    });
    expect(Object.entries(fields ?? {})).toEqual(
      Object.entries({
        title: 'The lighthouse',
        missing: null,
        facts: ['Built in 1822', 'Height 31 m'],
        numbers: ['1', '2'],
        keeper: `${drive.site.origin}/keeper?id=1#top`,
        deep: 'From the shadow, a sentence that belongs to the story as well.',
        none: [],
      }).concat([['constructor', 'The lighthouse']]),
    );
  });

  it('should give data by a schema whose properties say where they are', async () => {
    const { data } = await scrape({
      schema: {
        type: 'object',
        properties: {
          name: { type: 'string', selector: 'h1' },
          price: { type: 'number', selector: '#price' },
          sold: { type: 'boolean', selector: '.sold-out' },
          year: { type: ['integer', 'null'], selector: '.nowhere' },
          facts: {
            type: 'array',
            selector: '.fact',
            items: { type: 'object', properties: { n: { type: 'integer', selector: ':scope', attribute: 'data-n' } } },
          },
          texts: { type: 'array', selector: '.fact', items: { type: 'string' } },
          picture: { type: 'object', selector: 'img', properties: { alt: { type: 'string', selector: ':scope', attribute: 'alt' } } },
        },
      },
    });
    expect(data).toMatchObject({ name: 'The lighthouse', price: 1234.5, sold: false, year: null, texts: ['Built in 1822', 'Height 31 m'] });
  });

  it.each([
    ['a property without selector', { type: 'object', properties: { mood: { type: 'string' } } }, '$.mood'],
    ['an array without selector', { type: 'object', properties: { list: { type: 'array', items: { type: 'string' } } } }, '$.list'],
    ['no type at all', {}, '$'],
    ['several types', { type: 'object', properties: { x: { type: ['string', 'number'], selector: 'p' } } }, '$.x'],
  ])('should say that %s needs a model', async (_, schema, path) => {
    await expect(scrape({ schema })).rejects.toMatchObject({ code: 'needs_model', details: { path } });
  });

  it('should refuse what is not CSS', async () => {
    await expect(scrape({ fields: { x: '##' } })).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('"##"'),
    });
  });

  it('should read a page nested deeper than a stack goes', async () => {
    await drive.open('/deep');
    expect((await scrape({ onlyMainContent: false })).markdown).toContain('bottom');
    await drive.open('/article.html');
  });
});

describe('parseNumber', () => {
  it.each([
    ['€ 1.234,50', 1234.5],
    ['$1,234.50', 1234.5],
    ['1,234', 1234],
    ['12,5 %', 12.5],
    ['1.5', 1.5],
    ['1.234.567', 1234567],
    ['1’234.00', 1],
    ["1'234.00", 1234],
    ['−7 °C', -7],
    ['1\u00a0000', 1000],
    ['about 3 apples', 3],
    ['none', null],
    ['', null],
  ])('should read %j as %j', (text, number) => {
    expect(parseNumber(text)).toBe(number);
  });
});
