import type { Profile, UpdateProfileRequest } from '@carrel/sdk';
import type { Command } from 'commander';
import { collectPairs, wholeNumber } from '../../arguments.js';
import { atMost } from '../../at-most.js';
import { connect } from '../../connection.js';
import { UsageError } from '../../exit-codes.js';
import { confirmed } from '../../giving-away.js';
import { profileIdOf, profileOf } from '../../profile-options.js';
import { nameOf } from '../../profile-text.js';
import { countText, sizeText } from '../../size-text.js';
import { printable, type Terminal } from '../../terminal.js';

interface ChangeOptions {
  name?: string;
  endUser?: string;
  metadata?: Record<string, string>;
  keepVersions?: number;
}

const METADATA = ['--metadata <name=value>', 'a pair of your own; may be repeated', collectPairs] as const;
const KEEP = ['--keep-versions <count>', 'how many versions are kept; older ones are deleted', wholeNumber('versions', 1)] as const;

/** `ls`, `create`, `update`, `rename`, `rm`. */
export function addResources(profiles: Command, terminal: Terminal): void {
  const show = (profile: Profile) => terminal.result(profile, () => terminal.fields(profileFields(profile)));
  const change = async (profile: string, request: UpdateProfileRequest, command: Command) => {
    const client = await connect(command, terminal);
    show(await client.profiles.update(await profileIdOf(client, profile), request));
  };

  addList(profiles, terminal);
  profiles
    .command('create')
    .description('make one, which holds nothing yet')
    .argument('<name>', 'its name')
    .option('--end-user <id>', 'your own name for the customer that it belongs to')
    .option(...METADATA)
    .option(...KEEP)
    .action(async (name: string, { endUser, ...rest }: ChangeOptions, command: Command) => {
      const client = await connect(command, terminal);
      show(await client.profiles.create({ name, ...(endUser !== undefined && { endUserId: endUser }), ...rest }));
    });
  profiles
    .command('update')
    .description('change its name, its metadata or how many versions are kept')
    .argument('<profile>', 'its name or id')
    .option('--name <name>', 'its new name')
    .option(...METADATA)
    .option(...KEEP)
    .action(async (profile: string, options: ChangeOptions, command: Command) => {
      if (Object.keys(options).length === 0) throw new UsageError('Say what to change: --name, --metadata or --keep-versions.');
      await change(profile, options, command);
    });
  profiles
    .command('rename')
    .description('give it another name')
    .argument('<profile>', 'its name or id')
    .argument('<name>', 'its new name')
    .action((profile: string, name: string, _options: object, command: Command) => change(profile, { name }, command));
  addRemove(profiles, terminal);
}

function addList(profiles: Command, terminal: Terminal): void {
  profiles
    .command('ls')
    .description('list them, newest first')
    .option('--end-user <id>', 'only those of this customer of yours')
    .option('--limit <count>', 'at most this many', wholeNumber('profiles', 1), 100)
    .action(async ({ endUser, limit }: { endUser?: string; limit: number }, command: Command) => {
      const client = await connect(command, terminal);
      const query = endUser === undefined ? {} : { endUserId: endUser };
      const list = await atMost(limit, (size) => client.profiles.list({ ...query, limit: size }));
      terminal.result(list, () => {
        if (list.length === 0) return terminal.colors.dim('No profiles.');
        const rows = list.map((profile) => [
          profile.id,
          printable(profile.name ?? '-'),
          profile.currentVersion === null ? 'none' : String(profile.currentVersion),
          sizeText(profile.sizeBytes),
          profile.heldBy.length === 0 ? '' : terminal.colors.yellow(countText(profile.heldBy.length, 'browser')),
          profile.updatedAt,
          printable(profile.endUserId ?? ''),
        ]);
        return terminal.table(['ID', 'NAME', 'VERSION', 'SIZE', 'IN USE BY', 'UPDATED', 'END USER'], rows);
      });
    });
}

function addRemove(profiles: Command, terminal: Terminal): void {
  profiles
    .command('rm')
    .description('delete one with all its versions, for good; asks first on a terminal')
    .argument('<profile>', 'its name or id')
    .option('--yes', 'do not ask')
    .action(async (nameOrId: string, { yes }: { yes?: boolean }, command: Command) => {
      const client = await connect(command, terminal);
      const profile = await profileOf(client, nameOrId);
      const what = `${nameOf(profile)} (${sizeText(profile.sizeBytes)}, updated ${profile.updatedAt})`;
      if (!(await confirmed(`Delete ${what} with all its versions, for good?`, yes, terminal))) return;
      await client.profiles.delete(profile.id);
      terminal.result({ deleted: profile.id }, () => `Deleted ${nameOf(profile)} ${terminal.colors.dim(profile.id)}`);
    });
}

/** A profile by itself, one fact a line. */
export function profileFields(profile: Profile): [string, string][] {
  const fields: [string, string][] = [
    ['id', profile.id],
    ['name', printable(profile.name ?? '-')],
    ['version', profile.currentVersion === null ? 'nothing saved yet' : String(profile.currentVersion)],
    ['size', `${sizeText(profile.sizeBytes)}, all versions together`],
    ['keeps', countText(profile.keepVersions, 'version')],
    ['created', profile.createdAt],
    ['updated', profile.updatedAt],
  ];
  if (profile.endUserId !== null) fields.push(['end user', printable(profile.endUserId)]);
  for (const [name, value] of Object.entries(profile.metadata)) fields.push([printable(name), printable(value)]);
  for (const { browserId, since, exclusive } of profile.heldBy) {
    fields.push(['in use by', `${browserId} since ${since}${exclusive ? '' : ', merging'}`]);
  }
  return fields;
}
