/// <reference lib="dom" />

/**
 * Values of IndexedDB in the form of Playwright's storage state: as they are where JSON can say them, else written like this
 * (https://github.com/microsoft/playwright, packages/isomorphic/utilityScriptSerializers.ts). `id` and `ref` let an object be in several
 * places, and in itself.
 */
export type Encoded =
  | string
  | number
  | boolean
  | { v: 'undefined' | 'null' | 'NaN' | 'Infinity' | '-Infinity' | '-0' }
  | { d: string }
  | { bi: string }
  | { r: { p: string; f: string } }
  | { e: { n: string; m: string; s: string } }
  | { ab: { b: string } }
  | { ta: { b: string; k: string } }
  | { ref: number }
  | { a: Encoded[]; id: number }
  | { s: Encoded[]; id: number }
  | { m: { k: Encoded; v: Encoded }[]; id: number }
  | { o: { k: string; v: Encoded }[]; id: number };

// All that follows runs in a page. It is sent as text, all of it at once: it can use nothing from outside of this file.

/** Deeper ones are beyond what the JSON of either side can be read with. */
function maxDepth(): number {
  return 500;
}

function typedArrays(): Map<string, new (buffer: ArrayBuffer) => ArrayBufferView<ArrayBuffer>> {
  return new Map<string, new (buffer: ArrayBuffer) => ArrayBufferView<ArrayBuffer>>([
    ['i8', Int8Array],
    ['ui8', Uint8Array],
    ['ui8c', Uint8ClampedArray],
    ['i16', Int16Array],
    ['ui16', Uint16Array],
    ['i32', Int32Array],
    ['ui32', Uint32Array],
    ['f32', Float32Array],
    ['f64', Float64Array],
    ['bi64', BigInt64Array],
    ['bui64', BigUint64Array],
  ]);
}

function toBase64(bytes: Uint8Array): string {
  const chunkBytes = 0x8000; // as many arguments as a call takes
  let text = '';
  for (let start = 0; start < bytes.length; start += chunkBytes) text += String.fromCharCode(...bytes.subarray(start, start + chunkBytes));
  return btoa(text);
}

/** Writes a value down. What the format has no words for is thrown as an error of this name, whose message is its type. */
function encodeValue(value: unknown, seen: Map<object, number>, depth: number): Encoded {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (Object.is(value, -0)) return { v: '-0' };
      return Number.isFinite(value) ? value : { v: String(value) as 'NaN' | 'Infinity' | '-Infinity' };
    case 'bigint':
      return { bi: String(value) };
    case 'undefined':
      return { v: 'undefined' };
    default:
      return value === null ? { v: 'null' } : encodeObject(value as object, seen, depth);
  }
}

function encodeObject(value: object, seen: Map<object, number>, depth: number): Encoded {
  const ref = seen.get(value);
  if (ref !== undefined) return { ref };
  if (depth > maxDepth()) throw new Error('value that is nested very deeply');
  const leaf = encodeLeaf(value);
  if (leaf !== undefined) return leaf;
  const id = seen.size + 1;
  seen.set(value, id);
  const inner = (item: unknown) => encodeValue(item, seen, depth + 1);
  if (Array.isArray(value)) return { a: Array.from(value, inner), id };
  if (value instanceof Map) return { m: Array.from(value, ([k, v]) => ({ k: inner(k), v: inner(v) })), id };
  if (value instanceof Set) return { s: Array.from(value, inner), id };
  if (Object.getPrototypeOf(value) !== Object.prototype) throw new Error(Object.prototype.toString.call(value).slice(8, -1));
  return { o: Object.entries(value).map(([k, v]) => ({ k, v: inner(v) })), id };
}

/** Of what holds no other values. */
function encodeLeaf(value: object): Encoded | undefined {
  if (value instanceof Date) return { d: Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toJSON() };
  if (value instanceof RegExp) return { r: { p: value.source, f: value.flags } };
  if (value instanceof Error) return { e: { n: value.name, m: value.message, s: value.stack ?? '' } };
  if (value instanceof ArrayBuffer) return { ab: { b: toBase64(new Uint8Array(value)) } };
  if (!ArrayBuffer.isView(value)) return undefined;
  for (const [k, type] of typedArrays()) {
    if (value instanceof type) return { ta: { b: toBase64(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)), k } };
  }
  return undefined;
}

