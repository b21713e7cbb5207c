import type { BrowserInfo } from '@carrel/sdk';
import type { Command } from 'commander';
import { connect } from '../connection.js';
import { addOpeningOptions, addRecordOptions, type OpeningOptions, toOpeningRequest } from '../opening-options.js';
import { addProfileOptions, type ProfileOptions, toProfileRequest } from '../profile-options.js';
import type { Terminal } from '../terminal.js';

export function openCommand(program: Command, terminal: Terminal): void {
  const open = program.command('open').description('open a browser; prints its id, its cdpUrl, and where it is seen');
  addRecordOptions(addOpeningOptions(addProfileOptions(open))).action(
    async (options: OpeningOptions & ProfileOptions, command: Command) => {
      const client = await connect(command, terminal);
      const request = { ...toOpeningRequest(options), ...(await toProfileRequest(client, options)) };
      // This program ends at once: the browser is left to its time limits. Whether to wait for a place is said by --wait-ms alone.
      const { info } = await terminal.progress('Opening a browser', () =>
        client.browsers.open(request, { keepAlive: false, maxRetries: 0 }),
      );
      terminal.result(info, () =>
        terminal.fields([
          ['id', terminal.colors.bold(info.id)],
          ['cdpUrl', info.cdpUrl ?? '-'],
          ['liveUrl', info.liveUrl ?? '-'],
        ]),
      );
      for (const warning of info.warnings) terminal.note(warning);
      for (const remark of remarks(info)) terminal.note(terminal.noteColors.dim(remark));
    },
  );
}

function remarks({ id, idleTimeoutSeconds, profile }: BrowserInfo): string[] {
  const closes = `It closes after ${idleTimeoutSeconds} s without use: carrel close ${id}`;
  if (profile === null) return [closes];
  const from =
    profile.version === null ? 'empty, as nothing was saved to its profile yet' : `with version ${profile.version} of its profile`;
  const then = profile.persist ? 'and saves when it closes' : 'and saves nothing: --persist does';
  return [`It starts ${from}, ${then}.`, closes];
}
