import type { Credentials, DeleteCredentialsRequest, DeletedCredentials } from '@carrel/sdk';
import type { Command } from 'commander';
import { collect } from '../../arguments.js';
import { connect } from '../../connection.js';
import { EXIT } from '../../exit-codes.js';
import { confirmed } from '../../giving-away.js';
import { countText } from '../../size-text.js';
import { printable, type Terminal } from '../../terminal.js';

export function addList(credentials: Command, terminal: Terminal): void {
  credentials
    .command('ls')
    .description('what there is, never a value')
    .argument('<end user>', 'your own name for the customer')
    .action(async (endUser: string, _options: object, command: Command) => {
      const given = await (await connect(command, terminal)).endUsers(endUser).credentials.get();
      terminal.result(given, () => readable(given, terminal));
    });
}

interface RemoveOptions {
  login?: string[];
  domain?: string[];
  preset?: NonNullable<DeleteCredentialsRequest['fields']>;
  yes?: boolean;
}

export function addRemove(credentials: Command, terminal: Terminal): void {
  credentials
    .command('rm')
    .description('delete those that are named, or all; asks first on a terminal')
    .argument('<end user>', 'your own name for the customer')
    .option('--login <alias>', 'a login; may be repeated', collect)
    .option('--domain <host>', 'all cookies and storage of this host and those below it; may be repeated', collect)
    .option('--preset <name>', 'a preset, such as redditSession; may be repeated', collect)
    .option('--yes', 'do not ask')
    .action(async (endUser: string, { login, domain, preset, yes }: RemoveOptions, command: Command) => {
      const request = { ...(login && { logins: login }), ...(domain && { domains: domain }), ...(preset && { fields: preset }) };
      const named = Object.values(request).flat();
      const what = named.length === 0 ? 'all credentials' : named.join(', ');
      const client = await connect(command, terminal);
      if (!(await confirmed(`Delete ${what} of ${printable(endUser)}?`, yes, terminal))) return;
      const deleted = await client.endUsers(endUser).credentials.delete(request);
      const gone = goneText(deleted);
      if (gone !== '' || terminal.isJson)
        terminal.result({ endUserId: endUser, deleted }, () => `Deleted of ${printable(endUser)}: ${gone}`);
      const missing = (login ?? []).filter((alias) => !deleted.logins.includes(alias));
      if (gone !== '' && missing.length === 0) return;
      terminal.exitCode = EXIT.notFound;
      const absent =
        missing.length > 0 ? `no login ${printable(missing.join(', '))}` : named.length > 0 ? `no ${printable(what)}` : 'nothing';
      terminal.note(`${terminal.noteColors.red('✗')} There is ${absent} among the credentials of ${printable(endUser)}.`);
    });
}

/** `the login shop, 2 cookies`; empty: nothing. */
function goneText({ logins, cookies, origins }: DeletedCredentials): string {
  return [
    ...logins.map((alias) => `the login ${printable(alias)}`),
    ...(cookies > 0 ? [countText(cookies, 'cookie')] : []),
    ...(origins > 0 ? [`the storage of ${countText(origins, 'origin')}`] : []),
  ].join(', ');
}

function readable({ logins, platforms, cookies, origins }: Credentials, terminal: Terminal): string {
  const parts: string[] = [];
  if (logins.length > 0) {
    const rows = logins.map(({ alias, hasUsername, hasPassword, hasTotpSecret, fields, ...login }) => [
      printable(alias),
      [hasUsername && 'username', hasPassword && 'password', hasTotpSecret && 'totp', ...fields].filter(Boolean).join(' '),
      printable(login.origins.join(' ')) + (login.includeSubdomains ? ' and below' : ''),
      login.updatedAt,
    ]);
    parts.push(terminal.table(['LOGIN', 'HAS', 'FILLED IN AT', 'UPDATED'], rows));
  }
  const presets = Object.entries(platforms).filter(([, isWhole]) => isWhole);
  if (presets.length > 0) parts.push(`${terminal.colors.dim('Presets')}  ${presets.map(([name]) => printable(name)).join(' ')}`);
  if (cookies.length > 0) {
    const rows = cookies.map(({ name, domain, path, expires }) => [
      printable(domain),
      printable(path),
      printable(name),
      expires < 0 ? 'session' : new Date(expires * 1000).toISOString(),
    ]);
    parts.push(terminal.table(['DOMAIN', 'PATH', 'COOKIE', 'EXPIRES'], rows));
  }
  if (origins.length > 0)
    parts.push(
      terminal.table(
        ['STORAGE OF', 'UPDATED'],
        origins.map(({ origin, updatedAt }) => [printable(origin), updatedAt]),
      ),
    );
  return parts.length === 0 ? terminal.colors.dim('No credentials.') : parts.join('\n\n');
}
