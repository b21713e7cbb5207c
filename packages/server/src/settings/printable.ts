import type { Setting } from '@carrel/protocol';
import type { Field } from './field.js';
import { FIELDS, type SettingName } from './fields.js';
import type { LoadedSettings } from './load.js';

/** The settings as text, with no secret in it: what `carrel config` and the dashboard show. */
export function printableSettings(loaded: LoadedSettings): Setting[] {
  return (Object.entries(FIELDS) as [SettingName, Field<unknown>][]).map(([name, field]) => ({
    name,
    environment: field.environment,
    description: field.description,
    source: loaded.sources[name],
    value: printable(loaded.settings[name], field.isSecret === true),
    defaultValue: printable(field.defaultValue, false),
    isSecret: field.isSecret === true,
  }));
}

function printable(value: unknown, isSecret: boolean): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return '(not set)';
  if (isSecret) return '(set, not shown)';
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'object' && !(value instanceof URL) ? JSON.stringify(value) : String(value);
}
