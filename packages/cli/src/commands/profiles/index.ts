import type { Command } from 'commander';
import type { Terminal } from '../../terminal.js';
import { addHistory } from './history.js';
import { addResources } from './resources.js';
import { addShow } from './show.js';
import { addTransfer } from './transfer.js';

export function profilesCommand(program: Command, terminal: Terminal): void {
  const profiles = program.command('profiles').description('profiles: what browsers leave behind for the next, such as a login');
  addResources(profiles, terminal);
  addShow(profiles, terminal);
  addHistory(profiles, terminal);
  addTransfer(profiles, terminal);
}
