import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { escapeText, markdownReport, markdownTable, writeMarkdown } from './markdown.js';
import { sampleResults } from './sample-results.js';

describe('markdownTable', () => {
  it('should have as many cells in every row, the numbers to the right', () => {
    const table = markdownTable({
      rows: [['ms', 'Carrel', '÷ floor'], ['create', '68–90', '×1.25'], ['goto']],
      notes: ['of two', 'at night'],
    });
    expect(table).toBe(
      '| ms | Carrel | ÷ floor |\n| --- | ---: | ---: |\n| create | 68–90 | ×1.25 |\n| goto |  |  |\n\nof two\\\nat night',
    );
  });

  it('should keep what is in a cell from being read as anything but text', () => {
    const [, , row] = markdownTable({ rows: [['a'], ['x | <b>y</b>\n[z](http://evil.example) `c` *d* $e$']] }).split('\n');
    expect(row).toBe('| x \\| &lt;b&gt;y&lt;/b&gt; \\[z\\](http://evil.example) \\`c\\` \\*d\\* \\$e\\$ |');
  });
});

describe('escapeText', () => {
  it('should leave what is only text', () => {
    expect(escapeText('AMD EPYC 7 (2.4 GHz), 10–20 %')).toBe('AMD EPYC 7 (2.4 GHz), 10–20 %');
  });
});

describe('markdownReport', () => {
  const { text, plots } = markdownReport(sampleResults, { plots: 'benchmarks', explanation: '../bench/README.md' });

  it('should say on what was measured, then how it stands to the targets, then all else', () => {
    const places = ['A processor, 2 cores', '## Targets', '## Lifecycle', '| create |'].map((part) => text.indexOf(part));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it('should show the plots that it has, and no others', () => {
    const names = ['latency', 'throughput', 'memory'];
    expect([...plots.keys()]).toEqual(names.map((name) => `${name}.svg`));
    expect([...text.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, path]) => path)).toEqual(names.map((name) => `benchmarks/${name}.svg`));
  });

  it('should write the plots to where it shows them', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'carrel-report-'));
    try {
      const path = await writeMarkdown(sampleResults, join(directory, 'figures.md'));
      expect(await readFile(path, 'utf8')).toContain('(figures/latency.svg)');
      expect(await readdir(join(directory, 'figures'))).toEqual(['latency.svg', 'memory.svg', 'throughput.svg']);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
