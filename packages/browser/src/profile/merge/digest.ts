import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { listDirectory, openBounded } from '../leveldb/index.js';

const CHUNK_BYTES = 1024 * 1024;
/** Of names and contents of all files of a directory that are wanted. */
export function digestFiles(directory: string, isWanted: (name: string, path: string) => boolean, path = ''): string {
  const { files, directories } = listDirectory(join(directory, path));
  return digestOf([
    ...directories.map((name) => digestFiles(directory, isWanted, `${path}${name}/`)),
    ...files.filter((name) => isWanted(name, `${path}${name}`)).flatMap((name) => [path + name, digestFile(join(directory, path, name))]),
  ]);
}

function digestFile(path: string): string {
  using file = openBounded(path);
  const hash = createHash('sha256');
  for (let offset = 0; offset < file.size; offset += CHUNK_BYTES) hash.update(file.read(offset, Math.min(CHUNK_BYTES, file.size - offset)));
  return hash.digest('base64');
}

/** Of parts as they follow each other, which tells where one ends. */
export function digestOf(parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length} `).update(part);
  return hash.digest('base64');
}

export function newestFile(directory: string): number {
  const { files, directories } = listDirectory(directory);
  const times = files.map((name) => lstatSync(join(directory, name)).mtimeMs);
  return Math.max(0, ...times, ...directories.map((name) => newestFile(join(directory, name))));
}