/** Whether JSON says all of it: it then is written as it is. An object that is in two places is two objects in JSON. */
function isJson(value: unknown, seen: Set<object>, depth: number): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== 'object' || seen.has(value) || depth > maxDepth()) return false;
  seen.add(value);
  if (Array.isArray(value)) return Array.from(value).every((item) => isJson(item, seen, depth + 1));
  if (Object.getPrototypeOf(value) !== Object.prototype || Object.hasOwn(value, '__proto__')) return false;
  return Object.values(value).every((item) => isJson(item, seen, depth + 1));
}

export function writeValue(name: string, value: unknown): Record<string, unknown> {
  return isJson(value, new Set(), 0) ? { [name]: value } : { [`${name}Encoded`]: encodeValue(value, new Map(), 0) };
}

function fromBase64(text: string): ArrayBuffer {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index);
  return bytes.buffer;
}

/** Reads what was written like that. Whatever is not is thrown as a TypeError. */
function decodeValue(encoded: Encoded, refs: Map<number, unknown>): unknown {
  if (typeof encoded === 'string' || typeof encoded === 'number' || typeof encoded === 'boolean') return encoded;
  if (typeof encoded !== 'object' || encoded === null) throw new TypeError('not a value that Playwright writes');
  if ('ref' in encoded) {
    if (!refs.has(encoded.ref)) throw new TypeError(`refers to the object ${encoded.ref}, which there is not`);
    return refs.get(encoded.ref);
  }
  if ('id' in encoded) return decodeContainer(encoded, refs);
  return decodeLeaf(encoded);
}

function decodeLeaf(encoded: Exclude<Encoded, string | number | boolean | { ref: number } | { id: number }>): unknown {
  if ('d' in encoded) return new Date(encoded.d);
  if ('bi' in encoded) return BigInt(encoded.bi);
  if ('r' in encoded) return new RegExp(encoded.r.p, encoded.r.f);
  if ('ab' in encoded) return fromBase64(encoded.ab.b);
  if ('ta' in encoded) {
    const type = typedArrays().get(encoded.ta.k);
    if (type === undefined) throw new TypeError('a typed array of a type that Playwright does not write');
    return new type(fromBase64(encoded.ta.b));
  }
  if ('e' in encoded) {
    const { n, m, s } = encoded.e;
    return Object.assign(new Error(m), { name: n, stack: s });
  }
  const words = new Map<string, unknown>([
    ['undefined', undefined],
    ['null', null],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['-0', -0],
  ]);
  if (!words.has(encoded.v)) throw new TypeError('not a value that Playwright writes');
  return words.get(encoded.v);
}

function decodeContainer(encoded: Extract<Encoded, { id: number }>, refs: Map<number, unknown>): unknown {
  const inner = (item: Encoded) => decodeValue(item, refs);
  const known = <T>(container: T): T => {
    refs.set(encoded.id, container);
    return container;
  };
  if ('a' in encoded) {
    const array = known<unknown[]>([]);
    for (const item of encoded.a) array.push(inner(item));
    return array;
  }
  if ('s' in encoded) {
    const set = known(new Set());
    for (const item of encoded.s) set.add(inner(item));
    return set;
  }
  if ('m' in encoded) {
    const map = known(new Map());
    for (const { k, v } of encoded.m) map.set(inner(k), inner(v));
    return map;
  }
  if (!('o' in encoded)) throw new TypeError('not a value that Playwright writes');
  const object = known({});
  // Defined, not assigned: `__proto__` is a name like others.
  const options = { enumerable: true, configurable: true, writable: true };
  for (const { k, v } of encoded.o) Object.defineProperty(object, k, { value: inner(v), ...options });
  return object;
}

export function readValue(record: Record<string, unknown>, name: string): unknown {
  if (Object.hasOwn(record, name)) return record[name];
  const encoded = record[`${name}Encoded`];
  return encoded === undefined ? undefined : decodeValue(encoded as Encoded, new Map());
}

/** The text of all that. */
export const VALUE_SCRIPT = [
  maxDepth,
  typedArrays,
  toBase64,
  encodeValue,
  encodeObject,
  encodeLeaf,
  isJson,
  writeValue,
  fromBase64,
  decodeValue,
  decodeLeaf,
  decodeContainer,
  readValue,
].join('\n');
