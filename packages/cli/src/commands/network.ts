import type { NetworkExit, NetworkRequest } from '@carrel/sdk';
import type { Command } from 'commander';
import { idOf, wholeNumber } from '../arguments.js';
import { connect } from '../connection.js';
import { printable, type Terminal } from '../terminal.js';

export function networkCommand(program: Command, terminal: Terminal): void {
  program
    .command('network')
    .description('show where a browser leaves, and what it asked the network for last')
    .argument('<id>', 'id of a running browser', idOf('browser'))
    .option('--limit <count>', 'at most this many requests, the last ones', wholeNumber('requests', 1), 100)
    .action(async (id: string, { limit }: { limit: number }, command: Command) => {
      const browser = await (await connect(command, terminal)).browsers.get(id);
      const log = await browser.network({ limit: 1000 });
      const data = log.data.slice(-limit);
      terminal.result({ ...log, data }, () => {
        const { requests, refused, open, bytesIn, bytesOut } = log.totals;
        const sums = `${requests} requests, ${refused} of them refused, ${open} under way; ${bytesIn} bytes in, ${bytesOut} out`;
        const head = terminal.fields([
          ['exit', printable(exitText(log.exit))],
          ['totals', sums],
        ]);
        const rows = data.map((request) => rowOf(request, terminal));
        return rows.length === 0
          ? head
          : `${head}\n\n${terminal.table(['STARTED', 'METHOD', 'HOST', 'STATUS', 'IN', 'OUT', 'MS', 'FAILURE'], rows)}`;
      });
    });
}

/** Where traffic leaves, in a line. */
export function exitText({ type, source, server, addresses, city, country }: NetworkExit): string {
  const place = [city, country].filter((part) => part !== null).join(', ');
  if (type === 'direct') return ['direct', ...addresses].join(' from ');
  return [source === 'pool' ? "proxy of the operator's" : (server ?? 'proxy'), ...(place === '' ? [] : [`in ${place}`])].join(' ');
}

function rowOf({ startedAt, method, host, port, status, bytesIn, bytesOut, durationMs, failure }: NetworkRequest, { colors }: Terminal) {
  const shown = failure === null ? `${status}` : colors.red(`${status}`);
  return [startedAt, method, printable(`${host}:${port}`), shown, `${bytesIn}`, `${bytesOut}`, `${Math.round(durationMs)}`, failure ?? ''];
}
