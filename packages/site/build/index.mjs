// Builds the site into dist: the pages, the hashes of the scripts that stand in them, and each text compressed.
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build } from 'vitepress';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(PACKAGE, 'dist');
const TEXTS = /\.(js|css|html|svg|json)$/;
/** A little larger than the best, for a tenth of the time. */
const BROTLI_QUALITY = 7;
const INLINE_SCRIPT = /<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g;

await build(PACKAGE);

const entries = await readdir(DIST, { recursive: true, withFileTypes: true });
const texts = entries.filter((entry) => entry.isFile() && TEXTS.test(entry.name)).map((entry) => join(entry.parentPath, entry.name));
const hashes = new Set();
for (const path of texts) {
  const content = await readFile(path);
  if (path.endsWith('.html')) {
    for (const [, script] of content.toString().matchAll(INLINE_SCRIPT)) {
      hashes.add(`sha256-${createHash('sha256').update(script).digest('base64')}`);
    }
  }
  await writeFile(`${path}.br`, await promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }));
  await writeFile(`${path}.gz`, await promisify(gzip)(content));
}
// The server lets these run and no others; a file whose name begins with a dot is not served.
await writeFile(join(DIST, '.scripts.json'), JSON.stringify([...hashes].sort()));
