import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { runCarrel } from '../testing/run-carrel.js';

const execute = promisify(execFile);

/** What bash offers after these words. */
async function completedByBash(...words: string[]): Promise<string[]> {
  const { stdout: script } = await runCarrel(['completion', 'bash']);
  const line = ['carrel', ...words].map((word) => `'${word}'`).join(' ');
  const ask = `COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _carrel; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await execute('bash', ['--norc', '-c', `${script}\n${ask}`], { cwd: '/', timeout: 10_000 });
  return stdout.split('\n').filter(Boolean);
}

describe('completion', () => {
  it('should offer commands, subcommands, options and choices in bash', async () => {
    expect(await completedByBash('o')).toEqual(['open', 'observe']);
    expect(await completedByBash('keys', '')).toEqual(expect.arrayContaining(['ls', 'create', 'revoke', '--json', '--url']));
    expect(await completedByBash('--json', 'open', '--k')).toEqual(['--kind']);
    expect(await completedByBash('completion', '')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']));
  });

  it('should not take an argument for a command', async () => {
    // The name of a key may be that of a command.
    expect(await completedByBash('keys', 'create', 'files', '--s')).toEqual(['--scopes']);
  });

  it('should know every command in every shell', async () => {
    const { stdout: help } = await runCarrel(['--help']);
    const names = [...help.matchAll(/^ {2}([a-z]+)(?: .*)? {2}/gm)].map((match) => match[1] ?? '');
    expect(names.length).toBeGreaterThan(15);
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { stdout } = await runCarrel(['completion', shell]);
      for (const name of names) expect(stdout).toContain(name);
    }
  });
});
