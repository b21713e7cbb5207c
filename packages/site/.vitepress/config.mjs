import { defineConfig } from 'vitepress';
import { NAVIGATION, sidebar } from '../build/contents.mjs';
import { stage } from '../build/stage.mjs';

const { api, sdk } = await stage();

export default defineConfig({
  title: 'Carrel',
  description: 'Every AI agent gets its own browser',
  base: '/docs/',
  srcDir: '.pages',
  outDir: 'dist',
  cleanUrls: true,
  // Whoever fades the change of colours writes a style sheet into the page, which the policy of the server does not let it do.
  appearance: { disableTransition: false },
  // One file for all pages instead of a script in each.
  metaChunk: true,
  head: [['link', { rel: 'icon', href: '/docs/favicon.svg', type: 'image/svg+xml' }]],
  markdown: { headers: { level: [2, 3] } },
  vite: { publicDir: 'public', build: { chunkSizeWarningLimit: 4000 } },
  themeConfig: {
    nav: NAVIGATION,
    sidebar: sidebar(api, sdk),
    outline: [2, 3],
    search: { provider: 'local' },
    socialLinks: [],
  },
});
