import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { EXIT } from './exit-codes.js';
import { sizeText } from './size-text.js';
import { printable, type Terminal } from './terminal.js';

/** Whether to go on with what cannot be taken back: asks on a terminal, unless that was said already. */
export async function confirmed(question: string, isSaid: boolean | undefined, terminal: Terminal): Promise<boolean> {
  if (isSaid || (await terminal.confirm(question))) return true;
  terminal.note('Nothing was deleted.');
  terminal.exitCode = EXIT.failed;
  return false;
}

/** Writes a file that only its owner can read, also where one was there that others could; its size in bytes. */
export async function writePrivate(path: string, content: string | Uint8Array): Promise<number> {
  await using file = await open(path, 'w', 0o600);
  if ((await file.stat()).isFile()) await file.chmod(0o600);
  const bytes = Buffer.from(content);
  await file.writeFile(bytes);
  return bytes.length;
}

/** JSON about people: to a file of its own, else to the standard output. */
export async function writeJson(value: unknown, output: string | undefined, terminal: Terminal): Promise<void> {
  const { stdout, cwd } = terminal.surroundings;
  const content = `${JSON.stringify(value, null, 2)}\n`;
  if (output === undefined || output === '-') {
    stdout.write(stdout.isTTY ? printable(content) : content);
    return;
  }
  const path = resolve(cwd, output);
  const sizeBytes = await writePrivate(path, content);
  terminal.result({ path, sizeBytes }, () => `${path} ${terminal.colors.dim(`${sizeText(sizeBytes)}, mode 0600`)}`);
}
