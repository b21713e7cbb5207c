import { Command } from 'commander';
import { auditCommand } from './commands/audit.js';
import { checkpointCommand } from './commands/checkpoint.js';
import { closeCommand } from './commands/close.js';
import { completionCommand } from './commands/completion.js';
import { configCommand } from './commands/config.js';
import { cookiesCommand } from './commands/cookies.js';
import { doctorCommand } from './commands/doctor.js';
import { eventsCommand } from './commands/events.js';
import { executeCommand } from './commands/execute.js';
import { filesCommand } from './commands/files.js';
import { keysCommand } from './commands/keys.js';
import { listCommand } from './commands/list.js';
import { loginCommand } from './commands/login/index.js';
import { masterKeyCommand } from './commands/master-key.js';
import { networkCommand } from './commands/network.js';
import { observeCommand } from './commands/observe.js';
import { openCommand } from './commands/open.js';
import { pdfCommand, screenshotCommand } from './commands/pictures.js';
import { profilesCommand } from './commands/profiles/index.js';
import { projectsCommand } from './commands/projects.js';
import { scrapeCommand } from './commands/scrape.js';
import { serveCommand } from './commands/serve.js';
import { showCommand } from './commands/show.js';
import { versionCommand } from './commands/version.js';
import { EXIT_CODES_HELP } from './exit-codes.js';
import type { Terminal } from './terminal.js';

const ENVIRONMENT_HELP = `
Environment:
  CARREL_URL       where the server is (default: where \`carrel serve\` listens on this machine)
  CARREL_API_KEY   an API key; for a server on this machine, the one in its data directory is found without
  NO_COLOR         no colours
`;

/** In the order of the help. */
const COMMANDS = [
  serveCommand,
  openCommand,
  listCommand,
  showCommand,
  closeCommand,
  observeCommand,
  executeCommand,
  scrapeCommand,
  screenshotCommand,
  pdfCommand,
  eventsCommand,
  networkCommand,
  filesCommand,
  cookiesCommand,
  loginCommand,
  profilesCommand,
  checkpointCommand,
  keysCommand,
  projectsCommand,
  auditCommand,
  masterKeyCommand,
  configCommand,
  doctorCommand,
  completionCommand,
  versionCommand,
];

/** The whole of the `carrel` command. It throws instead of ending the process. */
export function createProgram(terminal: Terminal): Command {
  const { stdout, stderr } = terminal.surroundings;
  const program = new Command('carrel')
    .description('Every AI agent gets its own browser.')
    .option('--url <url>', 'where the server is')
    .option('--api-key <key>', 'an API key (other users of this machine can see it here: prefer CARREL_API_KEY)')
    .option('--json', 'results as JSON')
    .addHelpText('after', `${ENVIRONMENT_HELP}\n${EXIT_CODES_HELP}`)
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true })
    .helpCommand(true)
    .hook('preAction', (_root, command) => {
      terminal.isJson = command.optsWithGlobals<{ json?: boolean }>().json ?? false;
    });
  for (const add of COMMANDS) add(program, terminal);
  return program;
}
