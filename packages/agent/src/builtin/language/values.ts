/** What a text on a page can be compared by. */
export interface Quantity {
  readonly kind: 'money' | 'time' | 'date' | 'number';
  /** Units of the currency; minutes after midnight; days since 1970; the number itself. */
  readonly amount: number;
}

const CURRENCY = '[£$€¥₹]|\\b(?:eur|usd|gbp|chf|jpy)\\b|euros?\\b|dollars?\\b|pounds?\\b';
const MONEY = new RegExp(`(?:${CURRENCY})\\s?(\\d[\\d.,]*)|(\\d[\\d.,]*)\\s?(?:${CURRENCY})`, 'i');
const TIME = /\b(\d{1,2})(?::(\d{2}))?\s?(am|pm)\b|\b(\d{1,2}):(\d{2})\b/i;
const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const MONTH = `(${MONTHS.join('|')})[a-z]*\\.?`;
const ISO_DATE = /\b(\d{4})-(\d{2})-(\d{2})\b/;
const DAY_FIRST = new RegExp(`\\b(\\d{1,2})(?:st|nd|rd|th)?\\s+${MONTH},?\\s+(\\d{4})\\b`, 'i');
const MONTH_FIRST = new RegExp(`\\b${MONTH}\\s+(\\d{1,2})(?:st|nd|rd|th)?,?\\s+(\\d{4})\\b`, 'i');
const MS_PER_DAY = 86_400_000;
const MINUTES_PER_HOUR = 60;

/** Reads `1,234.50`, `1.234,50`, `1234` and `12,5` alike. */
function toNumber(text: string): number {
  const digits = text.replace(/[.,]+$/, '');
  const decimal = Math.max(digits.lastIndexOf(','), digits.lastIndexOf('.'));
  const isGrouping = /^\d{1,3}([.,]\d{3})+$/.test(digits) && (digits.match(/[.,]/g)?.length ?? 0) >= 1 && !/^0/.test(digits);
  if (decimal < 0 || isGrouping) return Number(digits.replace(/[.,]/g, ''));
  return Number(`${digits.slice(0, decimal).replace(/[.,]/g, '')}.${digits.slice(decimal + 1)}`);
}

export function readMoney(text: string): number | null {
  const match = MONEY.exec(text);
  const digits = match?.[1] ?? match?.[2];
  return digits === undefined ? null : toNumber(digits);
}

export function readTime(text: string): number | null {
  const match = TIME.exec(text);
  if (match === null) return null;
  const [, hour12, minute12, half, hour24, minute24] = match;
  const hours = hour12 === undefined ? Number(hour24) : (Number(hour12) % 12) + (half?.toLowerCase() === 'pm' ? 12 : 0);
  return hours * MINUTES_PER_HOUR + Number(minute12 ?? minute24 ?? 0);
}

const toDays = (year: string | undefined, month: number, day: string | undefined) =>
  Date.UTC(Number(year), month, Number(day)) / MS_PER_DAY;
const monthOf = (name: string | undefined) => MONTHS.indexOf((name ?? '').slice(0, 3).toLowerCase());

export function readDate(text: string): number | null {
  const iso = ISO_DATE.exec(text);
  if (iso !== null) return toDays(iso[1], Number(iso[2]) - 1, iso[3]);
  const dayFirst = DAY_FIRST.exec(text);
  if (dayFirst !== null) return toDays(dayFirst[3], monthOf(dayFirst[2]), dayFirst[1]);
  const monthFirst = MONTH_FIRST.exec(text);
  return monthFirst === null ? null : toDays(monthFirst[3], monthOf(monthFirst[1]), monthFirst[2]);
}

function readNumber(text: string): number | null {
  const digits = /-?\d[\d.,]*/.exec(text)?.[0];
  return digits === undefined ? null : toNumber(digits.replace('-', '')) * (digits.startsWith('-') ? -1 : 1);
}

const READERS = [
  ['money', readMoney],
  ['date', readDate],
  ['time', readTime],
  ['number', readNumber],
] as const;

/** What a text says that can be compared, most telling reading first; null: nothing. */
export function readQuantity(text: string): Quantity | null {
  const short = text.slice(0, 200);
  for (const [kind, read] of READERS) {
    const amount = read(short);
    if (amount !== null && Number.isFinite(amount)) return { kind, amount };
  }
  return null;
}

/** The same text, as a quantity of this kind. */
export function readAs(kind: Quantity['kind'], text: string): number | null {
  const amount = READERS.find(([one]) => one === kind)?.[1](text.slice(0, 200)) ?? null;
  return amount !== null && Number.isFinite(amount) ? amount : null;
}
