import type { BrowserInfo, BrowserProfile, Profile } from '@carrel/sdk';
import { printable } from './terminal.js';

/** A profile as people know it: by its name, else its id. */
export const nameOf = ({ id, name }: Profile): string => (name === null ? id : printable(name));

/** What a browser has of its profile, in a line. */
export function profileText({ id, version, persist }: BrowserProfile): string {
  const from = version === null ? 'empty at the start' : `version ${version}`;
  return `${id}, ${from}, ${persist ? 'saved when it closes' : 'only read'}`;
}

/** What was saved of a browser, in a line; undefined where nothing was to be. */
export function savedText({ profile, status }: BrowserInfo): string | undefined {
  if (!profile?.persist) return undefined;
  if (profile.error !== null) return `not saved to ${profile.id}: ${profile.error.code}: ${printable(profile.error.message)}`;
  if (profile.savedVersion !== null) return `saved as version ${profile.savedVersion} of ${profile.id}`;
  return status === 'running' || status === 'closing' ? 'nothing saved yet' : `nothing saved to ${profile.id}`;
}
