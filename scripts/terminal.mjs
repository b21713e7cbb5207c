// What the scripts of this folder say on a terminal: progress lines with a tick and a time, in colour where that is wanted. In a pipe
// the same lines, plain and each printed once.
import { stripVTControlCharacters, styleText } from 'node:util';

const WIDTH_MAX = 96;
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 80;

/** A time as people read it: `412 ms`, `1.4 s`, `2 min 3 s`. */
export function formatDuration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

const lengthOf = (text) => [...stripVTControlCharacters(text)].length;

/** Cuts plain text to `width` characters, with an ellipsis where something is gone. */
const cut = (text, width) => (lengthOf(text) <= width ? text : `${[...text].slice(0, Math.max(0, width - 1)).join('')}…`);

/** Breaks a line between words, so that none is longer than `width` where that can be. */
function wrap(line, width) {
  const lines = [''];
  for (const word of line.split(' ')) {
    const last = lines.at(-1);
    if (last === '') lines[lines.length - 1] = word;
    else if (lengthOf(last) + 1 + lengthOf(word) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

export class Terminal {
  #stream;
  #isAnimated;
  #isColoured;

  constructor(stream = process.stdout, env = process.env) {
    this.#stream = stream;
    this.#isAnimated = stream.isTTY === true && env.CI === undefined && env.TERM !== 'dumb';
    // https://no-color.org and https://force-color.org
    const isForced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== '';
    this.#isColoured = isForced || (stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb');
  }

  /** `format` is a name that Node's `styleText` knows, or several. */
  paint(format, text) {
    return this.#isColoured ? styleText(format, text, { validateStream: false }) : text;
  }

  get #width() {
    return Math.min(WIDTH_MAX, this.#stream.isTTY === true ? (this.#stream.columns ?? WIDTH_MAX) : WIDTH_MAX);
  }

  line(text = '') {
    this.#stream.write(`${text}\n`);
  }

  title(text, rest = '') {
    this.line();
    this.line(`  ${this.paint('bold', text)}${rest === '' ? '' : `  ${this.paint('dim', rest)}`}`);
  }

  heading(text, rest = '') {
    this.line();
    this.line(`  ${this.paint(['bold', 'cyan'], text)}${rest === '' ? '' : `  ${this.paint('dim', rest)}`}`);
  }

  /** A line with a tick: what was done, what came of it, how long it took. */
  done(label, detail = '', ms = undefined) {
    this.line(this.#row(this.paint('green', '✓'), label, detail, ms));
  }

  failed(label, detail = '', ms = undefined) {
    this.line(this.#row(this.paint('red', '✗'), label, detail, ms));
  }

  note(label, detail = '') {
    this.line(this.#row(this.paint('dim', '·'), label, detail, undefined));
  }

  /** Text of any length, set off from the rest and broken between words. */
  answer(text) {
    const width = this.#width - 6;
    for (const line of text.split('\n')) {
      for (const part of wrap(line, width)) this.line(`    ${this.paint('cyan', '│')} ${part}`);
    }
  }

  /** Names and values in two columns; values are never cut, so that they can be pasted. */
  pairs(rows) {
    const width = Math.max(...rows.map(([name]) => lengthOf(name)));
    for (const [name, value] of rows) this.line(`    ${this.paint('dim', name.padEnd(width))}  ${value}`);
  }

  /** A table; the first row is its head. */
  table(rows) {
    const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => lengthOf(row[column]))));
    rows.forEach((row, index) => {
      const cells = row.map((cell, column) => cell + ' '.repeat(widths[column] - lengthOf(cell)));
      this.line(`    ${index === 0 ? this.paint('dim', cells.join('   ').trimEnd()) : cells.join('   ').trimEnd()}`);
    });
  }

  /**
   * Does a piece of work and shows it: while it goes on (on a terminal) and when it is done, with what `tell` was told last.
   * What the work throws is thrown, after a line with a cross.
   * @template T
   * @param {string} label
   * @param {(tell: (detail: string) => void) => Promise<T> | T} work
   * @returns {Promise<T>}
   */
  async step(label, work) {
    const startedAt = performance.now();
    let detail = '';
    const stop = this.#animate(() => this.#row('', label, detail, performance.now() - startedAt));
    try {
      const result = await work((text) => {
        detail = text;
      });
      stop();
      this.done(label, detail, performance.now() - startedAt);
      return result;
    } catch (error) {
      stop();
      this.failed(label, '', performance.now() - startedAt);
      throw error;
    }
  }

  #row(mark, label, detail, ms) {
    const time = ms === undefined ? '' : formatDuration(ms);
    const room = this.#width - 4 - lengthOf(label) - 2 - (time === '' ? 0 : time.length + 2);
    const shown = room >= 8 ? cut(detail, room) : '';
    const left = `${label}${shown === '' ? '' : `  ${this.paint('dim', shown)}`}`;
    const gap = ' '.repeat(Math.max(2, this.#width - 4 - lengthOf(left) - time.length));
    return `  ${mark}${mark === '' ? '' : ' '}${left}${time === '' ? '' : `${gap}${this.paint('dim', time)}`}`;
  }

  /** Shows a line that changes until it is stopped, where there is somebody to see it. */
  #animate(row) {
    if (!this.#isAnimated) return () => {};
    let frame = 0;
    const draw = () => {
      frame = (frame + 1) % FRAMES.length;
      this.#stream.write(`\r\x1b[2K  ${this.paint('cyan', FRAMES[frame])} ${row().trimStart()}`);
    };
    draw();
    const timer = setInterval(draw, FRAME_MS);
    return () => {
      clearInterval(timer);
      this.#stream.write('\r\x1b[2K');
    };
  }
}
