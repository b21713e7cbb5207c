import type { BrowserKind } from '@carrel/sdk';
import { type Command, Option } from 'commander';
import { collectPairs, wholeNumber } from '../arguments.js';
import { connect } from '../connection.js';
import { addIdentityOptions, type IdentityOptions, toIdentityRequest } from '../identity-options.js';
import { addNetworkOptions, type NetworkOptions, toNetworkRequest } from '../network-options.js';
import type { Terminal } from '../terminal.js';

interface OpenOptions extends NetworkOptions, IdentityOptions {
  kind?: BrowserKind;
  idleTimeout?: number;
  maxDuration?: number;
  endUser?: string;
  metadata?: Record<string, string>;
  waitMs?: number;
}

export function openCommand(program: Command, terminal: Terminal): void {
  const open = program
    .command('open')
    .description('open a browser; prints its id and its cdpUrl')
    .addOption(new Option('--kind <kind>', 'which Chromium').choices(['headless-shell', 'chromium']))
    .option('--idle-timeout <seconds>', 'close after this long without a message from a client', wholeNumber('seconds', 1))
    .option('--max-duration <seconds>', 'close this long after the start', wholeNumber('seconds', 1))
    .option('--end-user <id>', 'your own name for the customer that it is for')
    .option('--metadata <name=value>', 'a pair of your own; may be repeated', collectPairs)
    .option('--wait-ms <milliseconds>', 'when all places are taken, wait in line this long', wholeNumber('milliseconds', 0));
  addIdentityOptions(addNetworkOptions(open)).action(async (options: OpenOptions, command: Command) => {
    const client = await connect(command, terminal);
    const { kind, idleTimeout, maxDuration, endUser, metadata, waitMs } = options;
    const request = {
      ...(kind && { kind }),
      ...(idleTimeout !== undefined && { idleTimeoutSeconds: idleTimeout }),
      ...(maxDuration !== undefined && { maxDurationSeconds: maxDuration }),
      ...(endUser !== undefined && { endUserId: endUser }),
      ...(metadata && { metadata }),
      ...(waitMs !== undefined && { waitMs }),
      ...toNetworkRequest(options),
      ...toIdentityRequest(options),
    };
    // This program ends at once: the browser is left to its time limits. Whether to wait for a place is said by --wait-ms alone.
    const { info } = await terminal.progress('Opening a browser', () => client.browsers.open(request, { keepAlive: false, maxRetries: 0 }));
    terminal.result(info, () =>
      terminal.fields([
        ['id', terminal.colors.bold(info.id)],
        ['cdpUrl', info.cdpUrl ?? '-'],
      ]),
    );
    for (const warning of info.warnings) terminal.note(warning);
    terminal.note(terminal.noteColors.dim(`It closes after ${info.idleTimeoutSeconds} s without use: carrel close ${info.id}`));
  });
}
