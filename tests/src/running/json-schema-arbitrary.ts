import fc from 'fast-check';
import { z } from 'zod';

/** What of JSON Schema zod writes. */
interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

const MAX_CHARS = 30;
const MAX_ITEMS = 3;

/** Values for fields by their name, for those where what the schema allows would take long or lead out of the test. */
export type FieldArbitraries = Readonly<Record<string, fc.Arbitrary<unknown>>>;

/** Bodies that a zod schema of a request takes, or nearly: refinements that JSON Schema cannot say are not minded. */
export function validBodies(schema: z.ZodType, fields: FieldArbitraries): fc.Arbitrary<unknown> {
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema;
  return new Generator(root.$defs ?? {}, fields).of(root);
}

class Generator {
  readonly #definitions: Readonly<Record<string, Schema>>;
  readonly #fields: FieldArbitraries;

  constructor(definitions: Readonly<Record<string, Schema>>, fields: FieldArbitraries) {
    this.#definitions = definitions;
    this.#fields = fields;
  }

  of(schema: Schema): fc.Arbitrary<unknown> {
    if (schema.$ref !== undefined) return this.of(this.#definitions[schema.$ref.replace('#/$defs/', '')] ?? {});
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices !== undefined) return fc.oneof(...choices.map((choice) => this.of(choice)));
    if (schema.allOf !== undefined) return this.of(Object.assign({}, ...schema.allOf) as Schema);
    return this.#ofType(schema);
  }

  #ofType(schema: Schema): fc.Arbitrary<unknown> {
    const { minimum = 0, maximum = minimum + 1000, minItems = 0, maxItems = MAX_ITEMS } = schema;
    switch (schema.type) {
      case 'string':
        return this.#string(schema);
      case 'integer':
        return fc.integer({ min: Math.max(minimum, -1e9), max: Math.min(maximum, 1e9) });
      case 'number':
        return fc.double({ min: minimum, max: maximum, noNaN: true });
      case 'boolean':
        return fc.boolean();
      case 'null':
        return fc.constant(null);
      case 'array':
        return fc.array(this.of(schema.items ?? {}), { minLength: minItems, maxLength: Math.max(minItems, Math.min(maxItems, MAX_ITEMS)) });
      case 'object':
        return this.#object(schema);
      default:
        return fc.jsonValue({ maxDepth: 3 });
    }
  }

  #string({ pattern, minLength = 0, maxLength = MAX_CHARS }: Schema): fc.Arbitrary<string> {
    if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern)).map((text) => text.slice(0, Math.max(maxLength, MAX_CHARS)));
    return fc.string({ unit: 'binary', minLength, maxLength: Math.max(minLength, Math.min(maxLength, MAX_CHARS)) });
  }

  #object({ properties = {}, required = [], additionalProperties }: Schema): fc.Arbitrary<unknown> {
    const named = Object.entries(properties).map(([name, schema]) => [name, this.#fields[name] ?? this.of(schema)] as const);
    // What has an arbitrary of its own has it because its default would not do.
    const present = Object.keys(properties).filter((name) => required.includes(name) || name === 'timeoutMs');
    const fixed = fc.record(Object.fromEntries(named), { requiredKeys: present });
    if (typeof additionalProperties !== 'object') return fixed;
    const free = fc.dictionary(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 10 }), this.of(additionalProperties), {
      maxKeys: MAX_ITEMS,
    });
    return fc.tuple(free, fixed).map(([some, others]) => ({ ...some, ...(others as object) }));
  }
}

const DEEP_LEVELS = 5_000;
/** Values that have been trouble to somebody. */
const HOSTILE: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  -0,
  2 ** 31,
  2 ** 53,
  -(2 ** 63),
  1e308,
  '',
  '0',
  'true',
  '\0',
  'a\0b',
  '\ud800',
  '\udfff\ud800',
  '\u202e',
  '💥'.repeat(100),
  'x'.repeat(20_000),
  '../../../etc/passwd',
  'file:///etc/passwd',
  'chrome://version',
  'javascript:alert(1)',
  'http://[::1',
  '>> css=[',
  'xpath=//[',
  'internal:control=enter-frame',
  '$(touch /tmp/x)',
  "'; drop table carrel.browsers; --",
  [],
  [[]],
  {},
  { toString: 1, valueOf: null, toJSON: {} },
  { constructor: { prototype: {} } },
  { length: 1e9 },
  Array.from({ length: 2000 }, () => 0),
];

/** Any JSON text that is a nearly valid body: one thing in it is wrong, or none. */
export function nearlyValidTexts(valid: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  const hostile = fc.oneof(fc.constantFrom(...HOSTILE), fc.jsonValue(), fc.string({ unit: 'binary' }));
  const wrong = fc.tuple(valid, fc.nat(), fc.constantFrom('replace', 'remove', 'add', 'rename', 'deepen'), hostile);
  const mutated = wrong.map(([body, where, how, value]) => withOneThingWrong(JSON.stringify(body), where, how, value));
  return fc.oneof(
    { weight: 2, arbitrary: valid.map((body) => JSON.stringify(body)) },
    { weight: 6, arbitrary: mutated },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  );
}

type Holder = Record<string, unknown>;

/** Changes one place of a JSON value, the `where`-th of all that there are. */
function withOneThingWrong(text: string, where: number, how: string, value: unknown): string {
  const root: Holder = { body: JSON.parse(text) as unknown };
  const places = placesIn(root);
  const [holder, name] = places[where % places.length] ?? [root, 'body'];
  const old = holder[name];
  if (how === 'replace') holder[name] = value;
  if (how === 'remove') delete holder[name];
  if (how === 'rename' || how === 'add') {
    const other = typeof value === 'string' ? value.slice(0, 100) : 'unknown';
    // Not by assignment, which `__proto__` would swallow.
    Object.defineProperty(holder, other, { value: old, enumerable: true, configurable: true, writable: true });
    if (how === 'rename') delete holder[name];
  }
  if (how === 'deepen') holder[name] = DEEP_MARK;
  const changed = JSON.stringify(root.body) ?? '';
  return changed.replace(JSON.stringify(DEEP_MARK), () => '['.repeat(DEEP_LEVELS) + ']'.repeat(DEEP_LEVELS));
}

const DEEP_MARK = 'something nested deep';

/** Every place in a value where there is another. */
function placesIn(value: unknown): [Holder, string][] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Holder;
  return Object.keys(holder).flatMap((name): [Holder, string][] => [[holder, name], ...placesIn(holder[name])]);
}
