import type { BrowserInfo } from '@carrel/sdk';
import type { Command } from 'commander';
import { idOf } from '../arguments.js';
import { connect } from '../connection.js';
import { profileText, savedText } from '../profile-text.js';
import { printable, type Terminal } from '../terminal.js';
import { coloredStatus } from './list.js';
import { exitText } from './network.js';

export function showCommand(program: Command, terminal: Terminal): void {
  program
    .command('show')
    .description('show a browser, with its cdpUrl while it runs')
    .argument('<id>', 'id of the browser', idOf('browser'))
    .action(async (id: string, _options: object, command: Command) => {
      const client = await connect(command, terminal);
      const { info } = await client.browsers.get(id);
      terminal.result(info, () => terminal.fields(fieldsOf(info, terminal)));
    });
}

const identityText = ({ locale, timezone, viewport, screen }: NonNullable<BrowserInfo['identity']>) =>
  `${locale}, ${timezone}, ${viewport.width}×${viewport.height} of ${screen.width}×${screen.height}`;

function fieldsOf(info: BrowserInfo, terminal: Terminal): [string, string][] {
  const fields: [string, string][] = [
    ['id', info.id],
    ['status', coloredStatus(terminal, info.status)],
    ['kind', `${info.kind} ${info.browserVersion ?? ''}`.trim()],
    ['isolation', info.isolation.level],
    ['startup', info.startupReason === null ? info.startup : `${info.startup} (${info.startupReason})`],
    ['standby', info.standby],
    ['exit', printable(exitText(info.network.exit))],
    ['created', info.createdAt],
    ['expires', info.expiresAt],
    ['idle timeout', `${info.idleTimeoutSeconds} s`],
  ];
  if (info.identity !== null) fields.push(['identity', printable(identityText(info.identity))]);
  if (info.profile !== null) fields.push(['profile', profileText(info.profile)]);
  const saved = savedText(info);
  if (saved !== undefined) fields.push(['saved', saved]);
  if (info.network.allow !== null) fields.push(['allowed hosts', printable(info.network.allow.join(' ') || 'none')]);
  if (info.network.deny.length > 0) fields.push(['denied hosts', printable(info.network.deny.join(' '))]);
  for (const warning of info.warnings) fields.push(['warning', warning]);
  if (info.endUserId !== null) fields.push(['end user', printable(info.endUserId)]);
  if (info.endedAt) fields.push(['ended', info.endedAt]);
  if (info.reason) fields.push(['reason', `${info.reason.code}: ${info.reason.message}`]);
  for (const [name, value] of Object.entries(info.metadata)) fields.push([printable(name), printable(value)]);
  if (info.cdpUrl) fields.push(['cdpUrl', info.cdpUrl]);
  if (info.liveUrl) fields.push(['liveUrl', info.liveUrl]);
  return fields;
}
