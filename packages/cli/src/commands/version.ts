import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Terminal } from '../terminal.js';

/** The version of this package. */
export function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return (manifest as { version: string }).version;
}

export function versionCommand(program: Command, terminal: Terminal): void {
  program
    .command('version')
    .description('the version of this program')
    .action(() => {
      const version = readVersion();
      terminal.result({ carrel: version, node: process.versions.node }, () => `carrel ${version} (Node ${process.versions.node})`);
    });
}
