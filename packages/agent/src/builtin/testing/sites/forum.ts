import type { Site } from '../site.js';

const TOPICS = Array.from({ length: 23 }, (_, index) => ({
  title: `${['Slow start', 'Lost password', 'Dark theme', 'Broken export'][index % 4]} no. ${index + 1}`,
  author: ['mira', 'tomas', 'oke'][index % 3],
  comments: (index * 7) % 31,
  date: `2026-10-${String(index + 1).padStart(2, '0')}`,
  tag: index % 4 === 3 ? 'bug' : 'question',
}));
const PER_PAGE = 10;

const entry = ({ title, author, comments, date, tag }: (typeof TOPICS)[number], index: number) =>
  `<article><h2><a href="/t/${index}">${title}</a></h2><p>by ${author} · <time>${date}</time> · ${comments} comments · ${tag}</p></article>`;

/** Topics on several pages, as articles; the next page is behind “Older”. */
export const FORUM: Site = {
  '/': ({ url }) => {
    const page = Number(url.searchParams.get('page') ?? '1');
    const shown = TOPICS.slice((page - 1) * PER_PAGE, page * PER_PAGE);
    const newer = page > 1 ? `<a href="/?page=${page - 1}">Newer</a>` : '';
    const older = page * PER_PAGE < TOPICS.length ? `<a href="/?page=${page + 1}">Older »</a>` : '';
    return `<!doctype html><title>Topics - Tinkerers</title><nav><a href="/">Topics</a> <a href="/rules">Rules</a></nav>
      <main><h1>Topics</h1>${shown.map((topic) => entry(topic, TOPICS.indexOf(topic))).join('')}<nav aria-label="Pages">${newer} ${older}</nav></main>`;
  },
  '/rules': `<!doctype html><title>Rules - Tinkerers</title><h1>Rules</h1><ol><li>Be kind.</li><li>Search first.</li></ol>`,
  '*': ({ url }) => `<!doctype html><title>Topic</title><h1>${TOPICS[Number(url.pathname.slice(3))]?.title}</h1><p>The first post.</p>`,
};
