// JSON Schemas of the OpenAPI document as text: what a field may be, and an example of a value.
import { code, table, text } from './markdown.mjs';

const REF = '#/components/schemas/';
const MAX_DEPTH = 4;

export const nameOf = ({ $ref }) => ($ref?.startsWith(REF) ? $ref.slice(REF.length) : undefined);
const variantsOf = (schema) => schema.oneOf ?? schema.anyOf;

/** The type of a field, with links to the types that have names. `types` is the path of their page. */
export function typeOf(schema, types) {
  const name = nameOf(schema);
  if (name !== undefined) return `[${name}](${types}#${name.toLowerCase()})`;
  const variants = variantsOf(schema);
  if (variants !== undefined) return [...new Set(variants.map((variant) => typeOf(variant, types)))].join(' or ');
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.enum !== undefined) return schema.enum.map((value) => code(JSON.stringify(value))).join(', ');
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ ...schema, type }, types)).join(' or ');
  if (schema.type === 'array') return `array of ${typeOf(schema.items ?? {}, types)}`;
  if (schema.type === 'object' && schema.properties === undefined && schema.additionalProperties)
    return `object of ${typeOf(schema.additionalProperties, types)}`;
  return schema.type ?? 'any';
}

const LARGEST = Number.MAX_SAFE_INTEGER;

/** What the type does not say: bounds, lengths, the form of a text. */
function limitsOf(schema) {
  const limits = [];
  if (schema.minimum !== undefined && schema.minimum > -LARGEST) limits.push(`at least ${schema.minimum}`);
  if (schema.exclusiveMinimum !== undefined) limits.push(`above ${schema.exclusiveMinimum}`);
  if (schema.maximum !== undefined && schema.maximum < LARGEST) limits.push(`at most ${schema.maximum}`);
  if (schema.maxLength !== undefined) limits.push(`at most ${schema.maxLength} characters`);
  if (schema.maxItems !== undefined) limits.push(`at most ${schema.maxItems} entries`);
  if (schema.pattern !== undefined && schema.maxLength === undefined && schema.format === undefined)
    limits.push(`matches ${code(schema.pattern)}`);
  return limits;
}

const sentence = (value) => (/[.!?…)]$/.test(value) ? value : `${value}.`);

function meaningOf(schema) {
  const parts = [];
  if (schema.description) parts.push(sentence(text(schema.description)));
  const limits = limitsOf(schema);
  if (limits.length > 0) parts.push(sentence(limits.join(', ').replace(/^./, (letter) => letter.toUpperCase())));
  if (schema.default !== undefined) parts.push(`Default ${code(JSON.stringify(schema.default))}.`);
  return parts.join(' ');
}

/** Behind the names of what may not be left out. */
export const REQUIRED = '<br>*required*';

/** One row for each field, those of unnamed objects in it below them with a dotted name. */
function rowsOf(schema, types, before = '', depth = 0) {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = `${before}${name}`;
    const row = [code(path) + (required.has(name) ? REQUIRED : ''), typeOf(field, types), meaningOf(field)];
    return depth < MAX_DEPTH ? [row, ...innerRows(field, types, path, depth + 1)] : [row];
  });
}

function innerRows(field, types, path, depth) {
  if (nameOf(field) !== undefined) return [];
  if (field.properties !== undefined) return rowsOf(field, types, `${path}.`, depth);
  if (field.items !== undefined) return innerRows(field.items, types, `${path}[]`, depth);
  return (variantsOf(field) ?? []).flatMap((variant) => innerRows(variant, types, path, depth));
}

const HEAD = ['field', 'type', ''];

/** How a variant of a union is told apart: by the one value that a field of it has. */
const titleOf = (variant) =>
  nameOf(variant) ??
  Object.entries(variant.properties ?? {})
    .filter(([, { const: only }]) => only !== undefined)
    .map(([name, { const: only }]) => `${name}: ${JSON.stringify(only)}`)
    .join(', ');

/** The tables of a type: one, or for a union of objects one for each. */
export function describe(schema, types) {
  const variants = variantsOf(schema);
  if (variants?.some(({ properties }) => properties !== undefined)) {
    return variants.map((variant) =>
      [titleOf(variant) && `**${code(titleOf(variant))}**`, text(variant.description ?? ''), table(HEAD, rowsOf(variant, types))]
        .filter(Boolean)
        .join('\n\n'),
    );
  }
  return schema.properties === undefined ? [typeOf(schema, types)] : [table(HEAD, rowsOf(schema, types))];
}

const EXAMPLES = {
  url: 'https://example.com',
  task: 'What is on sale today?',
  endUserId: 'ada',
  name: 'example',
  domain: 'shop.example',
  username: 'ada@example.com',
  email: 'ada@example.com',
  selector: 'a',
  answer: 'yes',
  server: 'http://proxy.example:3128',
};

/** The least that a schema takes, as an example: required fields alone. */
export function exampleOf(schema, schemas, name = '') {
  const ref = nameOf(schema);
  if (ref !== undefined) return exampleOf(schemas[ref], schemas, name);
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum !== undefined) return schema.enum[0];
  const [first] = variantsOf(schema) ?? [];
  if (first !== undefined) return exampleOf(first, schemas, name);
  if (schema.type === 'object') {
    const fields = (schema.required ?? []).map((field) => [field, exampleOf(schema.properties[field], schemas, field)]);
    return Object.fromEntries(fields);
  }
  if (schema.type === 'array') return Array.from({ length: schema.minItems ?? 0 }, () => exampleOf(schema.items, schemas, name));
  if (schema.type === 'integer' || schema.type === 'number') return schema.minimum ?? 1;
  if (schema.type === 'boolean') return true;
  return EXAMPLES[name] ?? 'text';
}
