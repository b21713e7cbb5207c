import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** A fenced block of code in the documentation. */
export interface Snippet {
  /** Page and line, e.g. `docs/login.md:23`. */
  place: string;
  /** What stands behind the fence, e.g. `ts`; empty: nothing. */
  language: string;
  code: string;
  /** Why it cannot be run, if it says so: `<!-- not run: reason -->` before the block. */
  notRun?: string;
  /** A command that has to be run before: `<!-- first: carrel … -->`. */
  first?: string;
}

const FENCE = /^```([\w-]*)[^\n]*\n([\s\S]*?)^```$/gm;
const NOTE = /<!-- (not run|first): ([^\n]*?) -->\n$/;

/** The pages whose blocks are run: those of the site that are written by hand. */
export async function pages(): Promise<string[]> {
  const docs = await readdir(join(ROOT, 'docs'), { recursive: true });
  return ['README.md', 'packages/sdk/README.md', ...docs.filter((path) => path.endsWith('.md')).map((path) => `docs/${path}`)].sort();
}

export async function snippetsOf(page: string): Promise<Snippet[]> {
  const text = await readFile(join(ROOT, page), 'utf8');
  return [...text.matchAll(FENCE)].map(({ 1: language = '', 2: code = '', index }) => {
    const before = text.slice(0, index);
    const [, kind, said] = NOTE.exec(before) ?? [];
    return {
      place: `${page}:${before.split('\n').length}`,
      language,
      code,
      ...(kind === 'not run' && { notRun: said ?? '' }),
      ...(kind === 'first' && { first: said ?? '' }),
    };
  });
}
