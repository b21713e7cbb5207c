import { InvalidArgumentError } from 'commander';

/** A whole number of a unit, for an option's parser: `wholeNumber('seconds', 1)`. */
export const wholeNumber =
  (unit: string, min: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min) throw new InvalidArgumentError(`It must be a whole number of ${unit}, at least ${min}.`);
    return value;
  };

const ID_PREFIXES = {
  browser: 'br_',
  session: 's_',
  task: 't_',
  webhook: 'wh_',
  delivery: 'msg_',
  project: 'pj_',
  key: 'key_',
  'live link': 'lv_',
} as const;

/** The id of something, for the parser of an argument: what is no such id at all is told from what is not there. */
export const idOf =
  (kind: keyof typeof ID_PREFIXES) =>
  (text: string): string => {
    const prefix = ID_PREFIXES[kind];
    if (text.startsWith(prefix) && /^\w+$/.test(text)) return text;
    throw new InvalidArgumentError(`It must be the id of a ${kind}: ${prefix} with letters and digits behind it.`);
  };

/** The same for an argument that takes several. */
export const idsOf =
  (kind: keyof typeof ID_PREFIXES) =>
  (text: string, previous: readonly string[] = []): string[] => [...previous, idOf(kind)(text)];

/** Collects the values of an option that may be repeated. */
export const collect = (text: string, previous: string[] = []): string[] => [...previous, text];

/** Collects `name=value` options into one object. */
export function collectPairs(text: string, previous: Record<string, string> | undefined): Record<string, string> {
  const [name, value] = splitPair(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('It must be name=value.');
  return { ...previous, [name]: value };
}

/** Splits at the first `=`; undefined when there is no name before one. */
export function splitPair(text: string): [name: string, value: string] | undefined {
  const at = text.indexOf('=');
  return at > 0 ? [text.slice(0, at), text.slice(at + 1)] : undefined;
}

/** JSON of an option. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidArgumentError(`It must be JSON: ${error instanceof Error ? error.message : error}.`);
  }
}
