import { type Carrel, CarrelError, type OpenBrowserRequest, type Profile } from '@carrel/sdk';
import { type Command, Option } from 'commander';
import { wholeNumber } from './arguments.js';
import { UsageError } from './exit-codes.js';

type ProfileRequest = NonNullable<OpenBrowserRequest['profile']>;

/** What `addProfileOptions` adds to a command's options. */
export interface ProfileOptions {
  profile?: string;
  persist?: boolean;
  profileVersion?: number;
  onConflict?: NonNullable<ProfileRequest['onConflict']>;
  tabs?: boolean;
  sessionStorage?: boolean;
}

/** What goes with `--profile` wherever a browser is opened. */
export function addStateOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--on-conflict <what>', 'when another browser may save to the profile: refuse, or let both save and merge').choices([
        'refuse',
        'merge',
      ]),
    )
    .option('--tabs', 'bring back the open tabs, and save them')
    .option('--session-storage', 'with --tabs: what these tabs have in sessionStorage, too');
}

/** Options that say which profile a browser starts with. */
export function addProfileOptions(command: Command): Command {
  const profile = command
    .option('--profile <name or id>', 'start with the state of this profile')
    .option('--persist', 'save to the profile when the browser closes')
    .option(
      '--profile-version <number>',
      'start with this version of it instead of the current one; not with --persist',
      wholeNumber('versions', 1),
    );
  return addStateOptions(profile);
}

/** The field of the request that the options ask for. */
export async function toProfileRequest(client: Carrel, options: ProfileOptions): Promise<Pick<OpenBrowserRequest, 'profile'>> {
  const { profile, persist, profileVersion, onConflict, tabs, sessionStorage } = options;
  const rest = {
    ...(persist && { persist }),
    ...(profileVersion !== undefined && { version: profileVersion }),
    ...(onConflict && { onConflict }),
    ...(tabs && { tabs }),
    ...(sessionStorage && { sessionStorage }),
  };
  if (profile !== undefined) return { profile: { id: await profileIdOf(client, profile), ...rest } };
  if (Object.keys(rest).length === 0) return {};
  throw new UsageError('--persist, --profile-version, --on-conflict, --tabs and --session-storage go with --profile.');
}

const isProfileId = (text: string) => /^pf_[0-9a-z]{26}$/.test(text);

/** The profile of this name or id; undefined when there is none of that name. */
export async function findProfile(client: Carrel, nameOrId: string): Promise<Profile | undefined> {
  if (isProfileId(nameOrId)) return client.profiles.get(nameOrId);
  return (await client.profiles.list({ name: nameOrId }).page()).data[0];
}

/** @throws CarrelError `not_found` */
export async function profileOf(client: Carrel, nameOrId: string): Promise<Profile> {
  const profile = await findProfile(client, nameOrId);
  if (profile !== undefined) return profile;
  throw new CarrelError(
    'not_found',
    `There is no profile called ${JSON.stringify(nameOrId)}. \`carrel profiles ls\` lists them, \`carrel profiles create\` makes one.`,
  );
}

/** The id, which is not looked up when it is one already. */
export const profileIdOf = async (client: Carrel, nameOrId: string): Promise<string> =>
  isProfileId(nameOrId) ? nameOrId : (await profileOf(client, nameOrId)).id;

/** The same; a profile is made when there is none of that name. */
export async function profileIdOrNew(client: Carrel, nameOrId: string): Promise<string> {
  if (isProfileId(nameOrId)) return nameOrId;
  return ((await findProfile(client, nameOrId)) ?? (await client.profiles.create({ name: nameOrId }))).id;
}
