import { type Axis, scaleAxis } from './axis.js';

/** One line of a plot, through points of x and y. */
export interface Line {
  name: string;
  points: readonly (readonly [x: number, y: number])[];
  /** A share of values, which goes up in steps; without it, points are joined and marked. */
  isStepped?: boolean;
}

export interface Plot {
  /** Of its file, without extension. */
  name: string;
  title: string;
  x: Axis;
  y: Axis;
  lines: readonly Line[];
}

const WIDTH = 720;
const HEIGHT = 380;
const FRAME = { left: 64, right: 20, top: 64, bottom: 52 };
const INNER = { width: WIDTH - FRAME.left - FRAME.right, height: HEIGHT - FRAME.top - FRAME.bottom };
/** Seen on white as on black (contrast of 3 and more to both); dashes tell them apart without colours. */
const STYLES = [
  { color: '#3b82f6', dashes: '' },
  { color: '#d97706', dashes: '7 3' },
  { color: '#16a34a', dashes: '2 3' },
  { color: '#a855f7', dashes: '9 3 2 3' },
] as const;
/** Text and axes, likewise. */
const GRAY = '#777777';
/** Of a letter of the legend, on the average. */
const LETTER_WIDTH = 7.2;
const SAMPLE_WIDTH = 30;

/** The share of the values that lie at or below each of them: their empirical distribution. */
export function distribution(name: string, values: readonly number[]): Line {
  const sorted = values.toSorted((a, b) => a - b);
  return { name, points: sorted.map((value, index) => [value, (index + 1) / sorted.length] as const), isStepped: true };
}

/** As an SVG document that can be read on light and on dark ground. Lines without a point are left out. */
export function drawPlot({ title, x, y, lines: given }: Plot): string {
  const lines = given.filter(({ points }) => points.length > 0);
  const points = lines.flatMap((line) => line.points);
  if (points.length === 0) throw new RangeError(`nothing was measured for the plot “${title}”`);
  const [across, up] = [
    scaleAxis(
      x,
      points.map(([value]) => value),
    ),
    scaleAxis(
      y,
      points.map(([, value]) => value),
    ),
  ];
  const left = (value: number) => round(FRAME.left + across.place(value) * INNER.width);
  const top = (value: number) => round(FRAME.top + (1 - up.place(value)) * INNER.height);
  const bottom = FRAME.top + INNER.height;
  const parts = [
    text(title, { x: FRAME.left, y: 22, 'font-size': 15, 'font-weight': 600 }),
    ...legend(lines.map(({ name }) => name)),
    ...up.ticks.flatMap((tick) => [
      element('line', { x1: FRAME.left, x2: WIDTH - FRAME.right, y1: top(tick), y2: top(tick), stroke: GRAY, 'stroke-opacity': 0.3 }),
      text(label(tick), { x: FRAME.left - 8, y: top(tick) + 4, 'text-anchor': 'end' }),
    ]),
    ...across.ticks.flatMap((tick) => [
      element('line', { x1: left(tick), x2: left(tick), y1: bottom, y2: bottom + 5, stroke: GRAY }),
      text(label(tick), { x: left(tick), y: bottom + 19, 'text-anchor': 'middle' }),
    ]),
    text(x.label, { x: FRAME.left + INNER.width / 2, y: HEIGHT - 10, 'text-anchor': 'middle' }),
    text(y.label, {
      x: 16,
      y: FRAME.top + INNER.height / 2,
      transform: `rotate(-90 16 ${FRAME.top + INNER.height / 2})`,
      'text-anchor': 'middle',
    }),
    ...lines.flatMap((line, index) => drawLine(line, index, left, top)),
  ];
  const root = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    width: WIDTH,
    height: HEIGHT,
    role: 'img',
    'font-family': 'system-ui, sans-serif',
    'font-size': 12,
  };
  return `${element('svg', root, `\n<title>${escapeXml(title)}</title>\n${parts.join('\n')}\n`)}\n`;
}

function legend(names: readonly string[]): string[] {
  let from = FRAME.left;
  return names.flatMap((name, index) => {
    const at = from;
    from += SAMPLE_WIDTH + 20 + name.length * LETTER_WIDTH;
    return [
      element('line', { x1: at, x2: at + SAMPLE_WIDTH - 6, y1: 42, y2: 42, ...strokeOf(index) }),
      text(name, { x: at + SAMPLE_WIDTH, y: 46 }),
    ];
  });
}

function drawLine({ points, isStepped }: Line, index: number, left: (x: number) => number, top: (y: number) => number): string[] {
  const places = points.map(([x, y]) => [left(x), top(y)] as const);
  // A share begins at none of them.
  const start = places.slice(0, 1).map(([x, y]) => `M${x} ${isStepped === true ? top(0) : y}`);
  const steps = isStepped === true ? places.map(([x, y]) => `H${x}V${y}`) : places.slice(1).map(([x, y]) => `L${x} ${y}`);
  const path = element('path', { d: [...start, ...steps].join(''), fill: 'none', ...strokeOf(index) });
  const marks = isStepped === true ? [] : places.map(([cx, cy]) => element('circle', { cx, cy, r: 3.5, fill: styleOf(index).color }));
  return [path, ...marks];
}

const styleOf = (index: number) => STYLES[index % STYLES.length] as (typeof STYLES)[number];

function strokeOf(index: number): Record<string, string | number> {
  const { color, dashes } = styleOf(index);
  return { stroke: color, 'stroke-width': 2, ...(dashes === '' ? {} : { 'stroke-dasharray': dashes }) };
}

const label = (tick: number) => tick.toLocaleString('en-US', { maximumSignificantDigits: 3 });

const text = (content: string, attributes: Record<string, string | number>) =>
  element('text', { fill: GRAY, ...attributes }, escapeXml(content));

function element(name: string, attributes: Record<string, string | number>, content?: string): string {
  const given = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(`${value}`)}"`);
  return content === undefined ? `<${name}${given.join('')}/>` : `<${name}${given.join('')}>${content}</${name}>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escapeXml = (content: string) => content.replace(/[&<>"]/g, (character) => ENTITIES[character] as string);

const round = (value: number) => Math.round(value * 10) / 10;
