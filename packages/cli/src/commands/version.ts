import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Terminal } from '../terminal.js';

/** The version of this package. */
export async function readVersion(): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  return (manifest as { version: string }).version;
}

export function versionCommand(program: Command, terminal: Terminal): void {
  program
    .command('version')
    .description('the version of this program')
    .action(async () => {
      const version = await readVersion();
      terminal.result({ carrel: version, node: process.versions.node }, () => `carrel ${version} (Node ${process.versions.node})`);
    });
}
