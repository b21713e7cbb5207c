import { type Carrel, CarrelError, type OriginContents, type Profile, type ProfileContents } from '@carrel/sdk';
import type { Command } from 'commander';
import { wholeNumber } from '../../arguments.js';
import { connect } from '../../connection.js';
import { profileIdOf, profileOf } from '../../profile-options.js';
import { countText, sizeText } from '../../size-text.js';
import { printable, type Terminal } from '../../terminal.js';
import { versionTable } from './history.js';
import { profileFields } from './resources.js';

const VERSIONS_SHOWN = 5;
const ORIGINS_SHOWN = 5;

/** `show`, `contents`. */
export function addShow(profiles: Command, terminal: Terminal): void {
  profiles
    .command('show')
    .description('show one: who uses it, its last versions, its biggest origins')
    .argument('<profile>', 'its name or id')
    .action(async (nameOrId: string, _options: object, command: Command) => {
      const client = await connect(command, terminal);
      const profile = await profileOf(client, nameOrId);
      const [versions, { contents, unreadable }] = await Promise.all([
        client.profiles.versions(profile.id, { limit: VERSIONS_SHOWN }).page(),
        currentContents(client, profile),
      ]);
      terminal.result({ ...profile, versions: versions.data, contents }, () => {
        const parts = [terminal.fields(profileFields(profile))];
        if (versions.data.length > 0) parts.push(versionTable(versions.data, terminal));
        if (contents !== null) parts.push(originTable(contents.origins.slice(0, ORIGINS_SHOWN), terminal), sumOf(contents));
        return parts.join('\n\n');
      });
      if (unreadable !== undefined) terminal.note(terminal.noteColors.yellow(`What it holds cannot be said: ${unreadable.message}`));
    });
  profiles
    .command('contents')
    .description('list what a version holds: origins, cookies, permissions, tabs; never a value')
    .argument('<profile>', 'its name or id')
    .option('--version <number>', 'another version than the current one', wholeNumber('versions', 1))
    .action(async (nameOrId: string, query: { version?: number }, command: Command) => {
      const client = await connect(command, terminal);
      const contents = await client.profiles.contents(await profileIdOf(client, nameOrId), query);
      terminal.result(contents, () => readable(contents, terminal));
    });
}

/** What the current version holds, which may be a newer one by now. That it cannot be read (a key is missing, say) is no reason to show nothing of the profile. */
async function currentContents(client: Carrel, { id, currentVersion }: Profile) {
  if (currentVersion === null) return { contents: null };
  try {
    return { contents: await client.profiles.contents(id) };
  } catch (unreadable) {
    if (unreadable instanceof CarrelError) return { contents: null, unreadable };
    throw unreadable;
  }
}

function readable(contents: ProfileContents, terminal: Terminal): string {
  const parts = [originTable(contents.origins, terminal)];
  if (contents.cookies.length > 0) parts.push(cookieTable(contents.cookies, terminal));
  if (contents.permissions.length > 0) {
    const rows = contents.permissions.map(({ origin, name, setting }) => [printable(origin ?? 'every origin'), printable(name), setting]);
    parts.push(terminal.table(['ORIGIN', 'PERMISSION', 'SETTING'], rows));
  }
  if (contents.tabs.length > 0) {
    const rows = contents.tabs.map(({ url, sessionStorage }) => [printable(url), String(sessionStorage)]);
    parts.push(terminal.table(['TAB', 'SESSION STORAGE'], rows));
  }
  return [...parts, sumOf(contents)].join('\n\n');
}

function originTable(origins: readonly OriginContents[], terminal: Terminal): string {
  if (origins.length === 0) return terminal.colors.dim('No origin has stored anything.');
  const rows = origins.map(({ origin, bytes, localStorage, indexedDB, cacheStorage, serviceWorkers, fileSystem }) => [
    printable(origin),
    sizeText(bytes),
    ...[localStorage, indexedDB, cacheStorage, serviceWorkers, fileSystem].map(({ entries }) => (entries === 0 ? '' : String(entries))),
  ]);
  return terminal.table(['ORIGIN', 'SIZE', 'LOCAL STORAGE', 'INDEXEDDB', 'CACHES', 'WORKERS', 'FILES'], rows);
}

function cookieTable(cookies: ProfileContents['cookies'], terminal: Terminal): string {
  const rows = cookies.map((cookie) => [
    printable(cookie.domain),
    printable(cookie.path),
    printable(cookie.name),
    cookie.expires < 0 ? 'session' : new Date(cookie.expires * 1000).toISOString(),
    [cookie.httpOnly && 'httpOnly', cookie.secure && 'secure', cookie.sameSite].filter(Boolean).join(' '),
  ]);
  return terminal.table(['DOMAIN', 'PATH', 'COOKIE', 'EXPIRES', ''], rows);
}

/** Origins, cookies and bytes in a line. */
export function sumOf({ origins, cookies }: ProfileContents): string {
  const bytes = origins.reduce((sum, origin) => sum + origin.bytes, 0);
  return `${countText(origins.length, 'origin')} with ${sizeText(bytes)}, ${countText(cookies.length, 'cookie')}`;
}
