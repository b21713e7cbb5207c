import type { Json } from '@carrel/protocol';
import { beyond } from '../beyond.js';
import { readMoney, readQuantity } from '../language/values.js';
import { contentWords } from '../language/words.js';
import type { Item } from '../page-model/item.js';
import { namedBy } from './select.js';

type Schema = Record<string, Json>;

/** What a result in JSON is made of. */
export interface Material {
  readonly items: readonly Item[];
  readonly lines: readonly string[];
  readonly sources: readonly string[];
}

const asSchema = (value: Json | undefined): Schema => (typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {});
const typesOf = ({ type }: Schema): string[] =>
  Array.isArray(type) ? type.filter((one) => typeof one === 'string') : typeof type === 'string' ? [type] : [];

/** `publishedAt` and `published_at` are words as well. */
const wordsOfName = (name: string) => contentWords(name.replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2').replace(/_/g, ' '));

/**
 * Lays what was found into the caller's schema by the names of its properties.
 * @throws {ModelError} `required` where something that must be there is not among what was found, or the schema asks for more than that
 */
export function toJson(schema: Schema, material: Material): Json {
  const value = whole(schema, material);
  if (value === undefined) throw beyond('could not fit what it found to `schema`');
  return value;
}

function whole(schema: Schema, material: Material): Json | undefined {
  const types = typesOf(schema);
  if (types.includes('array')) return listOf(schema, material.items);
  if (types.includes('object') || schema.properties !== undefined)
    return objectOf(schema, (name, one) => wholeProperty(name, one, material));
  return scalar(schema, material.lines.join('\n'));
}

function listOf(schema: Schema, items: readonly Item[]): Json | undefined {
  const entry = asSchema(schema.items);
  const isObject = typesOf(entry).includes('object') || entry.properties !== undefined;
  const values = items.map((item) =>
    isObject ? objectOf(entry, (name, one) => itemProperty(name, one, item)) : scalar(entry, item.title),
  );
  return values.every((value) => value !== undefined) ? (values as Json[]) : undefined;
}

/** Properties that are not known are left out, and must not be missed. */
function objectOf(schema: Schema, valueFor: (name: string, schema: Schema) => Json | undefined): Json | undefined {
  const result: Record<string, Json> = {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  for (const [name, property] of Object.entries(asSchema(schema.properties))) {
    const value = valueFor(name, asSchema(property)) ?? (typesOf(asSchema(property)).includes('null') ? null : undefined);
    if (value === undefined && required.includes(name)) return undefined;
    if (value !== undefined) result[name] = value;
  }
  return Object.keys(result).length === 0 ? undefined : result;
}

function wholeProperty(name: string, schema: Schema, { items, lines, sources }: Material): Json | undefined {
  const types = typesOf(schema);
  if (types.includes('array')) return listOf(schema, items);
  if (/^(?:count|total|number|howMany|how_many|n)$/i.test(name) && (types.includes('integer') || types.includes('number')))
    return items.length;
  if (/^(?:source|sourceUrl|source_url|page|pageUrl)$/i.test(name)) return sources[0];
  if (/^(?:answer|result|text|summary|message)$/i.test(name)) return scalar(schema, lines.join('\n'));
  const [item] = items;
  return item === undefined || items.length > 1 ? undefined : itemProperty(name, schema, item);
}

function itemProperty(name: string, schema: Schema, item: Item): Json | undefined {
  const words = wordsOfName(name);
  const named = words.length === 0 ? [] : namedBy(item, words);
  const [attribute] = named;
  if (attribute !== undefined) return scalar(schema, attribute.value);
  if (/url|link|href/i.test(name)) return item.url ?? undefined;
  if (/^(?:title|name|label|heading|product|item)$/i.test(name) || words.some((word) => ['title', 'name'].includes(word)))
    return scalar(schema, item.title);
  if (/price|cost|amount/i.test(name)) {
    const money = item.attributes.find(({ value }) => readMoney(value) !== null);
    return money === undefined ? undefined : scalar(schema, money.value);
  }
  if (/^(?:category|group|section)$/i.test(name) && item.group !== '') return scalar(schema, item.group);
  return undefined;
}

const TRUE = /^(?:yes|true|y|✓|✔|available|in stock)$/i;
const FALSE = /^(?:no|false|n|✗|✘|–|—|-|unavailable|out of stock|sold out)$/i;

/** A text of the page as a value of the type that is asked for; undefined: it is none. */
function scalar(schema: Schema, text: string): Json | undefined {
  const types = typesOf(schema);
  if (Array.isArray(schema.enum)) return schema.enum.find((one) => typeof one === 'string' && one.toLowerCase() === text.toLowerCase());
  if (types.length === 0 || types.includes('string')) return text;
  const amount = readQuantity(text)?.amount;
  if (types.includes('number')) return amount;
  if (types.includes('integer')) return amount !== undefined && Number.isInteger(amount) ? amount : undefined;
  if (types.includes('boolean')) return TRUE.test(text) ? true : FALSE.test(text) ? false : undefined;
  return undefined;
}
