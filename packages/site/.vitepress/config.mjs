import { existsSync } from 'node:fs';
import { defineConfig } from 'vitepress';
import { NAVIGATION, sidebar } from '../build/contents.mjs';
import { STAGE, stage } from '../build/stage.mjs';

const generated = await stage();

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
    sidebar: sidebar(generated, (link) => existsSync(`${STAGE}${link.replace(/\/$/, '/index')}.md`)),
    outline: [2, 3],
    search: {
      provider: 'local',
      options: {
        // What is looked for by its name, such as a setting or a code of an error, is where it stands in the heading.
        miniSearch: { searchOptions: { boost: { title: 8, titles: 2, text: 1 } } },
        // The index is of words: colouring the code a second time for it would be half of the build.
        _render: (source, env, md) => md.render(source.replace(/^```[\w-]+/gm, '```text'), env),
      },
    },
    socialLinks: [],
  },
});
