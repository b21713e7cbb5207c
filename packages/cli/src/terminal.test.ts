import { clearLine, cursorTo, moveCursor } from 'node:readline';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { printable, Terminal } from './terminal.js';

interface Facts {
  isTTY?: boolean;
  columns?: number;
}

/** A stream with these facts, and with the functions that a stream to a terminal has. */
function streamOf(facts: Facts) {
  const stream = new PassThrough({ encoding: 'utf8' });
  return Object.assign(stream, facts, {
    cursorTo: (x: number) => cursorTo(stream, x),
    moveCursor: (x: number, y: number) => moveCursor(stream, x, y),
    clearLine: (direction: -1 | 0 | 1) => clearLine(stream, direction),
  });
}

function terminalOf(facts: Facts, env: NodeJS.ProcessEnv = {}) {
  const [stdout, stderr] = [streamOf(facts), streamOf(facts)];
  const terminal = new Terminal({ stdout, stderr, stdin: new PassThrough(), env, cwd: '/' });
  return { terminal, written: () => `${stdout.read() ?? ''}`, noted: () => `${stderr.read() ?? ''}` };
}

describe('Terminal', () => {
  it('should colour results on a terminal, unless it is told not to', () => {
    const isColored = (facts: { isTTY?: boolean }, env: NodeJS.ProcessEnv) => terminalOf(facts, env).terminal.colors.isColorSupported;
    expect(isColored({ isTTY: true }, {})).toBe(true);
    expect(isColored({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
    expect(isColored({ isTTY: true }, { TERM: 'dumb' })).toBe(false);
    expect(isColored({}, {})).toBe(false);
    expect(isColored({}, { FORCE_COLOR: '1' })).toBe(true);
  });

  it('should show progress on a terminal only, and none without a width', async () => {
    const work = () => Promise.resolve('done');
    const withWidth = terminalOf({ isTTY: true, columns: 80 });
    expect(await withWidth.terminal.progress('Working', work)).toBe('done');
    expect(withWidth.noted()).toContain('Working');
    for (const facts of [{}, { isTTY: true, columns: 0 }, { isTTY: true }]) {
      const without = terminalOf(facts);
      expect(await without.terminal.progress('Working', work)).toBe('done');
      expect(without.noted()).toBe('');
    }
  });

  it('should stop the progress when the work fails', async () => {
    const { terminal, noted } = terminalOf({ isTTY: true, columns: 80 });
    await expect(terminal.progress('Working', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(noted()).toContain('\u001b[?25h'); // The cursor is shown again.
  });

  it('should line up columns whatever colours they have', () => {
    const { terminal } = terminalOf({ isTTY: true, columns: 80 });
    const table = terminal.table(
      ['A', 'B'],
      [
        ['long one', 'x'],
        [terminal.colors.green('ok'), 'y'],
      ],
    );
    expect(stripVTControlCharacters(table).split('\n')).toEqual(['A         B', 'long one  x', 'ok        y']);
  });
});

describe('printable', () => {
  it('should let no page drive the terminal', () => {
    expect(printable('a\u001b[2Jb\u0007c\u009b31md\te\nf')).toBe('a\ufffd[2Jb\ufffdc\ufffd31md\te\nf');
    expect(printable('naïve 日本 😀')).toBe('naïve 日本 😀');
  });
});
