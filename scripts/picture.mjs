// Draws what `npm start -- --exit` prints as docs/demonstration.svg. The layout depends on the text alone: every run of one colour is
// put at its column and given its width, so that it looks the same in whatever fixed-width font there is.
//
// usage: node scripts/picture.mjs [recorded output]   (without a file, it runs the demonstration itself)
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { run } from './command.mjs';
import { inRoot, ROOT } from './setup.mjs';

const CELL_WIDTH = 8.4;
const LINE_HEIGHT = 20;
const FONT_SIZE = 14;
const PADDING = 20;
const BAR_HEIGHT = 34;
const DEMONSTRATION_TIMEOUT_MS = 15 * 60_000;

const COLOURS = { 31: '#f2777a', 32: '#7fd18b', 33: '#f0c674', 36: '#7cc7e8' };
const PLAIN = '#e4e2dc';
const DIM = '#8f8b82';

const escapeXml = (text) => text.replace(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character]);

/** Sets what a code of ECMA-48 "select graphic rendition" says; codes that the scripts do not use are left alone. */
function apply(style, code) {
  if (code === 0) return {};
  if (code === 1) return { ...style, isBold: true };
  if (code === 2) return { ...style, isDim: true };
  if (code === 22) return { ...style, isBold: false, isDim: false };
  if (code === 39) return { ...style, colour: undefined };
  return COLOURS[code] === undefined ? style : { ...style, colour: COLOURS[code] };
}

/** Splits a line into runs of one style: `{text, column, style}`. */
function runsOf(line) {
  const runs = [];
  let style = {};
  let column = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  for (const part of line.split(/(\x1b\[[\d;]*m)/)) {
    if (part.startsWith('\x1b[')) {
      style = part.slice(2, -1).split(';').map(Number).reduce(apply, style);
      continue;
    }
    // Runs of spaces are only distance.
    for (const { 0: text, index } of part.matchAll(/\S+(?: \S+)*/g))
      runs.push({ text, column: column + [...part.slice(0, index)].length, style });
    column += [...part].length;
  }
  return runs;
}

function drawRun({ text, column, style }, y) {
  const fill = style.colour ?? (style.isDim ? DIM : PLAIN);
  const x = (PADDING + column * CELL_WIDTH).toFixed(1);
  const width = ([...text].length * CELL_WIDTH).toFixed(1);
  const weight = style.isBold ? ' font-weight="700"' : '';
  return `<text x="${x}" y="${y}" fill="${fill}"${weight} textLength="${width}" lengthAdjust="spacingAndGlyphs">${escapeXml(text)}</text>`;
}

function draw(lines) {
  const runs = lines.map(runsOf);
  const columns = Math.max(...runs.flat().map(({ text, column }) => column + [...text].length));
  const width = Math.ceil(PADDING * 2 + columns * CELL_WIDTH);
  const height = BAR_HEIGHT + PADDING + lines.length * LINE_HEIGHT;
  const rows = runs.flatMap((row, index) => row.map((one) => drawRun(one, BAR_HEIGHT + PADDING + index * LINE_HEIGHT)));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="t">
<title id="t">What npm start prints: two browsers, one signed in, the other knowing nothing of it</title>
<rect width="${width}" height="${height}" rx="10" fill="#211f1c"/>
<circle cx="22" cy="18" r="6" fill="#e5695e"/><circle cx="42" cy="18" r="6" fill="#e6b450"/><circle cx="62" cy="18" r="6" fill="#68b868"/>
<g font-family="'JetBrains Mono', 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace" font-size="${FONT_SIZE}">
${rows.join('\n')}
</g>
</svg>
`;
}

const [recording] = process.argv.slice(2);
const output =
  recording === undefined
    ? await run([process.execPath, inRoot('scripts/start.mjs'), '--exit'], {
        cwd: ROOT,
        timeoutMs: DEMONSTRATION_TIMEOUT_MS,
        env: { ...process.env, FORCE_COLOR: '1' },
      })
    : await readFile(recording, 'utf8');
const target = inRoot('docs/demonstration.svg');
await mkdir(dirname(target), { recursive: true });
await writeFile(target, draw(['$ npm start -- --exit', ...output.trimEnd().split('\n')]));
process.stdout.write(`${target}\n`);
