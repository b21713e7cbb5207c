import type { Cookie, CookieToSet } from '@carrel/sdk';
import type { Command } from 'commander';
import { idOf, parseJson } from '../arguments.js';
import { connect } from '../connection.js';
import { printable, type Terminal } from '../terminal.js';

const MAX_VALUE_CHARS = 40;

export function cookiesCommand(program: Command, terminal: Terminal): void {
  const cookies = program.command('cookies').description('cookies of a browser');
  cookies
    .command('get')
    .description('all cookies, of every site')
    .argument('<id>', 'id of the browser', idOf('browser'))
    .action(async (id: string, _options: object, command: Command) => {
      const list = await (await (await connect(command, terminal)).browsers.get(id)).cookies.get();
      terminal.result(list, () => readable(list, terminal));
    });
  cookies
    .command('set')
    .description('set cookies; others stay')
    .argument('<id>', 'id of the browser', idOf('browser'))
    .argument('<json>', 'one cookie, or a list: \'{"name": "a", "value": "b", "url": "https://example.com"}\'', parseJson)
    .action(async (id: string, json: unknown, _options: object, command: Command) => {
      const wanted = (Array.isArray(json) ? json : [json]) as CookieToSet[]; // The server checks them, and says what is wrong.
      const list = await (await (await connect(command, terminal)).browsers.get(id)).cookies.set(wanted);
      terminal.result(list, () => readable(list, terminal));
    });
}

function readable(list: readonly Cookie[], terminal: Terminal): string {
  if (list.length === 0) return terminal.colors.dim('No cookies.');
  const rows = list.map((cookie) => [
    printable(cookie.domain),
    printable(cookie.path),
    printable(cookie.name),
    printable(cookie.value.length > MAX_VALUE_CHARS ? `${cookie.value.slice(0, MAX_VALUE_CHARS)}…` : cookie.value),
    cookie.expires < 0 ? 'session' : new Date(cookie.expires * 1000).toISOString(),
    [cookie.httpOnly && 'httpOnly', cookie.secure && 'secure', cookie.sameSite].filter(Boolean).join(' '),
  ]);
  return terminal.table(['DOMAIN', 'PATH', 'NAME', 'VALUE', 'EXPIRES', ''], rows);
}
