import type { ProfileVersion } from '@carrel/sdk';
import type { Command } from 'commander';
import { wholeNumber } from '../../arguments.js';
import { atMost } from '../../at-most.js';
import { connect } from '../../connection.js';
import { profileIdOf } from '../../profile-options.js';
import { sizeText } from '../../size-text.js';
import type { Terminal } from '../../terminal.js';

/** `history`, `restore`. */
export function addHistory(profiles: Command, terminal: Terminal): void {
  profiles
    .command('history')
    .description('list its versions, newest first')
    .argument('<profile>', 'its name or id')
    .option('--limit <count>', 'at most this many', wholeNumber('versions', 1), 100)
    .action(async (nameOrId: string, { limit }: { limit: number }, command: Command) => {
      const client = await connect(command, terminal);
      const id = await profileIdOf(client, nameOrId);
      const versions = await atMost(limit, (size) => client.profiles.versions(id, { limit: size }));
      terminal.result(versions, () =>
        versions.length === 0 ? terminal.colors.dim('Nothing was saved yet.') : versionTable(versions, terminal),
      );
    });
  profiles
    .command('restore')
    .description('make an old version the current one, as a new version')
    .argument('<profile>', 'its name or id')
    .argument('<version>', 'which, as `history` lists them', wholeNumber('versions', 1))
    .action(async (nameOrId: string, version: number, _options: object, command: Command) => {
      const client = await connect(command, terminal);
      const restored = await client.profiles.restore(await profileIdOf(client, nameOrId), version);
      terminal.result(restored, () => `Version ${version} is the current one again, as version ${restored.version}`);
    });
}

/** Versions, one a line. */
export function versionTable(versions: readonly ProfileVersion[], terminal: Terminal): string {
  const rows = versions.map((one) => [
    one.isCurrent ? terminal.colors.green(`${one.version} current`) : String(one.version),
    one.createdAt,
    one.source,
    originOf(one),
    sizeText(one.unpackedBytes),
    sizeText(one.sizeBytes),
  ]);
  return terminal.table(['VERSION', 'CREATED', 'SOURCE', 'FROM', 'UNPACKED', 'STORED'], rows);
}

function originOf({ basedOn, mergedWith, browserId }: ProfileVersion): string {
  const versions = [basedOn, mergedWith].filter((version) => version !== null).join(' + ');
  return [versions === '' ? '-' : versions, ...(browserId === null ? [] : [browserId])].join(' ');
}
