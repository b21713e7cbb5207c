import type { Project } from '@carrel/sdk';
import type { Command } from 'commander';
import { idOf, wholeNumber } from '../arguments.js';
import { connect } from '../connection.js';
import { UsageError } from '../exit-codes.js';
import type { Terminal } from '../terminal.js';

interface ProjectOptions {
  name?: string;
  maxBrowsers?: number;
}

const fieldsOf = ({ id, name, maxBrowsers, createdAt }: Project): [string, string][] => [
  ['id', id],
  ['name', name],
  ['max browsers', String(maxBrowsers)],
  ['created', createdAt],
];

export function projectsCommand(program: Command, terminal: Terminal): void {
  const projects = program.command('projects').description('projects: the tenants of the server');
  const maxBrowsers = ['--max-browsers <count>', 'how many browsers may be open at once', wholeNumber('browsers', 0)] as const;
  const show = (project: Project) => terminal.result(project, () => terminal.fields(fieldsOf(project)));

  projects
    .command('ls')
    .description("list them: all for an operator, else one's own")
    .action(async (_options: object, command: Command) => {
      const list = await (await connect(command, terminal)).projects.list().all();
      terminal.result(list, () =>
        terminal.table(
          ['ID', 'NAME', 'MAX BROWSERS', 'CREATED'],
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
    .action(async (name: string, options: ProjectOptions, command: Command) => {
      const { maxBrowsers: limit } = options;
      show(await (await connect(command, terminal)).projects.create({ name, ...(limit !== undefined && { maxBrowsers: limit }) }));
    });
  projects
    .command('update')
    .description('change its name or its limit')
    .argument('<id>', 'id of the project', idOf('project'))
    .option('--name <name>', 'its new name')
    .option(...maxBrowsers)
    .action(async (id: string, options: ProjectOptions, command: Command) => {
      if (Object.keys(options).length === 0) throw new UsageError('Say what to change: --name or --max-browsers.');
      show(await (await connect(command, terminal)).projects.update(id, options));
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
