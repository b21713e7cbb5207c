import type { Command } from 'commander';
import { EXIT } from '../exit-codes.js';
import type { Terminal } from '../terminal.js';

export function doctorCommand(program: Command, terminal: Terminal): void {
  program
    .command('doctor')
    .description('what is missing on this machine, and the command that mends it; exit code 1 when something needed is')
    .action(async () => {
      const { diagnose } = await import('@carrel/server');
      const { env, cwd } = terminal.surroundings;
      const findings = await terminal.progress('Looking around', () => diagnose(env, cwd));
      const { green, yellow, red, dim, bold } = terminal.colors;
      const marks = { ok: green('✓'), warn: yellow('!'), fail: red('✗') };
      terminal.result(findings, () =>
        findings
          .map(({ name, status, message, mend }) => {
            const line = `${marks[status]} ${bold(name)}  ${message}`;
            return mend === undefined ? line : `${line}\n    ${dim('→')} ${mend}`;
          })
          .join('\n'),
      );
      const failed = findings.filter(({ status }) => status === 'fail').length;
      if (failed > 0) terminal.exitCode = EXIT.failed;
      terminal.note(failed > 0 ? `\n${failed} to mend before Carrel works here.` : '\nCarrel works here: carrel serve');
    });
}
