import { Command, Option } from 'commander';
import { auditCommand } from './commands/audit.js';
import { chatCommand } from './commands/chat/index.js';
import { checkpointCommand } from './commands/checkpoint.js';
import { closeCommand } from './commands/close.js';
import { completionCommand } from './commands/completion.js';
import { configCommand } from './commands/config.js';
import { cookiesCommand } from './commands/cookies.js';
import { credentialsCommand } from './commands/credentials/index.js';
import { dashboardCommand } from './commands/dashboard.js';
import { doctorCommand } from './commands/doctor.js';
import { endUsersCommand } from './commands/end-users.js';
import { eventsCommand } from './commands/events.js';
import { executeCommand } from './commands/execute.js';
import { filesCommand } from './commands/files.js';
import { keysCommand } from './commands/keys.js';
import { listCommand } from './commands/list.js';
import { liveCommand } from './commands/live.js';
import { loginCommand } from './commands/login/index.js';
import { masterKeyCommand } from './commands/master-key.js';
import { mcpCommand } from './commands/mcp.js';
import { networkCommand } from './commands/network.js';
import { observeCommand } from './commands/observe.js';
import { openCommand } from './commands/open.js';
import { pdfCommand, screenshotCommand } from './commands/pictures.js';
import { profilesCommand } from './commands/profiles/index.js';
import { projectsCommand } from './commands/projects.js';
import { recordingsCommand } from './commands/recordings.js';
import { runCommand } from './commands/run.js';
import { scrapeCommand } from './commands/scrape.js';
import { serveCommand } from './commands/serve.js';
import { sessionsCommand } from './commands/sessions.js';
import { showCommand } from './commands/show.js';
import { tasksCommand } from './commands/tasks.js';
import { readVersion, versionCommand } from './commands/version.js';
import { webhooksCommand } from './commands/webhooks.js';
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
  dashboardCommand,
  runCommand,
  chatCommand,
  sessionsCommand,
  tasksCommand,
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
  liveCommand,
  recordingsCommand,
  loginCommand,
  profilesCommand,
  checkpointCommand,
  credentialsCommand,
  endUsersCommand,
  webhooksCommand,
  mcpCommand,
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
    .version(readVersion(), '-V, --version', 'the version of this program')
    .option('--url <url>', 'where the server is')
    .option('--api-key <key>', 'an API key (other users of this machine can see it here: prefer CARREL_API_KEY)')
    .option('--json', 'results as JSON')
    .addHelpText('after', `${ENVIRONMENT_HELP}\n${EXIT_CODES_HELP}`)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true })
    .helpCommand(true)
    .hook('preAction', (root, command) => {
      for (let each: Command | null = command; each !== null && each !== root; each = each.parent) hoistGlobalOptions(each, root);
      terminal.isJson = root.opts<{ json?: boolean }>().json ?? false;
    });
  for (const add of COMMANDS) add(program, terminal);
  const globals = program.options.filter(({ long }) => long !== '--version');
  for (const command of program.commands) takeGlobalOptions(command, globals);
  return program;
}

/** Global options may stand behind a command, too, unless it has one of the same name: `run --url` is where the browser begins. */
class GlobalOption extends Option {}

function takeGlobalOptions(command: Command, globals: readonly Option[]): void {
  for (const sub of command.commands) takeGlobalOptions(sub, globals);
  for (const { flags, long } of globals) {
    const isTaken = command.options.some((option) => option.long === long || option.short === long);
    if (!isTaken) command.addOption(new GlobalOption(flags).hideHelp());
  }
}

/** Gives what stood behind a command to the program, so that the command's own options are none but its own. */
function hoistGlobalOptions(command: Command, program: Command): void {
  for (const option of command.options.filter((one) => one instanceof GlobalOption)) {
    const name = option.attributeName();
    const value: unknown = command.getOptionValue(name);
    if (value !== undefined) program.setOptionValueWithSource(name, value, 'cli');
    Reflect.deleteProperty(command.opts(), name);
  }
}
