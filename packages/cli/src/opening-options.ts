import type { BrowserKind, OpenBrowserRequest } from '@carrel/sdk';
import { type Command, Option } from 'commander';
import { collectPairs, wholeNumber } from './arguments.js';
import { addIdentityOptions, type IdentityOptions, toIdentityRequest } from './identity-options.js';
import { addNetworkOptions, type NetworkOptions, toNetworkRequest } from './network-options.js';

/** What `addOpeningOptions` and `addRecordOptions` add to a command's options. */
export interface OpeningOptions extends NetworkOptions, IdentityOptions {
  kind?: BrowserKind;
  idleTimeout?: number;
  maxDuration?: number;
  endUser?: string;
  metadata?: Record<string, string>;
  waitMs?: number;
  standby: boolean;
  record?: boolean;
}

/** Options of every command that opens a browser, but for its profile and whether it is recorded. */
export function addOpeningOptions(command: Command): Command {
  const own = command
    .addOption(new Option('--kind <kind>', 'which Chromium').choices(['headless-shell', 'chromium']))
    .option('--idle-timeout <seconds>', 'close after this long without a message from a client', wholeNumber('seconds', 1))
    .option('--max-duration <seconds>', 'close this long after the start', wholeNumber('seconds', 1))
    .option('--no-standby', 'never put it to sleep, however long it has nothing to do')
    .option('--end-user <id>', 'your own name for the customer that it is for')
    .option('--metadata <name=value>', 'a pair of your own; may be repeated', collectPairs)
    .option(
      '--wait-ms <milliseconds>',
      'when all places are taken, or the profile is in use, wait in line this long',
      wholeNumber('milliseconds', 0),
    );
  return addIdentityOptions(addNetworkOptions(own));
}

/** For those whose browser may be recorded. */
export function addRecordOptions(command: Command): Command {
  return command
    .option('--record', 'record it: carrel recordings')
    .option('--no-record', 'do not, whatever the project and the server say');
}

/** The fields of the request that the options ask for. */
export function toOpeningRequest(options: OpeningOptions): OpenBrowserRequest {
  const { kind, idleTimeout, maxDuration, endUser, metadata, waitMs, standby, record } = options;
  return {
    ...(kind && { kind }),
    ...(idleTimeout !== undefined && { idleTimeoutSeconds: idleTimeout }),
    ...(maxDuration !== undefined && { maxDurationSeconds: maxDuration }),
    ...(endUser !== undefined && { endUserId: endUser }),
    ...(metadata && { metadata }),
    ...(waitMs !== undefined && { waitMs }),
    ...(!standby && { standby }),
    ...(record !== undefined && { record }),
    ...toNetworkRequest(options),
    ...toIdentityRequest(options),
  };
}
