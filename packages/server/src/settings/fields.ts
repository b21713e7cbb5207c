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
  readAllowance,
} from '@carrel/protocol';
import { z } from 'zod';
import { SOLVING_SERVICES, type SolvingServiceName } from '../captchas/index.js';
import {
  field,
  flag,
  GIBIBYTE,
  isOrigin,
  listOf,
  MEBIBYTE,
  type ModelPrices,
  masterKeys,
  modelPrices,
  optional,
  path,
  pool,
  profileStore,
  publicUrl,
  secretOf,
  wholeNumber,
} from './field.js';

/** Four for each processor, but no more than a twentieth of the memory holds. */
const DEFAULT_POOL_SIZE = Math.max(1, Math.min(4 * availableParallelism(), Math.floor(totalmem() / 20 / (80 * MEBIBYTE))));

/**
 * Every setting of the server. A value comes from the environment, else from the file, else from here.
 * Sizes are bytes, times are seconds, as the names say.
 */
export const FIELDS = {
  host: field<string>({
    environment: 'CARREL_HOST',
    description: 'Where the server listens.',
    schema: z
      .string()
      .trim()
      .refine((value) => isIP(value) !== 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(value)),
    defaultValue: '127.0.0.1',
    expected: 'an IP address or a host name to listen on',
  }),
  port: wholeNumber('CARREL_PORT', 'The port that it listens on; 0: any free one.', 0, 65_535, 7070),
  dataDir: field<string>({
    environment: 'CARREL_DATA_DIR',
    description: 'Where all that the server keeps is, on this machine.',
    schema: path,
    defaultValue: join(homedir(), '.carrel'),
    expected: 'the path of a directory',
    isPath: true,
  }),
  apiKey: optional<string>({
    environment: 'CARREL_API_KEY',
    description: 'A key of the default project with every scope; not set: one is made and kept in the data directory.',
    schema: z.string().regex(/^[\x21-\x7e]{16,256}$/),
    expected: '16 to 256 printable ASCII characters without spaces',
    isSecret: true,
  }),
  publicUrl: optional<string>({
    environment: 'CARREL_PUBLIC_URL',
    description: 'Where callers reach the server: what links are made from.',
    schema: publicUrl,
    expected: 'an http: or https: URL without credentials, query or fragment',
  }),
  allowedOrigins: field<string[]>({
    environment: 'CARREL_ALLOWED_ORIGINS',
    description: 'Whose pages may call the API and open WebSockets, besides our own.',
    schema: listOf(isOrigin),
    defaultValue: [],
    expected: 'a comma-separated list of origins such as https://app.example.com',
  }),
  embedOrigins: field<string[]>({
    environment: 'CARREL_EMBED_ORIGINS',
    description: 'Whose pages may show live links of browsers in a frame.',
    schema: listOf(isOrigin),
    defaultValue: [],
    expected: 'a comma-separated list of origins such as https://app.example.com',
  }),
  databaseUrl: optional<string>({
    environment: 'DATABASE_URL',
    description: 'The Postgres that holds everything; not set: one that comes with Carrel, in the data directory.',
    schema: z
      .string()
      .trim()
      .regex(/^postgres(ql)?:\/\/.+/),
    expected: 'a URL that begins with postgres:// or postgresql://',
    isSecret: true,
  }),
  masterKey: optional<Buffer[]>({
    environment: 'CARREL_MASTER_KEY',
    description:
      'What all secrets are encrypted with: the first encrypts, the others open what was encrypted with them. Not set: kept in the data directory.',
    schema: masterKeys,
    expected: '32 bytes as base64 or hex (openssl rand -base64 32), or a comma-separated list of such keys, the current one first',
    isSecret: true,
  }),
  allowNoSandbox: field<boolean>({
    environment: 'CARREL_ALLOW_NO_SANDBOX',
    description: "Whether browsers may run without Chromium's own sandbox.",
    schema: flag,
    defaultValue: false,
    expected: '1, true, 0 or false',
  }),
  minIsolation: field<IsolationLevel>({
    environment: 'CARREL_MIN_ISOLATION',
    description: 'Below this level of isolation the server opens no browsers.',
    schema: isolationLevel,
    defaultValue: 'process',
    expected: 'process or sandbox',
  }),
  maxIsolation: field<IsolationLevel>({
    environment: 'CARREL_MAX_ISOLATION',
    description: 'The level of isolation to try for; what does not run in a sandbox, such as a script round Chromium, needs less.',
    schema: isolationLevel,
    defaultValue: 'sandbox',
    expected: 'process or sandbox',
  }),
  chromiumPath: optional<string>({
    environment: 'CARREL_CHROMIUM_PATH',
    description: 'The full Chromium; not set: looked for where it is installed.',
    schema: path,
    expected: 'the path of an executable',
    isPath: true,
  }),
  headlessShellPath: optional<string>({
    environment: 'CARREL_HEADLESS_SHELL_PATH',
    description: "Chromium's headless shell; not set: looked for where it is installed.",
    schema: path,
    expected: 'the path of an executable',
    isPath: true,
  }),
  maxBrowsers: wholeNumber(
    'CARREL_MAX_BROWSERS',
    'How many browsers a project may have open at once, unless it says otherwise.',
    0,
    100_000,
    20,
  ),
  poolSize: wholeNumber(
    'CARREL_POOL_SIZE',
    'How many browsers are kept started ahead at most; 0: none. Each holds some 75 MB and next to no processor time.',
    0,
    1_000,
    DEFAULT_POOL_SIZE,
  ),
  standbyAfterSeconds: wholeNumber(
    'CARREL_STANDBY_AFTER_SECONDS',
    'After how long without anything to do browsers are put to sleep; 0: never.',
    0,
    31_536_000,
    60,
  ),
  idleTimeoutSeconds: wholeNumber(
    'CARREL_IDLE_TIMEOUT_SECONDS',
    'After how long without a message from a client a browser is closed, unless it was opened with another limit.',
    1,
    31_536_000,
    300,
  ),
  maxDurationSeconds: wholeNumber(
    'CARREL_MAX_DURATION_SECONDS',
    'How long after its start a browser is closed, unless it was opened with another limit.',
    1,
    31_536_000,
    3600,
  ),
  idleTimeoutCapSeconds: wholeNumber(
    'CARREL_IDLE_TIMEOUT_CAP_SECONDS',
    'The longest idle timeout that callers may ask for.',
    1,
    31_536_000,
    86_400,
  ),
  maxDurationCapSeconds: wholeNumber(
    'CARREL_MAX_DURATION_CAP_SECONDS',
    'The longest duration that callers may ask for.',
    1,
    31_536_000,
    86_400,
  ),
  browserMemoryBytes: wholeNumber(
    'CARREL_BROWSER_MEMORY_BYTES',
    'Memory of one browser; below 1 GiB Chromium thrashes.',
    GIBIBYTE,
    1024 * GIBIBYTE,
    2 * GIBIBYTE,
  ),
  browserTasks: wholeNumber(
    'CARREL_BROWSER_TASKS',
    'Processes and threads of one browser; full Chromium has more than a hundred when it does nothing.',
    300,
    100_000,
    1000,
  ),
  browserCpuPercent: wholeNumber(
    'CARREL_BROWSER_CPU_PERCENT',
    'Time of the processors that one browser may use, in percent of one.',
    10,
    100_000,
    200,
  ),
  browserDiskBytes: wholeNumber(
    'CARREL_BROWSER_DISK_BYTES',
    'What one browser may write to disk: its profile, caches and downloads.',
    64 * MEBIBYTE,
    1024 * GIBIBYTE,
    2 * GIBIBYTE,
  ),
  profileStore: optional<URL | string>({
    environment: 'CARREL_PROFILE_STORE',
    description: 'Where profiles are kept: a bucket or a directory; not set: `profiles` in the data directory.',
    schema: profileStore,
    expected: 's3://bucket, s3://bucket/prefix, or the path of a directory',
    isPath: true,
  }),
  s3Endpoint: optional<string>({
    environment: 'CARREL_S3_ENDPOINT',
    description: "Of a server that speaks S3 and is not Amazon's.",
    schema: publicUrl,
    expected: 'an http: or https: URL without credentials, query or fragment',
  }),
  s3Region: optional<string>({
    environment: 'CARREL_S3_REGION',
    description: 'The region of the bucket.',
    schema: z
      .string()
      .trim()
      .regex(/^[a-z0-9-]{1,64}$/),
    expected: 'a region such as eu-central-1',
  }),
  s3PathStyle: field<boolean>({
    environment: 'CARREL_S3_PATH_STYLE',
    description: "Buckets as a part of the path, not of the host name, as most servers that are not Amazon's want it.",
    schema: flag,
    defaultValue: false,
    expected: '1, true, 0 or false',
  }),
  profileMaxBytes: wholeNumber(
    'CARREL_PROFILE_MAX_BYTES',
    'What one version of a profile may take in a browser.',
    MEBIBYTE,
    1024 * GIBIBYTE,
    512 * MEBIBYTE,
  ),
  profilesMaxBytes: wholeNumber(
    'CARREL_PROFILES_MAX_BYTES',
    'What all profiles of a project may take in the store.',
    MEBIBYTE,
    1024 * 1024 * GIBIBYTE,
    20 * GIBIBYTE,
  ),
  profileCheckpointSeconds: wholeNumber(
    'CARREL_PROFILE_CHECKPOINT_SECONDS',
    'How often the state of a running browser is saved to its profile; 0: only when it is asked for, and at its end.',
    0,
    86_400,
    180,
  ),
  record: field<boolean>({
    environment: 'CARREL_RECORD',
    description: 'Whether browsers are recorded that were opened without saying.',
    schema: flag,
    defaultValue: false,
    expected: '1, true, 0 or false',
  }),
  recordingMaxBytes: wholeNumber(
    'CARREL_RECORDING_MAX_BYTES',
    'What one recording may take on the disk; it ends there.',
    MEBIBYTE,
    1024 * GIBIBYTE,
    GIBIBYTE,
  ),
  recordingsMaxBytes: wholeNumber(
    'CARREL_RECORDINGS_MAX_BYTES',
    'What all recordings of a project may take on the disk of a server; the oldest are removed.',
    MEBIBYTE,
    1024 * 1024 * GIBIBYTE,
    10 * GIBIBYTE,
  ),
  recordingsKeepDays: wholeNumber('CARREL_RECORDINGS_KEEP_DAYS', 'After how many days recordings are removed.', 1, 36_500, 30),
  ffmpegPath: optional<string>({
    environment: 'CARREL_FFMPEG',
    description: 'The ffmpeg that makes films of recordings; not set: the one on the PATH.',
    schema: path,
    expected: 'the path of an executable',
    isPath: true,
  }),
  model: field<string>({
    environment: 'CARREL_MODEL',
    description: 'What tasks are done with, unless they or their project say otherwise.',
    schema: modelName,
    defaultValue: 'builtin',
    expected: 'builtin, or a provider and its model: openai/…, anthropic/…, google/… or openai-compatible/…',
  }),
  modelBaseUrl: optional<string>({
    environment: 'CARREL_MODEL_BASE_URL',
    description: 'Of openai-compatible/…: Ollama, vLLM, llama.cpp and the like.',
    schema: publicUrl,
    expected: 'an http: or https: URL such as http://127.0.0.1:11434/v1',
  }),
  modelApiKey: secretOf('CARREL_MODEL_API_KEY', 'The key of the server of openai-compatible/….'),
  openaiApiKey: secretOf('OPENAI_API_KEY', 'The key for models of openai/….'),
  anthropicApiKey: secretOf('ANTHROPIC_API_KEY', 'The key for models of anthropic/….'),
  googleApiKey: secretOf('GOOGLE_GENERATIVE_AI_API_KEY', 'The key for models of google/….'),
  modelPrices: field<ModelPrices>({
    environment: 'CARREL_MODEL_PRICES',
    description: 'What models cost, for `costUsd` and `maxCostUsd`: US dollars for a million tokens.',
    schema: modelPrices,
    defaultValue: {},
    expected:
      'a JSON object such as {"openai/gpt-5": {"input": 1.25, "cachedInput": 0.125, "output": 10}}, in US dollars for a million tokens',
  }),
  modelsWithoutVision: field<string[]>({
    environment: 'CARREL_MODELS_WITHOUT_VISION',
    description: 'Models that are not shown pictures.',
    schema: listOf((value) => modelName.safeParse(value).success),
    defaultValue: [],
    expected: 'a comma-separated list of models such as openai-compatible/qwen3',
  }),
  maxTasks: wholeNumber('CARREL_MAX_TASKS', 'How many tasks of a project may run at once, unless it says otherwise.', 0, 100_000, 10),
  maxTasksPerEndUser: wholeNumber('CARREL_MAX_TASKS_PER_END_USER', 'How many tasks of one end user may run at once.', 1, 100_000, 5),
  maxQueuedTasks: wholeNumber('CARREL_MAX_QUEUED_TASKS', 'How many tasks of a project may wait.', 0, 10_000_000, 1000),
  taskWorkers: wholeNumber(
    'CARREL_TASK_WORKERS',
    'How many tasks this server runs at once; 0: it takes none, and leaves them to others.',
    0,
    1000,
    4,
  ),
  webhookAllow: field<string[]>({
    environment: 'CARREL_WEBHOOK_ALLOW',
    description: 'Where webhooks may be delivered although it is not public.',
    schema: listOf((value) => readAllowance(value) !== undefined),
    defaultValue: [],
    expected: 'a comma-separated list of addresses or CIDR ranges, each with an optional port, such as 10.0.0.0/8 or [::1]/128:8080',
  }),
  captchaService: optional<SolvingServiceName>({
    environment: 'CARREL_CAPTCHA_SERVICE',
    description: 'Who solves captchas where that is asked for, before a person is.',
    schema: z.enum(Object.keys(SOLVING_SERVICES) as [SolvingServiceName]),
    expected: Object.keys(SOLVING_SERVICES).join(', '),
  }),
  captchaApiKey: secretOf('CARREL_CAPTCHA_API_KEY', 'The key of the service that solves captchas.'),
  captchaUrl: optional<string>({
    environment: 'CARREL_CAPTCHA_URL',
    description: 'Instead of the address of the service that solves captchas: for one that speaks the same.',
    schema: publicUrl,
    expected: 'an http: or https: URL without credentials, query or fragment',
  }),
  humanTimeoutSeconds: wholeNumber(
    'CARREL_HUMAN_TIMEOUT_SECONDS',
    'How long a browser waits for a person: a captcha, somebody who is to sign in.',
    1,
    86_400,
    1800,
  ),
  maxBodyBytes: wholeNumber('CARREL_MAX_BODY_BYTES', 'The largest body of a call.', 1024, GIBIBYTE, MEBIBYTE),
  maxFileBytes: wholeNumber('CARREL_MAX_FILE_BYTES', 'The largest file of a browser.', 1, 1024 * GIBIBYTE, 100 * MEBIBYTE),
  maxFilesBytes: wholeNumber('CARREL_MAX_FILES_BYTES', 'All files of one browser together.', 1, 1024 * GIBIBYTE, GIBIBYTE),
  maxCdpMessageBytes: wholeNumber('CARREL_MAX_CDP_MESSAGE_BYTES', 'The largest message of a CDP client.', 65_536, GIBIBYTE, 100 * MEBIBYTE),
  egressAllow: field<string[]>({
    environment: 'CARREL_EGRESS_ALLOW',
    description: 'What pages may reach although it is not public.',
    schema: listOf((value) => readAllowance(value) !== undefined),
    defaultValue: [],
    expected: 'a comma-separated list of addresses or CIDR ranges, each with an optional port, such as 10.0.0.0/8 or [::1]/128:8080',
  }),
  egressAddresses: field<string[]>({
    environment: 'CARREL_EGRESS_ADDRESSES',
    description: 'Addresses of this machine that browsers leave by.',
    schema: listOf(isLocalAddress),
    defaultValue: [],
    expected: 'a comma-separated list of addresses of this machine or IPv6 prefixes, such as 192.0.2.1 or 2001:db8::/64',
  }),
  egressNameServers: field<string[]>({
    environment: 'CARREL_EGRESS_NAME_SERVERS',
    description: 'Who is asked for addresses of hosts; not set: whom the machine asks.',
    schema: listOf(isNameServer),
    defaultValue: [],
    expected: 'a comma-separated list of addresses of name servers, such as 192.0.2.53 or [2001:db8::53]:5353',
  }),
  egressLogUrls: field<'none' | 'path' | 'full'>({
    environment: 'CARREL_EGRESS_LOG_URLS',
    description: 'How much of the URLs that pages ask for is written in the log of requests.',
    schema: z.enum(['none', 'path', 'full']),
    defaultValue: 'none',
    expected: 'none, path (no query) or full',
  }),
  proxies: field<PoolEntry[] | string>({
    environment: 'CARREL_PROXIES',
    description: 'The proxies that browsers may leave by, or the file that has them.',
    schema: pool,
    defaultValue: [],
    expected: 'a JSON array of {url, country, city, tags, weight}, or the path of a file that holds one',
    isSecret: true,
    isPath: true,
  }),
  proxiesRequired: field<boolean>({
    environment: 'CARREL_PROXIES_REQUIRED',
    description: 'Whether browsers leave by a proxy in any case.',
    schema: flag,
    defaultValue: false,
    expected: '1, true, 0 or false',
  }),
  logLevel: field<'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'>({
    environment: 'CARREL_LOG_LEVEL',
    description: 'How much the server writes to its log.',
    schema: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    defaultValue: 'info',
    expected: 'trace, debug, info, warn, error, fatal or silent',
  }),
};

export type SettingName = keyof typeof FIELDS;

/** The settings of a server, checked. Paths are absolute. */
export type Settings = { readonly [Name in SettingName]: (typeof FIELDS)[Name]['defaultValue'] };
