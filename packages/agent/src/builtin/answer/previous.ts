import { readMoney } from '../language/values.js';
import { folded } from '../language/words.js';
import type { Attribute, Item } from '../page-model/item.js';

/** What the turn before found, read from its result. */
export interface Previous {
  readonly items: readonly Item[];
  /** The questions that led to it, first the one that asked for something new. Empty: the result does not say. */
  readonly asked: readonly string[];
  /** Where it was found; the page where it began first. */
  readonly sources: readonly string[];
}

const MAX_ITEMS = 500;
const ENTRY = /^\s*(?:[-*•]|\d{1,3}[.)])\s+(.+)$/;
const LINK = /<(https?:\/\/[^\s<>]+)>\s*$|\((https?:\/\/[^\s()]+)\)\s*$|\s(https?:\/\/\S+)\s*$/;
const ASKED = /^Asked: (.+)$/m;
const SOURCE = /^Source: (.+)$/m;

const isUrl = (text: string) => /^https?:\/\//.test(text) && URL.canParse(text);

/** Of a result of this model all is understood; of others', the entries of their lists. */
export function readPrevious(context: string | null): Previous {
  const text = context ?? '';
  const json = asJson(text);
  if (json !== undefined) return { items: itemsInJson(json).slice(0, MAX_ITEMS), asked: [], sources: [] };
  const lines = text.split('\n');
  const items = lines.flatMap((line) => toItem(ENTRY.exec(line)?.[1]) ?? []).slice(0, MAX_ITEMS);
  const asked = [...(ASKED.exec(text)?.[1] ?? '').matchAll(/“([^”]*)”/g)].map((match) => match[1] ?? '');
  const said = (SOURCE.exec(text)?.[1] ?? '').split(', ').filter(isUrl);
  return { items, asked, sources: said.length > 0 ? said : originsOf(items) };
}

/** A result that was cut has lost its last line: then where its items are is where it was found. */
const originsOf = (items: readonly Item[]) =>
  [...new Set(items.flatMap(({ url }) => (url === null ? [] : [new URL('/', url).href])))].slice(0, 1);

function toItem(entry: string | undefined): Item | undefined {
  if (entry === undefined) return undefined;
  const link = LINK.exec(entry);
  const url = link?.[1] ?? link?.[2] ?? link?.[3] ?? null;
  const text = (link === null ? entry : entry.slice(0, link.index)).replace(/\*\*/g, '').trim();
  const [title = '', ...rest] = text.split(/\s[—–]\s/);
  if (folded(title) === '') return undefined;
  const attributes = rest.join('; ').split('; ').filter(Boolean).map(toAttribute);
  return {
    title,
    url: url !== null && isUrl(url) ? url : null,
    attributes: attributes.filter(({ name }) => name !== 'in'),
    group: attributes.find(({ name }) => name === 'in')?.value ?? '',
  };
}

function toAttribute(text: string): Attribute {
  const named = /^([^:]{1,40}): (.+)$/.exec(text);
  if (named !== null) return { name: named[1] ?? '', value: named[2] ?? '' };
  return { name: text.length <= 20 && readMoney(text) !== null ? 'price' : '', value: text };
}

function asJson(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // text that begins with a bracket, or JSON that was cut
  }
}

/** The objects of all arrays in it. */
function itemsInJson(json: unknown, depth = 0): Item[] {
  if (depth > 5 || typeof json !== 'object' || json === null) return [];
  if (Array.isArray(json)) return json.flatMap((one: unknown) => objectItem(one) ?? itemsInJson(one, depth + 1));
  return Object.values(json).flatMap((value: unknown) => itemsInJson(value, depth + 1));
}

function objectItem(value: unknown): Item | undefined {
  if (typeof value === 'string') return { title: value, url: null, attributes: [], group: '' };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const fields = Object.entries(value).filter((field): field is [string, string | number | boolean] =>
    ['string', 'number', 'boolean'].includes(typeof field[1]),
  );
  const title =
    fields.find(([name]) => /^(?:title|name|label|product|item|subject)$/i.test(name)) ?? fields.find(([, one]) => typeof one === 'string');
  if (title === undefined) return undefined;
  const url = fields.find(([, one]) => typeof one === 'string' && isUrl(one));
  const attributes = fields.filter((field) => field !== title && field !== url).map(([name, one]) => ({ name, value: String(one) }));
  return { title: String(title[1]), url: url === undefined ? null : String(url[1]), attributes, group: '' };
}
