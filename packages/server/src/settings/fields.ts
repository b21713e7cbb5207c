import { isIP } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

/** One setting: where it comes from, what it may be, and what it is when nothing is said. */
export interface Field<T> {
  /** Name in the environment. Its name in the file is the key of the table. */
  readonly environment: string;
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

const MEBIBYTE = 1024 * 1024;
const GIBIBYTE = 1024 * MEBIBYTE;

const field = <T>(definition: Field<T>): Field<T> => definition;
const optional = <T>(definition: Omit<Field<T | undefined>, 'defaultValue'>): Field<T | undefined> => ({
  ...definition,
  defaultValue: undefined,
});

const wholeNumber = (environment: string, min: number, max: number, defaultValue: number): Field<number> => ({
  environment,
  schema: z.union([z.int(), z.string().trim().regex(/^\d+$/).transform(Number)]).pipe(z.int().min(min).max(max)),
  defaultValue,
  expected: `a whole number from ${min} to ${max}`,
});

const flag = z.union([z.boolean(), z.enum(['1', 'true', '0', 'false']).transform((value) => value === '1' || value === 'true')]);

const origins = z
  .union([z.array(z.string()), z.string().transform((value) => value.split(','))])
  .transform((values) => values.map((value) => value.trim()).filter((value) => value !== ''))
  .pipe(z.array(z.string().refine((value) => URL.canParse(value) && new URL(value).origin === value)));

const publicUrl = z
  .string()
  .trim()
  .refine((value) => {
    const url = URL.canParse(value) ? new URL(value) : null;
    return url !== null && ['http:', 'https:'].includes(url.protocol) && url.search === '' && url.hash === '' && url.username === '';
  })
  .transform((value) => value.replace(/\/+$/, ''));

const masterKey = z
  .string()
  .trim()
  .regex(/^([0-9a-f]{64}|[A-Za-z0-9+/_-]{43}=?)$/i)
  .transform((value) => Buffer.from(value, value.length === 64 ? 'hex' : 'base64'));

const path = z.string().trim().min(1);

/**
 * Every setting of the server. A value comes from the environment, else from the file, else from here.
 * Sizes are bytes, times are seconds, as the names say.
 */
export const FIELDS = {
  host: field<string>({
    environment: 'CARREL_HOST',
    schema: z
      .string()
      .trim()
      .refine((value) => isIP(value) !== 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(value)),
    defaultValue: '127.0.0.1',
    expected: 'an IP address or a host name to listen on',
  }),
  port: wholeNumber('CARREL_PORT', 0, 65_535, 7070),
  dataDir: field<string>({
    environment: 'CARREL_DATA_DIR',
    schema: path,
    defaultValue: join(homedir(), '.carrel'),
    expected: 'the path of a directory',
    isPath: true,
  }),
  apiKey: optional<string>({
    environment: 'CARREL_API_KEY',
    schema: z.string().regex(/^[\x21-\x7e]{16,256}$/),
    expected: '16 to 256 printable ASCII characters without spaces',
    isSecret: true,
  }),
  publicUrl: optional<string>({
    environment: 'CARREL_PUBLIC_URL',
    schema: publicUrl,
    expected: 'an http: or https: URL without credentials, query or fragment',
  }),
  allowedOrigins: field<string[]>({
    environment: 'CARREL_ALLOWED_ORIGINS',
    schema: origins,
    defaultValue: [],
    expected: 'a comma-separated list of origins such as https://app.example.com',
  }),
  databaseUrl: optional<string>({
    environment: 'DATABASE_URL',
    schema: z
      .string()
      .trim()
      .regex(/^postgres(ql)?:\/\/.+/),
    expected: 'a URL that begins with postgres:// or postgresql://',
    isSecret: true,
  }),
  masterKey: optional<Buffer>({
    environment: 'CARREL_MASTER_KEY',
    schema: masterKey,
    expected: '32 bytes as base64 or hex (openssl rand -base64 32)',
    isSecret: true,
  }),
  allowNoSandbox: field<boolean>({
    environment: 'CARREL_ALLOW_NO_SANDBOX',
    schema: flag,
    defaultValue: false,
    expected: '1, true, 0 or false',
  }),
  chromiumPath: optional<string>({
    environment: 'CARREL_CHROMIUM_PATH',
    schema: path,
    expected: 'the path of an executable',
    isPath: true,
  }),
  headlessShellPath: optional<string>({
    environment: 'CARREL_HEADLESS_SHELL_PATH',
    schema: path,
    expected: 'the path of an executable',
    isPath: true,
  }),
  /** How many browsers a project may have open at once, unless it says otherwise. */
  maxBrowsers: wholeNumber('CARREL_MAX_BROWSERS', 0, 100_000, 20),
  idleTimeoutSeconds: wholeNumber('CARREL_IDLE_TIMEOUT_SECONDS', 1, 31_536_000, 300),
  maxDurationSeconds: wholeNumber('CARREL_MAX_DURATION_SECONDS', 1, 31_536_000, 3600),
  idleTimeoutCapSeconds: wholeNumber('CARREL_IDLE_TIMEOUT_CAP_SECONDS', 1, 31_536_000, 86_400),
  maxDurationCapSeconds: wholeNumber('CARREL_MAX_DURATION_CAP_SECONDS', 1, 31_536_000, 86_400),
  maxBodyBytes: wholeNumber('CARREL_MAX_BODY_BYTES', 1024, GIBIBYTE, MEBIBYTE),
  maxFileBytes: wholeNumber('CARREL_MAX_FILE_BYTES', 1, 1024 * GIBIBYTE, 100 * MEBIBYTE),
  /** All files of one browser together. */
  maxFilesBytes: wholeNumber('CARREL_MAX_FILES_BYTES', 1, 1024 * GIBIBYTE, GIBIBYTE),
  maxCdpMessageBytes: wholeNumber('CARREL_MAX_CDP_MESSAGE_BYTES', 65_536, GIBIBYTE, 100 * MEBIBYTE),
  logLevel: field<'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'>({
    environment: 'CARREL_LOG_LEVEL',
    schema: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    defaultValue: 'info',
    expected: 'trace, debug, info, warn, error, fatal or silent',
  }),
};

export type SettingName = keyof typeof FIELDS;

/** The settings of a server, checked. Paths are absolute. */
export type Settings = { readonly [Name in SettingName]: (typeof FIELDS)[Name]['defaultValue'] };
