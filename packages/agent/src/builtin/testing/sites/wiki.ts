import type { Site } from '../site.js';

const frame = (title: string, body: string) => `<!doctype html><title>${title} - Harbourpedia</title>
<nav aria-label="Contents"><ul><li><a href="/">Main page</a></li><li><a href="/wiki/Old_Bridge">Old Bridge</a></li><li><a href="/wiki/Lighthouse">Lighthouse</a></li></ul></nav>
<form action="/search"><input name="q" placeholder="Search Harbourpedia"><button>Go</button></form><main><h1>${title}</h1>${body}</main>`;

const PAGES: Record<string, string> = {
  Old_Bridge: frame(
    'Old Bridge',
    `<p>The Old Bridge crosses the river Ald in Harbour. It is the oldest bridge of the county.</p>
    <table><tr><th>Built</th><td>1432</td></tr><tr><th>Length</th><td>212 m</td></tr><tr><th>Architect</th><td>Joan Mason</td></tr></table>
    <h2>History</h2><p>A ferry served the crossing until 1430. The bridge was opened in 1432 by the mayor.</p>
    <h3>The flood of 1651</h3><p>Two arches fell in the flood. They were rebuilt in wood, and later in stone.</p>
    <h2>In fiction</h2><p>The bridge is the scene of three novels.</p>`,
  ),
  Lighthouse: frame(
    'Lighthouse',
    `<p>The lighthouse of Harbour stands on the Hook.</p><h2>Opening hours</h2><p>It is open on Sundays from 10 to 4.</p>`,
  ),
};

/** An encyclopaedia: headings, prose, a box of facts, a search box that has no label but a placeholder. */
export const WIKI: Site = {
  '/': frame('Main page', '<p>Welcome. Today’s article is about the <a href="/wiki/Old_Bridge">Old Bridge</a>.</p>'),
  '/search': ({ url }) => {
    const query = (url.searchParams.get('q') ?? '').toLowerCase();
    const hits = Object.keys(PAGES).filter((name) => query.split(/\s+/).some((word) => name.toLowerCase().includes(word)));
    const list = hits.map((name) => `<li><a href="/wiki/${name}">${name.replace('_', ' ')}</a></li>`).join('');
    return frame('Search results', hits.length === 0 ? '<p>There were no results matching the query.</p>' : `<ul>${list}</ul>`);
  },
  ...Object.fromEntries(Object.entries(PAGES).map(([name, page]) => [`/wiki/${name}`, page])),
};
