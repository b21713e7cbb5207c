import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as sdk from '@carrel/sdk';
import * as playwright from 'playwright-core';
import puppeteer from 'puppeteer-core';
import ts from 'typescript';
import type { Given } from './fixtures.js';
import type { Snippet } from './snippets.js';

const DIRECTORY = dirname(fileURLToPath(import.meta.url));

/** What snippets may import. */
const MODULES: Readonly<Record<string, unknown>> = {
  '@carrel/sdk': sdk,
  'playwright-core': playwright,
  'puppeteer-core': { default: puppeteer },
};
/** Functions of the SDK that pages use without importing them again. */
const FUNCTIONS = ['Carrel', 'resultOf', 'verifyWebhook', 'isCarrelError'];
const GIVEN = [
  'client',
  'browser',
  'profile',
  'context',
  'storageState',
  'password',
  'totpSecret',
  'redditSession',
  'task',
  'request',
  'secret',
];

const IMPORT = /^import .*;$/gm;

/** A module whose default export does what the snippet does. Its own names go before those that are given. */
function moduleOf(code: string): string {
  const imports = code.match(IMPORT) ?? [];
  const wanted = FUNCTIONS.filter((name) => !imports.some((line) => line.includes(name)));
  return [
    `import type { Given } from './fixtures.js';`,
    `import { ${wanted.join(', ')} } from '@carrel/sdk';`,
    ...imports,
    `export default async function ({ ${GIVEN.join(', ')} }: Given): Promise<void> {`,
    '{',
    code.replace(IMPORT, ''),
    '}',
    '}',
  ].join('\n');
}

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node'],
  strict: true,
  noEmit: true,
  skipLibCheck: true,
};

/** What the compiler has against the snippets, by their place, all looked at in one go. */
export function typeErrors(snippets: readonly Snippet[]): string[] {
  const files = new Map(snippets.map(({ code }, index) => [join(DIRECTORY, `snippet-${index}.ts`), moduleOf(code)]));
  const host = ts.createCompilerHost(OPTIONS);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => files.get(path) ?? readFile(path);
  host.getSourceFile = (path, version, ...rest) => {
    const text = files.get(path);
    return text === undefined ? getSourceFile(path, version, ...rest) : ts.createSourceFile(path, text, version);
  };
  const program = ts.createProgram([...files.keys()], OPTIONS, host);
  return [...files.keys()].flatMap((path, index) => {
    const source = program.getSourceFile(path);
    const found = [...program.getSemanticDiagnostics(source), ...program.getSyntacticDiagnostics(source)];
    return found.map(({ messageText }) => `${snippets[index]?.place}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
  });
}

/** Runs it, as the module that was looked at. */
export async function runTypeScript(code: string, given: Given): Promise<void> {
  const { outputText } = ts.transpileModule(moduleOf(code), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS, esModuleInterop: false },
  });
  const load = (name: string) => {
    if (name in MODULES) return MODULES[name];
    throw new Error(`snippets may not import ${name}`);
  };
  const exported: { default?: (values: Given) => Promise<void> } = {};
  new Function('exports', 'require', outputText)(exported, load);
  await exported.default?.(given);
}
