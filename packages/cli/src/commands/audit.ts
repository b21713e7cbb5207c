import type { AuditEvent } from '@carrel/sdk';
import type { Command } from 'commander';
import { wholeNumber } from '../arguments.js';
import { atMost } from '../at-most.js';
import { connect } from '../connection.js';
import { printable, type Terminal } from '../terminal.js';

export function auditCommand(program: Command, terminal: Terminal): void {
  program
    .command('audit')
    .description('who took, brought in or deleted secrets of the project, newest first')
    .option('--limit <count>', 'at most this many', wholeNumber('events', 1), 100)
    .action(async ({ limit }: { limit: number }, command: Command) => {
      const client = await connect(command, terminal);
      const events = await atMost(limit, (size) => client.auditEvents.list({ limit: size }));
      terminal.result(events, () => {
        if (events.length === 0) return terminal.colors.dim('Nothing was done with secrets.');
        return terminal.table(['WHEN', 'API KEY', 'ACTION', 'SUBJECT', 'DETAILS'], events.map(rowOf));
      });
    });
}

const rowOf = ({ createdAt, apiKeyId, action, subject, details }: AuditEvent) => [
  createdAt,
  apiKeyId,
  action,
  subject,
  Object.keys(details).length === 0 ? '' : printable(JSON.stringify(details)),
];
