import { FIELDS, type Field, type SettingName } from './fields.js';
import type { LoadedSettings, SettingSource } from './load.js';

/** One line of `carrel config`. */
export interface PrintableSetting {
  readonly name: SettingName;
  readonly environment: string;
  readonly source: SettingSource;
  /** The value, `(not set)`, or `(set, not shown)` for a secret. */
  readonly value: string;
}

/** The settings as text, with no secret in it. */
export function printableSettings(loaded: LoadedSettings): PrintableSetting[] {
  return (Object.entries(FIELDS) as [SettingName, Field<unknown>][]).map(([name, field]) => ({
    name,
    environment: field.environment,
    source: loaded.sources[name],
    value: printable(loaded.settings[name], field.isSecret === true),
  }));
}

function printable(value: unknown, isSecret: boolean): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return '(not set)';
  if (isSecret) return '(set, not shown)';
  return Array.isArray(value) ? value.join(',') : String(value);
}
