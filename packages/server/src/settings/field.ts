import { modelName, poolEntry } from '@carrel/protocol';
import { z } from 'zod';

/** One setting: where it comes from, what it may be, and what it is when nothing is said. */
export interface Field<T> {
  /** Name in the environment. Its name in the file is the key of the table. */
  readonly environment: string;
  /** What it is for, in a sentence for operators. */
  readonly description: string;
  /** Reads a string of the environment or a value of the JSON file. */
  readonly schema: z.ZodType<T>;
  readonly defaultValue: T;
  /** What is expected, as the end of the sentence "must be …". */
  readonly expected: string;
  /** Never printed. */
  readonly isSecret?: true;
  /** Relative values are taken from the directory of the file, or the working directory. */
  readonly isPath?: true;
}

export const MEBIBYTE = 1024 * 1024;
export const GIBIBYTE = 1024 * MEBIBYTE;

export const field = <T>(definition: Field<T>): Field<T> => definition;
export const optional = <T>(definition: Omit<Field<T | undefined>, 'defaultValue'>): Field<T | undefined> => ({
  ...definition,
  defaultValue: undefined,
});

export const wholeNumber = (environment: string, description: string, min: number, max: number, defaultValue: number): Field<number> => ({
  environment,
  description,
  schema: z.union([z.int(), z.string().trim().regex(/^\d+$/).transform(Number)]).pipe(z.int().min(min).max(max)),
  defaultValue,
  expected: `a whole number from ${min} to ${max}`,
});

export const flag = z.union([z.boolean(), z.enum(['1', 'true', '0', 'false']).transform((value) => value === '1' || value === 'true')]);

export const path = z.string().trim().min(1);

/** A JSON array, or a comma-separated list in the environment, of texts that are all good. */
export const listOf = (isGood: (value: string) => boolean) =>
  z
    .union([z.array(z.string()), z.string().transform((value) => value.split(','))])
    .transform((values) => values.map((value) => value.trim()).filter((value) => value !== ''))
    .pipe(z.array(z.string().refine(isGood)));

export const isOrigin = (value: string) => URL.canParse(value) && new URL(value).origin === value;

/** The pool itself, or where it is. */
export const pool = z.union([
  z.array(poolEntry),
  z
    .string()
    .trim()
    .startsWith('[')
    .transform((value, context) => {
      try {
        return JSON.parse(value) as unknown;
      } catch {
        context.addIssue('not JSON');
        return z.NEVER;
      }
    })
    .pipe(z.array(poolEntry)),
  path.refine((value) => !value.startsWith('[')),
]);

export const publicUrl = z
  .string()
  .trim()
  .refine((value) => {
    const url = URL.canParse(value) ? new URL(value) : null;
    return url !== null && ['http:', 'https:'].includes(url.protocol) && url.search === '' && url.hash === '' && url.username === '';
  })
  .transform((value) => value.replace(/\/+$/, ''));

const masterKey = /^([0-9a-f]{64}|[A-Za-z0-9+/_-]{43}=?)$/i;

export const masterKeys = listOf((value) => masterKey.test(value))
  .refine((values) => values.length > 0)
  .transform((values) => values.map((value) => Buffer.from(value, value.length === 64 ? 'hex' : 'base64')));

export const secretOf = (environment: string, description: string) =>
  optional<string>({ environment, description, schema: z.string().trim().min(1), expected: 'an API key', isSecret: true });

const price = z.number().min(0).max(1_000_000);
const prices = z.record(modelName, z.strictObject({ input: price, cachedInput: price.optional(), output: price }));
export type ModelPrices = z.infer<typeof prices>;
export const modelPrices = z.union([
  prices,
  z
    .string()
    .transform((value, context) => {
      try {
        return JSON.parse(value) as unknown;
      } catch {
        context.addIssue('not JSON');
        return z.NEVER;
      }
    })
    .pipe(prices),
]);

/** A bucket, or a directory. */
export const profileStore = z.union([
  z
    .string()
    .trim()
    .regex(/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w!.*'()-]+)*\/?$/)
    .transform((value) => new URL(value)),
  path.refine((value) => !value.includes('://')),
]);
