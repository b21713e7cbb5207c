import type { LiveLink } from '@carrel/sdk';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { idOf } from '../arguments.js';
import { connect } from '../connection.js';
import type { Terminal } from '../terminal.js';

const SECONDS_OF = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

interface LiveOptions {
  control?: boolean;
  ttl: number;
  list?: boolean;
  revoke?: string;
}

export function liveCommand(program: Command, terminal: Terminal): void {
  program
    .command('live')
    .description('make a link by which a person without an account sees a browser, or takes it over')
    .argument('<id>', 'id of a browser that runs', idOf('browser'))
    .option('--control', 'let who has the link take the browser over, with mouse and keyboard')
    .option('--ttl <duration>', 'for how long the link is good, e.g. 90s, 15m, 2h', secondsOf, 900)
    .addOption(new Option('--list', 'list the links that are good instead').conflicts(['control', 'revoke']))
    .addOption(new Option('--revoke <link>', 'revoke a link instead; what is open through it ends at once').argParser(idOf('live link')))
    .action(async (id: string, { control, ttl, list, revoke }: LiveOptions, command: Command) => {
      const { browsers } = await connect(command, terminal);
      if (revoke !== undefined) {
        await browsers.revokeLiveLink(id, revoke);
        terminal.result({ revoked: revoke }, () => `Revoked ${revoke}`);
        return;
      }
      if (list) {
        const links = await browsers.listLiveLinks(id).all();
        terminal.result(links, () => listText(links, terminal));
        return;
      }
      const link = await browsers.createLiveLink(id, { scope: control ? 'control' : 'view', ttlSeconds: ttl });
      terminal.result(link, () => link.url ?? '(lost on the way: make another)');
      const what = link.scope === 'control' ? 'can take the browser over' : 'sees what the browser shows';
      terminal.note(
        terminal.noteColors.dim(`Whoever has it ${what} until ${link.expiresAt}. Revoke it: carrel live ${id} --revoke ${link.id}`),
      );
    });
}

/** `90`, `90s`, `15m`, `2h` or `1d`, in seconds. */
function secondsOf(text: string): number {
  const [, count, unit = 's'] = /^(\d+)([smhd])?$/.exec(text) ?? [];
  const seconds = Number(count) * SECONDS_OF[unit as keyof typeof SECONDS_OF];
  if (seconds >= 1) return seconds;
  throw new InvalidArgumentError('It must be a time such as 90s, 15m or 2h.');
}

function listText(links: LiveLink[], terminal: Terminal): string {
  if (links.length === 0) return terminal.colors.dim('No links.');
  return terminal.table(
    ['ID', 'SCOPE', 'MADE', 'GOOD UNTIL'],
    links.map(({ id, scope, createdAt, expiresAt }) => [id, scope, createdAt, expiresAt]),
  );
}
