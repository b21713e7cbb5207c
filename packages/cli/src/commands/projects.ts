import type { Project } from '@carrel/sdk';
import { type Command, Option } from 'commander';
import { idOf, wholeNumber } from '../arguments.js';
import { connect } from '../connection.js';
import { UsageError } from '../exit-codes.js';
import type { Terminal } from '../terminal.js';

interface ProjectOptions {
  name?: string;
  maxBrowsers?: number;
  record?: keyof typeof RECORD;
}

const RECORD = { yes: true, no: false, default: null } as const;

const fieldsOf = ({ id, name, maxBrowsers, record, createdAt }: Project): [string, string][] => [
  ['id', id],
  ['name', name],
  ['max browsers', String(maxBrowsers)],
  ['recorded', record === null ? 'as the server says' : record === false ? 'no' : 'yes'],
  ['created', createdAt],
];

export function projectsCommand(program: Command, terminal: Terminal): void {
  const projects = program.command('projects').description('projects: the tenants of the server');
  const maxBrowsers = ['--max-browsers <count>', 'how many browsers may be open at once', wholeNumber('browsers', 0)] as const;
  const record = () =>
    new Option('--record <what>', 'whether browsers are recorded that do not say; default: as the server says').choices(
      Object.keys(RECORD),
    );
  const show = (project: Project) => terminal.result(project, () => terminal.fields(fieldsOf(project)));

  projects
    .command('ls')
    .description("list them: all for an operator, else one's own")
    .action(async (_options: object, command: Command) => {
      const list = await (await connect(command, terminal)).projects.list().all();
      terminal.result(list, () =>
        terminal.table(
          ['ID', 'NAME', 'MAX BROWSERS', 'RECORDED', 'CREATED'],
          list.map((project) => fieldsOf(project).map(([, value]) => value)),
        ),
      );
    });
  projects
    .command('show')
    .description('show one')
    .argument('<id>', 'id of the project', idOf('project'))
    .action(async (id: string, _options: object, command: Command) => show(await (await connect(command, terminal)).projects.get(id)));
  projects
    .command('create')
    .description('make one')
    .argument('<name>', 'its name')
    .option(...maxBrowsers)
    .addOption(record())
    .action(async (name: string, options: ProjectOptions, command: Command) => {
      const { maxBrowsers: limit, record: what = 'default' } = options;
      const given = { ...(limit !== undefined && { maxBrowsers: limit }), ...(RECORD[what] !== null && { record: RECORD[what] }) };
      show(await (await connect(command, terminal)).projects.create({ name, ...given }));
    });
  projects
    .command('update')
    .description('change its name, its limit or whether its browsers are recorded')
    .argument('<id>', 'id of the project', idOf('project'))
    .option('--name <name>', 'its new name')
    .option(...maxBrowsers)
    .addOption(record())
    .action(async (id: string, { record: what, ...options }: ProjectOptions, command: Command) => {
      const changes = { ...options, ...(what !== undefined && { record: RECORD[what] }) };
      if (Object.keys(changes).length === 0) throw new UsageError('Say what to change: --name, --max-browsers or --record.');
      show(await (await connect(command, terminal)).projects.update(id, changes));
    });
  projects
    .command('delete')
    .description('delete one: its keys stop working, its browsers are closed')
    .argument('<id>', 'id of the project', idOf('project'))
    .action(async (id: string, _options: object, command: Command) => {
      await (await connect(command, terminal)).projects.delete(id);
      terminal.result({ deleted: id }, () => `Deleted ${id}`);
    });
}
