export type { SettingName, Settings } from './fields.js';
export { type LoadedSettings, loadSettings, type SettingSource } from './load.js';
export { type PrintableSetting, printableSettings } from './printable.js';
