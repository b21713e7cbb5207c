// What is on the site, and in which order. A page of docs/ that is in no list here ends the build.

/** Files of the repository that are pages, where there are such files, by where they are on the site. */
export const ELSEWHERE = {
  'bench/README.md': 'measuring.md',
  'packages/sdk/README.md': 'sdk/index.md',
  'CONTRIBUTING.md': 'contributing.md',
  'CHANGELOG.md': 'changelog.md',
  'python/README.md': 'python/index.md',
};

const items = (pairs) => pairs.map(([text, path]) => ({ text, link: `/${path}` }));

const START = items([
  ['Quickstart', 'quickstart'],
  ['Concepts', 'concepts'],
]);

const GUIDES = items([
  ['Log in once', 'login'],
  ['Profiles', 'profiles'],
  ['Conversations', 'conversations'],
  ['Structured output', 'structured-output'],
  ['Proxies and identity', 'proxies-and-identity'],
  ['The dashboard', 'dashboard'],
  ['Human in the loop', 'people'],
  ['Tools for a model: MCP', 'mcp'],
  ["Notte's SDK", 'notte'],
]);

const MOVING = items([
  ['From Notte', 'moving/notte'],
  ['From Browserbase', 'moving/browserbase'],
  ['From Steel', 'moving/steel'],
  ['From browserless', 'moving/browserless'],
  ['From stablebrowse', 'moving/stablebrowse'],
]);

const OPERATING = items([
  ['Production', 'production'],
  ['Several servers', 'several-servers'],
  ['Security', 'security'],
  ['Speed', 'speed'],
  ['Benchmarks', 'benchmarks'],
  ['How they are measured', 'measuring'],
]);

const REFERENCE = items([
  ['HTTP API', 'api/'],
  ['TypeScript SDK', 'sdk/'],
  ['Python client', 'python/'],
  ['Command line', 'cli'],
  ['Settings', 'settings'],
  ['Errors', 'errors'],
  ['CDP', 'cdp'],
]);

const INSIDE = items([
  ['Architecture', 'architecture'],
  ['Isolation by containers', 'container-isolation'],
  ['Contributing', 'contributing'],
  ['Changes', 'changelog'],
]);

/**
 * Pages of the reference have lists of their own, in the sidebar of their folder.
 * @param isThere whether there is a page, by its path
 */
export const sidebar = ({ api, sdk, python }, isThere) => ({
  '/api/': [
    { text: 'HTTP API', items: api },
    { text: 'More', items: REFERENCE.slice(1) },
  ],
  '/sdk/': [
    { text: 'TypeScript SDK', items: [{ text: 'Guide', link: '/sdk/' }, ...sdk] },
    { text: 'More', items: REFERENCE },
  ],
  '/python/': [
    { text: 'Python client', items: [{ text: 'Guide', link: '/python/' }, ...python] },
    { text: 'More', items: REFERENCE },
  ],
  '/': [
    { text: 'Begin', items: START },
    { text: 'Guides', items: GUIDES.filter(({ link }) => isThere(link)) },
    { text: 'Moving here', items: MOVING, collapsed: true },
    { text: 'Operating', items: OPERATING },
    { text: 'Reference', items: REFERENCE },
    { text: 'Inside', items: INSIDE },
  ],
});

export const LISTED = [START, GUIDES, MOVING, OPERATING, REFERENCE, INSIDE].flat().map(({ link }) => link);

export const NAVIGATION = [
  {
    text: 'Guide',
    link: '/quickstart',
    activeMatch: '^/(quickstart|concepts|login|profiles|conversations|structured|proxies|people|mcp|moving)',
  },
  { text: 'Reference', link: '/api/', activeMatch: '^/(api|sdk|python|cli|settings|errors|cdp)' },
  { text: 'Operating', link: '/production', activeMatch: '^/(production|several-servers|security|speed|benchmarks|measuring)' },
];
