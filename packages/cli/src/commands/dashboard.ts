import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Command } from 'commander';
import { connect } from '../connection.js';
import type { Terminal } from '../terminal.js';

/** What opens a URL in the user's browser. */
const OPENERS: Partial<Record<NodeJS.Platform, string>> = { darwin: 'open', linux: 'xdg-open' };

export function dashboardCommand(program: Command, terminal: Terminal): void {
  program
    .command('dashboard')
    .description('make a link that signs in to the dashboard, good once and for ten minutes, and open it where there is a display')
    .option('--no-open', 'only print it')
    .action(async ({ open }: { open: boolean }, command: Command) => {
      const link = await (await connect(command, terminal)).dashboard.createSignInLink();
      terminal.result(link, () => link.url);
      const opener = openerOf(terminal.surroundings.env);
      if (!open || terminal.isJson || opener === undefined) return;
      if (!(await start(opener, link.url))) terminal.note(terminal.noteColors.dim(`${opener} did not open it: open the link yourself.`));
    });
}

/** Undefined: nobody would see it. */
function openerOf(env: NodeJS.ProcessEnv): string | undefined {
  const hasDisplay = process.platform !== 'linux' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
  return hasDisplay && process.stdout.isTTY ? OPENERS[process.platform] : undefined;
}

/** Whether the program could be started; what becomes of it is its own affair. */
async function start(program: string, url: string): Promise<boolean> {
  const child = spawn(program, [url], { stdio: 'ignore', detached: true });
  child.unref();
  return await once(child, 'spawn').then(
    () => true,
    () => false,
  );
}
