import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compressed } from './build/compressed.js';
import { sizeLimit } from './build/size-limit.js';

/** What a page needs before it shows anything: the entry, what that imports at once, and the styles. */
const MAX_FIRST_LOAD_GZIP_BYTES = 250_000;

export default defineConfig({
  plugins: [react(), tailwindcss(), sizeLimit(MAX_FIRST_LOAD_GZIP_BYTES), compressed()],
  // No inline anything: the page is served with a policy that has neither data: scripts nor inline styles.
  build: { target: 'es2023', assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: false },
});
