import { isIP } from 'node:net';
import { availableParallelism, homedir, totalmem } from 'node:os';
import { join } from 'node:path';
import {
  type IsolationLevel,
  isLocalAddress,
  isNameServer,
  isolationLevel,
  modelName,
  type PoolEntry,
  poolEntry,
  readAllowance,
} from '@carrel/protocol';
import { z } from 'zod';
import { SOLVING_SERVICES, type SolvingServiceName } from '../captchas/index.js';

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

/** Four for each processor, but no more than a twentieth of the memory holds. */
const DEFAULT_POOL_SIZE = Math.max(1, Math.min(4 * availableParallelism(), Math.floor(totalmem() / 20 / (80 * MEBIBYTE))));

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

const path = z.string().trim().min(1);

/** A JSON array, or a comma-separated list in the environment, of texts that are all good. */
const listOf = (isGood: (value: string) => boolean) =>
  z
    .union([z.array(z.string()), z.string().transform((value) => value.split(','))])
    .transform((values) => values.map((value) => value.trim()).filter((value) => value !== ''))
    .pipe(z.array(z.string().refine(isGood)));

const isOrigin = (value: string) => URL.canParse(value) && new URL(value).origin === value;

/** The pool itself, or where it is. */
const pool = z.union([
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

const publicUrl = z
  .string()
  .trim()
  .refine((value) => {
    const url = URL.canParse(value) ? new URL(value) : null;
    return url !== null && ['http:', 'https:'].includes(url.protocol) && url.search === '' && url.hash === '' && url.username === '';
  })
  .transform((value) => value.replace(/\/+$/, ''));

const masterKey = /^([0-9a-f]{64}|[A-Za-z0-9+/_-]{43}=?)$/i;

const masterKeys = listOf((value) => masterKey.test(value))
  .refine((values) => values.length > 0)
  .transform((values) => values.map((value) => Buffer.from(value, value.length === 64 ? 'hex' : 'base64')));

const secretOf = (environment: string) =>
  optional<string>({ environment, schema: z.string().trim().min(1), expected: 'an API key', isSecret: true });

const price = z.number().min(0).max(1_000_000);
const prices = z.record(modelName, z.strictObject({ input: price, cachedInput: price.optional(), output: price }));
export type ModelPrices = z.infer<typeof prices>;
const modelPrices = z.union([
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
const profileStore = z.union([
  z
    .string()
    .trim()
    .regex(/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w!.*'()-]+)*\/?$/)
    .transform((value) => new URL(value)),
  path.refine((value) => !value.includes('://')),
]);

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
    schema: listOf(isOrigin),
    defaultValue: [],
    expected: 'a comma-separated list of origins such as https://app.example.com',
  }),
  /** Whose pages may show live links of browsers in a frame. */
  embedOrigins: field<string[]>({
    environment: 'CARREL_EMBED_ORIGINS',
    schema: listOf(isOrigin),
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
  /** The first encrypts; the others open what was encrypted with them. */
  masterKey: optional<Buffer[]>({
    environment: 'CARREL_MASTER_KEY',
    schema: masterKeys,
    expected: '32 bytes as base64 or hex (openssl rand -base64 32), or a comma-separated list of such keys, the current one first',
    isSecret: true,
  }),
  allowNoSandbox: field<boolean>({
    environment: 'CARREL_ALLOW_NO_SANDBOX',
    schema: flag,
    defaultValue: false,
    expected: '1, true, 0 or false',
  }),
  /** Below this level the server opens no browsers. */
  minIsolation: field<IsolationLevel>({
    environment: 'CARREL_MIN_ISOLATION',
    schema: isolationLevel,
    defaultValue: 'process',
    expected: 'process or sandbox',
  }),
  /** What does not run in a sandbox, such as a script round Chromium, needs less. */
  maxIsolation: field<IsolationLevel>({
    environment: 'CARREL_MAX_ISOLATION',
    schema: isolationLevel,
    defaultValue: 'sandbox',
    expected: 'process or sandbox',
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
  /** How many browsers are kept started ahead at most; 0: none. Each holds some 75 MB and next to no processor time. */
  poolSize: wholeNumber('CARREL_POOL_SIZE', 0, 1_000, DEFAULT_POOL_SIZE),
  /** After how long without anything to do browsers are put to sleep; 0: never. */
  standbyAfterSeconds: wholeNumber('CARREL_STANDBY_AFTER_SECONDS', 0, 31_536_000, 60),
  idleTimeoutSeconds: wholeNumber('CARREL_IDLE_TIMEOUT_SECONDS', 1, 31_536_000, 300),
  maxDurationSeconds: wholeNumber('CARREL_MAX_DURATION_SECONDS', 1, 31_536_000, 3600),
  idleTimeoutCapSeconds: wholeNumber('CARREL_IDLE_TIMEOUT_CAP_SECONDS', 1, 31_536_000, 86_400),
  maxDurationCapSeconds: wholeNumber('CARREL_MAX_DURATION_CAP_SECONDS', 1, 31_536_000, 86_400),
  /** Memory of one browser; below 1 GiB Chromium thrashes. */
  browserMemoryBytes: wholeNumber('CARREL_BROWSER_MEMORY_BYTES', GIBIBYTE, 1024 * GIBIBYTE, 2 * GIBIBYTE),
  /** Processes and threads of one browser; full Chromium has more than a hundred when it does nothing. */
  browserTasks: wholeNumber('CARREL_BROWSER_TASKS', 300, 100_000, 1000),
  /** Time of the processors that one browser may use, in percent of one. */
  browserCpuPercent: wholeNumber('CARREL_BROWSER_CPU_PERCENT', 10, 100_000, 200),
  /** What one browser may write to disk: its profile, caches and downloads. */
  browserDiskBytes: wholeNumber('CARREL_BROWSER_DISK_BYTES', 64 * MEBIBYTE, 1024 * GIBIBYTE, 2 * GIBIBYTE),
  /** Where profiles are kept: `s3://bucket/prefix`, or a directory; not set: `profiles` in the data directory. */
  profileStore: optional<URL | string>({
    environment: 'CARREL_PROFILE_STORE',
    schema: profileStore,
    expected: 's3://bucket, s3://bucket/prefix, or the path of a directory',
    isPath: true,
  }),
  /** Of a server that speaks S3 and is not Amazon's. */
  s3Endpoint: optional<string>({
    environment: 'CARREL_S3_ENDPOINT',
    schema: publicUrl,
    expected: 'an http: or https: URL without credentials, query or fragment',
  }),
  s3Region: optional<string>({
    environment: 'CARREL_S3_REGION',
    schema: z
      .string()
      .trim()
      .regex(/^[a-z0-9-]{1,64}$/),
    expected: 'a region such as eu-central-1',
  }),
  /** Buckets as a part of the path, not of the host name, as most servers that are not Amazon's want it. */
  s3PathStyle: field<boolean>({
    environment: 'CARREL_S3_PATH_STYLE',
    schema: flag,
    defaultValue: false,
    expected: '1, true, 0 or false',
  }),
  /** What one version of a profile may take in a browser. */
  profileMaxBytes: wholeNumber('CARREL_PROFILE_MAX_BYTES', MEBIBYTE, 1024 * GIBIBYTE, 512 * MEBIBYTE),
  /** What all profiles of a project may take in the store. */
  profilesMaxBytes: wholeNumber('CARREL_PROFILES_MAX_BYTES', MEBIBYTE, 1024 * 1024 * GIBIBYTE, 20 * GIBIBYTE),
  /** How often the state of a running browser is saved to its profile; 0: only when it is asked for, and at its end. */
  profileCheckpointSeconds: wholeNumber('CARREL_PROFILE_CHECKPOINT_SECONDS', 0, 86_400, 180),
  /** What tasks are done with, unless they or their project say otherwise. */
  model: field<string>({
    environment: 'CARREL_MODEL',
    schema: modelName,
    defaultValue: 'builtin',
    expected: 'builtin, or a provider and its model: openai/…, anthropic/…, google/… or openai-compatible/…',
  }),
  /** Of `openai-compatible/…`: Ollama, vLLM, llama.cpp and the like. */
  modelBaseUrl: optional<string>({
    environment: 'CARREL_MODEL_BASE_URL',
    schema: publicUrl,
    expected: 'an http: or https: URL such as http://127.0.0.1:11434/v1',
  }),
  modelApiKey: secretOf('CARREL_MODEL_API_KEY'),
  openaiApiKey: secretOf('OPENAI_API_KEY'),
  anthropicApiKey: secretOf('ANTHROPIC_API_KEY'),
  googleApiKey: secretOf('GOOGLE_GENERATIVE_AI_API_KEY'),
  /** What models cost, for `costUsd` and `maxCostUsd`: US dollars for a million tokens. */
  modelPrices: field<ModelPrices>({
    environment: 'CARREL_MODEL_PRICES',
    schema: modelPrices,
    defaultValue: {},
    expected:
      'a JSON object such as {"openai/gpt-5": {"input": 1.25, "cachedInput": 0.125, "output": 10}}, in US dollars for a million tokens',
  }),
  /** Models that are not shown pictures. */
  modelsWithoutVision: field<string[]>({
    environment: 'CARREL_MODELS_WITHOUT_VISION',
    schema: listOf((value) => modelName.safeParse(value).success),
    defaultValue: [],
    expected: 'a comma-separated list of models such as openai-compatible/qwen3',
  }),
  /** How many tasks of a project may run at once, unless it says otherwise. */
  maxTasks: wholeNumber('CARREL_MAX_TASKS', 0, 100_000, 10),
  maxTasksPerEndUser: wholeNumber('CARREL_MAX_TASKS_PER_END_USER', 1, 100_000, 5),
  /** How many tasks of a project may wait. */
  maxQueuedTasks: wholeNumber('CARREL_MAX_QUEUED_TASKS', 0, 10_000_000, 1000),
  /** How many tasks this server runs at once; 0: it takes none, and leaves them to others. */
  taskWorkers: wholeNumber('CARREL_TASK_WORKERS', 0, 1000, 4),
  /** Where webhooks may be delivered although it is not public. */
  webhookAllow: field<string[]>({
    environment: 'CARREL_WEBHOOK_ALLOW',
    schema: listOf((value) => readAllowance(value) !== undefined),
    defaultValue: [],
    expected: 'a comma-separated list of addresses or CIDR ranges, each with an optional port, such as 10.0.0.0/8 or [::1]/128:8080',
  }),
  /** Who solves captchas where that is asked for, before a person is. */
  captchaService: optional<SolvingServiceName>({
    environment: 'CARREL_CAPTCHA_SERVICE',
    schema: z.enum(Object.keys(SOLVING_SERVICES) as [SolvingServiceName]),
    expected: Object.keys(SOLVING_SERVICES).join(', '),
  }),
  captchaApiKey: secretOf('CARREL_CAPTCHA_API_KEY'),
  /** Instead of the service's own address: for one that speaks the same. */
  captchaUrl: optional<string>({
    environment: 'CARREL_CAPTCHA_URL',
    schema: publicUrl,
    expected: 'an http: or https: URL without credentials, query or fragment',
  }),
  /** How long a browser waits for a person: a captcha, somebody who is to sign in. */
  humanTimeoutSeconds: wholeNumber('CARREL_HUMAN_TIMEOUT_SECONDS', 1, 86_400, 1800),
  maxBodyBytes: wholeNumber('CARREL_MAX_BODY_BYTES', 1024, GIBIBYTE, MEBIBYTE),
  maxFileBytes: wholeNumber('CARREL_MAX_FILE_BYTES', 1, 1024 * GIBIBYTE, 100 * MEBIBYTE),
  /** All files of one browser together. */
  maxFilesBytes: wholeNumber('CARREL_MAX_FILES_BYTES', 1, 1024 * GIBIBYTE, GIBIBYTE),
  maxCdpMessageBytes: wholeNumber('CARREL_MAX_CDP_MESSAGE_BYTES', 65_536, GIBIBYTE, 100 * MEBIBYTE),
  /** What pages may reach although it is not public. */
  egressAllow: field<string[]>({
    environment: 'CARREL_EGRESS_ALLOW',
    schema: listOf((value) => readAllowance(value) !== undefined),
    defaultValue: [],
    expected: 'a comma-separated list of addresses or CIDR ranges, each with an optional port, such as 10.0.0.0/8 or [::1]/128:8080',
  }),
  egressAddresses: field<string[]>({
    environment: 'CARREL_EGRESS_ADDRESSES',
    schema: listOf(isLocalAddress),
    defaultValue: [],
    expected: 'a comma-separated list of addresses of this machine or IPv6 prefixes, such as 192.0.2.1 or 2001:db8::/64',
  }),
  egressNameServers: field<string[]>({
    environment: 'CARREL_EGRESS_NAME_SERVERS',
    schema: listOf(isNameServer),
    defaultValue: [],
    expected: 'a comma-separated list of addresses of name servers, such as 192.0.2.53 or [2001:db8::53]:5353',
  }),
  egressLogUrls: field<'none' | 'path' | 'full'>({
    environment: 'CARREL_EGRESS_LOG_URLS',
    schema: z.enum(['none', 'path', 'full']),
    defaultValue: 'none',
    expected: 'none, path (no query) or full',
  }),
  /** The proxies that browsers may leave by, or the file that has them. */
  proxies: field<PoolEntry[] | string>({
    environment: 'CARREL_PROXIES',
    schema: pool,
    defaultValue: [],
    expected: 'a JSON array of {url, country, city, tags, weight}, or the path of a file that holds one',
    isSecret: true,
    isPath: true,
  }),
  proxiesRequired: field<boolean>({
    environment: 'CARREL_PROXIES_REQUIRED',
    schema: flag,
    defaultValue: false,
    expected: '1, true, 0 or false',
  }),
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
