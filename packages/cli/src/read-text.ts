import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { UsageError } from './exit-codes.js';
import type { Terminal } from './terminal.js';

/** The text of a file, or of the standard input where it is `-`. */
export async function readText(file: string, { surroundings: { stdin, cwd } }: Terminal): Promise<string> {
  if (file === '-') return text(stdin);
  const path = resolve(cwd, file);
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new UsageError(`${path} cannot be read: ${cause instanceof Error ? cause.message : cause}.`, { cause });
  }
}
