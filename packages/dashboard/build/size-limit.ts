import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

/** Fails the build when what is loaded before the first page shows (lazy parts left out) is larger than this. */
export function sizeLimit(maxGzipBytes: number): Plugin {
  return {
    name: 'carrel-size-limit',
    apply: 'build',
    generateBundle(_options, bundle) {
      const first = new Set<string>();
      const add = (fileName: string) => {
        const chunk = bundle[fileName];
        if (first.has(fileName) || chunk?.type !== 'chunk') return;
        first.add(fileName);
        for (const imported of chunk.imports) add(imported);
      };
      let bytes = 0;
      for (const [fileName, output] of Object.entries(bundle)) {
        if (output.type === 'chunk' && output.isEntry) add(fileName);
        if (output.type === 'asset' && fileName.endsWith('.css')) bytes += gzipSync(output.source).length;
      }
      for (const fileName of first) {
        const chunk = bundle[fileName];
        if (chunk?.type === 'chunk') bytes += gzipSync(chunk.code).length;
      }
      const said = `The first load of the dashboard is ${bytes} bytes with gzip; ${maxGzipBytes} is the limit.`;
      if (bytes > maxGzipBytes) this.error(`${said} Load more of it lazily.`);
      else this.info(said);
    },
  };
}
