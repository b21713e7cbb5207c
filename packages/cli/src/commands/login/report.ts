import { type BrowserInfo, type Carrel, CarrelError, type Profile } from '@carrel/sdk';
import { EXIT } from '../../exit-codes.js';
import { nameOf } from '../../profile-text.js';
import { printable, type Terminal } from '../../terminal.js';
import { sumOf } from '../profiles/show.js';
import type { LoginEnd } from './waiting.js';

/** What became of a login: the browser as it closed, and what ended the waiting. */
export interface Visit {
  info: BrowserInfo;
  end: LoginEnd;
}

/** What the last line says when it was not the person or the condition that ended the login. */
const UNUSUAL: Record<Exclude<LoginEnd, 'told' | 'met'>, string> = {
  timed_out: 'The time is over',
  interrupted: 'Interrupted',
  browser_ended: 'The browser ended by itself',
};

const isUsualEnd = (end: LoginEnd): end is 'told' | 'met' => end === 'told' || end === 'met';

function whyEnded({ info, end }: Visit): string {
  if (isUsualEnd(end)) return '';
  return `${UNUSUAL[end]}${end === 'browser_ended' && info.reason ? ` (${info.reason.message})` : ''}. `;
}

/** Says what was saved to a profile. */
export async function report(client: Carrel, profile: Profile, info: BrowserInfo, end: LoginEnd, terminal: Terminal): Promise<void> {
  const version = info.profile?.savedVersion ?? null;
  const held = version === null ? null : await whatIsHeld(client, profile, version);
  const isUsual = isUsualEnd(end);
  if (!isUsual) terminal.exitCode = EXIT.failed;
  if (terminal.isJson) {
    terminal.print(JSON.stringify({ event: 'closed', end, profileId: profile.id, savedVersion: version, reason: info.reason }));
    return;
  }
  const why = whyEnded({ info, end });
  const saved =
    version === null ? 'Nothing was saved' : `Saved as version ${version} of ${nameOf(profile)}${held === null ? '' : `: ${held}`}`;
  terminal.print(`${why}${saved}.`);
  if (version !== null && isUsual)
    terminal.note(terminal.noteColors.dim(`To use it: carrel open --profile ${profile.name === null ? profile.id : quoted(profile.name)}`));
}

/** What the saved version holds, in a line. It is saved whether or not that can be asked, so that failing to is no failure. */
async function whatIsHeld(client: Carrel, { id }: Profile, version: number): Promise<string | null> {
  try {
    return sumOf(await client.profiles.contents(id, { version }));
  } catch (error) {
    if (error instanceof CarrelError) return null;
    throw error;
  }
}

/** As a shell takes it for one word. */
export const quoted = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${printable(text).replaceAll("'", "'\\''")}'`);
