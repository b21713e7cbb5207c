import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchResults } from '../results.js';
import { eachFound } from '../sections/index.js';
import { goalTable } from './goals.js';
import { drawPlot, type Plot } from './plot.js';
import type { Table } from './table.js';
import { aboutLines } from './text.js';

/** The whole report, and the plots that stand beside it by the names of their files. */
export interface MarkdownReport {
  text: string;
  plots: ReadonlyMap<string, string>;
}

interface Places {
  /** Where the plots are, as seen from the report. */
  plots: string;
  /** Where it is explained how all is measured, likewise. */
  explanation: string;
}

const EXPLANATION = fileURLToPath(new URL('../../README.md', import.meta.url));

/** The report as GitHub-flavoured Markdown (https://github.github.com/gfm/). */
export function markdownReport(results: BenchResults, places: Places): MarkdownReport {
  const { found } = results;
  const plots = new Map<string, string>();
  const picture = (plot: Plot) => {
    plots.set(`${plot.name}.svg`, drawPlot(plot));
    return `![${escapeText(plot.title)}](${encodeURI(`${places.plots}/${plot.name}.svg`)})`;
  };
  const sections = eachFound(found, (section, result) =>
    [
      `## ${escapeText(section.title)}`,
      ...(section.plots?.(result) ?? []).filter(({ lines }) => lines.some(({ points }) => points.length > 0)).map(picture),
      ...section.tables(result).map(markdownTable),
    ].join('\n\n'),
  );
  const goals = eachFound(found, (section, result) => section.goals?.(result) ?? []).flat();
  const parts = [
    '# Benchmarks',
    '<!-- Made by `npm run bench` with `--markdown`: not to be edited. -->',
    `What \`npm run bench${results.options.isQuick ? ' -- --quick' : ''}\` measured. How, and what each figure is: [bench/README.md](${encodeURI(places.explanation)}).`,
    aboutLines(results)
      .map((line) => `- ${escapeText(line)}`)
      .join('\n'),
    ...(goals.length === 0 ? [] : ['## Targets', markdownTable(goalTable(goals))]),
    ...sections,
  ];
  return { text: `${parts.join('\n\n')}\n`, plots };
}

/** A table, its first column to the left and the others to the right, and its notes. */
export function markdownTable({ rows, notes = [] }: Table): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const line = (row: readonly string[]) =>
    `| ${Array.from({ length: columns }, (_, column) => escapeText(row[column] ?? '')).join(' | ')} |`;
  const [head = [], ...body] = rows;
  const rule = `|${Array.from({ length: columns }, (_, column) => (column === 0 ? ' --- |' : ' ---: |')).join('')}`;
  const below = notes.length === 0 ? [] : ['', notes.map(escapeText).join('\\\n')];
  return [line(head), rule, ...body.map(line), ...below].join('\n');
}

/** As plain text on one line, whatever is in it. */
export function escapeText(text: string): string {
  const literal = text.replaceAll(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character] as string);
  return literal.replaceAll(/[\\`*_{}[\]#|~$!]/g, '\\$&').replaceAll(/\s+/g, ' ');
}

/** Writes the report, and its plots to a folder of its name beside it. */
export async function writeMarkdown(results: BenchResults, file: string): Promise<string> {
  const path = resolve(file);
  const folder = basename(path, extname(path));
  const { text, plots } = markdownReport(results, { plots: folder, explanation: relative(dirname(path), EXPLANATION) });
  const plotDirectory = join(dirname(path), folder);
  await mkdir(plotDirectory, { recursive: true });
  for (const [name, svg] of plots) await writeFile(join(plotDirectory, name), svg);
  await writeFile(path, text);
  return path;
}
