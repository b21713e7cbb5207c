import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ELSEWHERE } from '../../../packages/site/build/contents.mjs';
import { sdkPages } from '../../../packages/site/build/sdk-pages.mjs';

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

/** Where the SDK's own declarations are, as the compiler writes them. */
const DECLARATIONS = join(ROOT, 'packages/sdk/dist');

const FENCE = /^```([\w-]*)[^\n]*\n([\s\S]*?)^```$/gm;
const NOTE = /<!-- (not run|first): ([^\n]*?) -->\n$/;

/** The pages whose blocks are run: those of the site that are written by hand. */
export async function pages(): Promise<string[]> {
  const docs = await readdir(join(ROOT, 'docs'), { recursive: true });
  return ['README.md', ...Object.keys(ELSEWHERE), ...docs.filter((path) => path.endsWith('.md')).map((path) => `docs/${path}`)].sort();
}

/** The examples in the SDK's comments, as they stand in its reference, with what they take for granted. */
export async function examplesOfSdk(): Promise<Snippet[]> {
  const all = (await sdkPages(DECLARATIONS)).flatMap(({ path, content }) => blocksIn(content, path));
  return all
    .filter(({ language }) => language === 'ts')
    .map(({ place, language, code }) => {
      const granted = `const [taskId, id, startUrl]: [string, string, string] = ['', '', ''];\n`;
      const imports = [
        /(read|write)File\(/.test(code) && `import { readFile, writeFile } from 'node:fs/promises';\n`,
        /chromium\./.test(code) && `import { chromium } from 'playwright-core';\n`,
      ].filter(Boolean);
      return { place, language, code: `${imports.join('')}${granted}{\n${code}\n}` };
    });
}

export const snippetsOf = async (page: string): Promise<Snippet[]> => blocksIn(await readFile(join(ROOT, page), 'utf8'), page);

function blocksIn(text: string, page: string): Snippet[] {
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
