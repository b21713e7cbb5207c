import { readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { CarrelError } from '@carrel/protocol';
import { z } from 'zod';
import type { Field } from './field.js';
import { FIELDS, type SettingName, type Settings } from './fields.js';

const FILE_NAME = 'carrel.config.json';

/** Names that begin like ours, but are not settings of the server: the path of the file, and what the clients read. */
const OTHER_NAMES = new Set(['CARREL_CONFIG', 'CARREL_URL']);

/** Where the value of a setting came from. */
export type SettingSource = 'default' | 'file' | 'environment';

/** The settings, where each came from, and what the operator should hear about. */
export interface LoadedSettings {
  readonly settings: Settings;
  readonly sources: Readonly<Record<SettingName, SettingSource>>;
  /** Absolute path of the file that was read, or null. */
  readonly file: string | null;
  /** Sentences for the log, such as a CARREL_ name in the environment that means nothing. */
  readonly warnings: readonly string[];
}

interface SettingsFile {
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** One thing that is wrong. */
interface Issue {
  /** The name as the operator wrote it. */
  readonly setting: string;
  readonly source: SettingSource;
  /** End of the sentence "… must be …" or a sentence of its own. */
  readonly message: string;
}

/**
 * Reads the settings from the environment and from one JSON file: `CARREL_CONFIG`, or `carrel.config.json` in `cwd` if there is one.
 * An empty value in the environment counts as not set, as it does in Compose files.
 *
 * @throws CarrelError `invalid_request` that lists every bad setting, with its source and what is expected (`details.issues`).
 */
export function loadSettings(env: NodeJS.ProcessEnv, cwd: string): LoadedSettings {
  const file = readSettingsFile(env, cwd);
  const issues: Issue[] = [];
  const values: Partial<Record<SettingName, unknown>> = {};
  const sources = {} as Record<SettingName, SettingSource>;

  for (const [name, field] of Object.entries(FIELDS) as [SettingName, Field<unknown>][]) {
    const { raw, source, base } = pick(name, field, env, cwd, file);
    sources[name] = source;
    const parsed = source === 'default' ? { success: true as const, data: field.defaultValue } : field.schema.safeParse(raw);
    if (parsed.success) {
      values[name] = field.isPath && typeof parsed.data === 'string' ? absolute(parsed.data, base) : parsed.data;
    } else {
      issues.push({ setting: writtenName(name, source), source, message: `must be ${field.expected}` });
    }
  }
  for (const key of Object.keys(file?.values ?? {})) {
    if (!Object.hasOwn(FIELDS, key)) issues.push({ setting: key, source: 'file', message: 'is not a setting of this version' });
  }
  issues.push(...contradictions(values as Partial<Settings>, sources));
  if (issues.length > 0) throw settingsError(issues, file);
  return { settings: values as Settings, sources, file: file?.path ?? null, warnings: unknownNames(env) };
}

function pick(name: SettingName, field: Field<unknown>, env: NodeJS.ProcessEnv, cwd: string, file: SettingsFile | null) {
  const fromEnvironment = env[field.environment];
  if (fromEnvironment !== undefined && fromEnvironment !== '') {
    return { raw: fromEnvironment, source: 'environment' as const, base: cwd };
  }
  if (file !== null && Object.hasOwn(file.values, name)) {
    return { raw: file.values[name], source: 'file' as const, base: dirname(file.path) };
  }
  return { raw: undefined, source: 'default' as const, base: cwd };
}

function readSettingsFile(env: NodeJS.ProcessEnv, cwd: string): SettingsFile | null {
  const isNamed = env.CARREL_CONFIG !== undefined && env.CARREL_CONFIG !== '';
  const path = absolute(isNamed ? (env.CARREL_CONFIG as string) : FILE_NAME, cwd);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (!isNamed && (cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    const way = isNamed ? 'Correct CARREL_CONFIG' : 'Make it readable or remove it';
    throw new CarrelError('invalid_request', `The settings file ${path} cannot be read: ${(cause as Error).message}. ${way}.`, { cause });
  }
  try {
    return { path, values: z.record(z.string(), z.unknown()).parse(JSON.parse(text)) };
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? cause.message : 'it is not an object';
    throw new CarrelError('invalid_request', `The settings file ${path} must hold one JSON object: ${reason}.`, { cause });
  }
}

function absolute(path: string, base: string): string {
  return path === '~' || path.startsWith('~/') ? resolve(homedir(), path.slice(2)) : resolve(base, path);
}

const writtenName = (name: SettingName, source: SettingSource) => (source === 'file' ? name : FIELDS[name].environment);

/** What no setting can tell alone. */
function contradictions(values: Partial<Settings>, sources: Record<SettingName, SettingSource>): Issue[] {
  const issues: Issue[] = [];
  if (values.host !== undefined && !isLoopback(values.host) && sources.apiKey === 'default') {
    issues.push({
      setting: writtenName('host', sources.host),
      source: sources.host,
      message: `is ${values.host}, which other machines can reach: set CARREL_API_KEY too, or listen on 127.0.0.1`,
    });
  }
  for (const [name, cap] of [
    ['idleTimeoutSeconds', 'idleTimeoutCapSeconds'],
    ['maxDurationSeconds', 'maxDurationCapSeconds'],
  ] as const) {
    const [value, limit] = [values[name], values[cap]];
    if (value !== undefined && limit !== undefined && value > limit) {
      const message = `must be at most ${writtenName(cap, sources[cap])}, which is ${limit}`;
      issues.push({ setting: writtenName(name, sources[name]), source: sources[name], message });
    }
  }
  return issues;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

function isLoopback(host: string): boolean {
  const family = isIP(host);
  return family === 0 ? host.toLowerCase() === 'localhost' : LOOPBACK.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

function unknownNames(env: NodeJS.ProcessEnv): string[] {
  const known = new Set(Object.values(FIELDS).map((field) => field.environment));
  return Object.keys(env)
    .filter((name) => name.startsWith('CARREL_') && !known.has(name) && !OTHER_NAMES.has(name))
    .sort()
    .map((name) => `${name} is set in the environment, but this version has no such setting; it has no effect.`);
}

function settingsError(issues: Issue[], file: SettingsFile | null): CarrelError {
  const lines = issues.map(({ setting, source, message }) => {
    const where = source === 'file' ? ` (in ${file?.path})` : source === 'environment' ? ' (in the environment)' : '';
    return `  ${setting}${where} ${message}`;
  });
  return new CarrelError('invalid_request', `The settings are not right:\n${lines.join('\n')}`, { details: { issues } });
}
