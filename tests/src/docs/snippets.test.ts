import { ERRORS } from '@carrel/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { clearAll, given, type Surroundings, startSurroundings } from './fixtures.js';
import { python, runPython } from './python.js';
import { Shell } from './shell.js';
import { examplesOfSdk, pages, type Snippet, snippetsOf } from './snippets.js';
import { runTypeScript, typeErrors } from './typescript.js';

const SNIPPET_TIMEOUT_MS = 60_000;
const all = (await Promise.all((await pages()).map(snippetsOf))).flat();
/** Drawn when the site is built, which fails where they cannot be. */
const DRAWN = ['mermaid'];

let surroundings: Surroundings;
let shell: Shell;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  surroundings = await startSurroundings();
  shell = await Shell.open(surroundings);
  environment = { ...process.env };
  process.env.CARREL_URL = surroundings.server.url;
  process.env.CARREL_API_KEY = surroundings.server.apiKey;
});
afterAll(async () => {
  process.env = environment;
  await shell?.[Symbol.asyncDispose]();
  await surroundings?.[Symbol.asyncDispose]();
});
afterEach(() => clearAll(surroundings));

const RUN: Record<string, (snippet: Snippet) => Promise<void>> = {
  ts: async ({ code }) => {
    const here = surroundings.localized(code);
    await using values = await given(here, surroundings);
    await runTypeScript(here, values);
  },
  sh: async ({ code, first }) => {
    if (first !== undefined) await shell.run(first);
    await shell.run(code);
  },
  python: async ({ code }) => {
    if (python !== undefined) await runPython(surroundings.localized(code), surroundings, python);
  },
  json: async ({ code }) => {
    const value = JSON.parse(code) as { error?: string; code?: string };
    if (value.error !== undefined) expect(Object.keys(ERRORS)).toContain(value.code);
  },
};

/** Python need not be on a machine; the tests of its client are left out there, too. */
const isMissing = ({ language }: Snippet) => language === 'python' && python === undefined;
const isRun = ({ notRun, language }: Snippet) => notRun === undefined && !DRAWN.includes(language);

describe('snippets of the documentation', () => {
  it('should all be run, or say why not', () => {
    const unexplained = all.filter((snippet) => isRun(snippet) && !(snippet.language in RUN));
    expect(unexplained.map(({ place, language }) => `${place} ${language}`)).toEqual([]);
    expect(all.filter(({ notRun }) => notRun?.trim() === '').map(({ place }) => place)).toEqual([]);
    expect(all.filter(isRun).length).toBeGreaterThan(40);
  });

  it('should be right for the compiler, and so should the examples in the reference of the SDK', {
    timeout: SNIPPET_TIMEOUT_MS,
  }, async () => {
    const examples = await examplesOfSdk();
    expect(examples.length).toBeGreaterThan(15);
    const snippets = [...all.filter((snippet) => isRun(snippet) && snippet.language === 'ts'), ...examples];
    expect(typeErrors(snippets)).toEqual([]);
  });

  it.each(all.filter((snippet) => isRun(snippet) && snippet.language in RUN && !isMissing(snippet)))(
    'should work: $place',
    { timeout: SNIPPET_TIMEOUT_MS },
    async (snippet) => {
      await RUN[snippet.language]?.(snippet);
    },
  );
});
