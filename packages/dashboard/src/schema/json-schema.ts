/** What of JSON Schema the contract uses. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: 'string' | 'number' | 'integer' | 'boolean' | 'object' | 'array' | 'null';
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
}

const REF = '#/components/schemas/';

/** A schema with its reference followed; what stands beside the reference (its description here) wins. */
export function resolve(schema: JsonSchema, schemas: Readonly<Record<string, JsonSchema>>): JsonSchema {
  if (schema.$ref === undefined) return schema;
  const { $ref, ...beside } = schema;
  const target = schemas[$ref.slice(REF.length)];
  return target ? { ...resolve(target, schemas), ...beside } : beside;
}

/** The name of one of several variants: what its `type` says, or what it is. */
export function variantName(schema: JsonSchema): string {
  const constant = schema.properties?.type?.const;
  if (typeof constant === 'string') return constant;
  if (schema.type === 'array') return 'list';
  if (schema.type === 'boolean') return 'yes or no';
  return schema.type ?? 'JSON';
}

/** The value that a field begins with: only what a variant is told by. */
export function initialValue(schema: JsonSchema): unknown {
  if (schema.type !== 'object' || !schema.properties) return undefined;
  const constants = Object.entries(schema.properties).filter(([, property]) => property.const !== undefined);
  return Object.fromEntries(constants.map(([name, property]) => [name, property.const]));
}

/** A value without what was left empty, so that nothing is sent that nobody entered. */
export function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty).filter((item) => item !== undefined);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, part]) => [name, withoutEmpty(part)] as const);
  return Object.fromEntries(entries.filter(([, part]) => part !== undefined));
}
