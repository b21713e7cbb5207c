import type { Login } from '@carrel/sdk';
import type { Command } from 'commander';
import { collect } from '../../arguments.js';
import { connect } from '../../connection.js';
import { UsageError } from '../../exit-codes.js';
import { printable, type Terminal } from '../../terminal.js';

interface AddOptions {
  username?: string;
  password: boolean;
  totp?: boolean;
  field?: string[];
  alias?: string;
  origin?: string[];
  includeSubdomains?: boolean;
}

const HELP = `
Secrets are asked for unseen, in this order: password, TOTP secret, further fields. Where there is no terminal, each is a line of the input.

Examples:
  carrel credentials add ann shop.example --username ann@example.com
  printf '%s\\n' "$PASSWORD" | carrel credentials add ann shop.example --username ann@example.com`;

export function addLogin(credentials: Command, terminal: Terminal): void {
  credentials
    .command('add')
    .description('add a login, or replace the one of its name: agents have it filled in, and never see it')
    .argument('<end user>', 'your own name for the customer')
    .argument('<domain>', 'the host that it is for, such as shop.example: it is filled in at https:// and this')
    .option('--username <name>', 'whom the site knows them as')
    .option('--no-password', 'there is no password')
    .option('--totp', 'ask for the secret of one-time codes: base32, or an otpauth:// URI')
    .option('--field <name>', 'ask for something else that its form wants, by a name of yours; may be repeated', collect)
    .option('--alias <name>', 'what agents call it (default: the domain)')
    .option('--origin <origin>', 'a further origin where it may be filled in; http: only of a loopback address; may be repeated', collect)
    .option('--include-subdomains', 'fill it in at hosts below the domain, too')
    .addHelpText('after', HELP)
    .action(async (endUser: string, domain: string, options: AddOptions, command: Command) => {
      const login = await loginOf(domain, options, terminal);
      await (await connect(command, terminal)).endUsers(endUser).credentials.set({ logins: [login] });
      const alias = login.alias ?? domain;
      terminal.result({ endUserId: endUser, alias }, () => `${printable(endUser)} has the login ${printable(alias)}`);
    });
}

async function loginOf(domain: string, options: AddOptions, terminal: Terminal): Promise<Login> {
  const { username, password: hasPassword, totp, field: names = [], alias, origin, includeSubdomains } = options;
  const password = hasPassword ? await secret(`Password of ${username ?? 'the login'}: `, terminal) : undefined;
  const totpSecret = totp ? await secret('TOTP secret: ', terminal) : undefined;
  const fields: Record<string, string> = {};
  for (const name of names) fields[name] = await secret(`${name}: `, terminal);
  return {
    domain,
    ...(alias !== undefined && { alias }),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(totpSecret !== undefined && { totpSecret }),
    ...(names.length > 0 && { fields }),
    ...(origin !== undefined && { origins: origin }),
    ...(includeSubdomains && { includeSubdomains }),
  };
}

async function secret(question: string, terminal: Terminal): Promise<string> {
  const typed = await terminal.secret(question);
  if (typed) return typed;
  throw new UsageError(
    `There is no answer to “${question.trim()}”: it is a line of the input. Where there is no password, say --no-password.`,
  );
}
