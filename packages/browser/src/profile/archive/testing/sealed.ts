import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { newId } from '@carrel/protocol';
import { packTar, type TarEntry } from 'modern-tar';
import { openArchive } from '../open.js';
import { sealArchive, sealTar } from '../seal.js';
import { STATE } from './profile-directory.js';

export const MAX_BYTES = 64 * 1024 * 1024;

export const newOwner = () => ({ key: randomBytes(32), profileId: newId('profile') });
type Owner = ReturnType<typeof newOwner>;

/** Seals what is kept of a directory into a file. */
export async function sealTo(path: string, directory: string, owner: Owner, { maxBytes = MAX_BYTES, state = STATE } = {}): Promise<number> {
  const { stream, unpackedBytes } = sealArchive({ state, directory }, { ...owner, maxBytes });
  await pipeline(stream, createWriteStream(path, { flags: 'wx' }));
  return unpackedBytes();
}

/** Seals any tar, as somebody would who has the key. */
export async function sealTarTo(path: string, tar: AsyncIterable<Uint8Array> | Uint8Array, owner: Owner): Promise<void> {
  const pieces = tar instanceof Uint8Array ? only(tar) : tar;
  await pipeline(sealTar(pieces, owner), createWriteStream(path, { flags: 'wx' }));
}

async function* only(piece: Uint8Array): AsyncGenerator<Uint8Array> {
  yield piece;
}

/** Opens an archive and unpacks it into a new directory. */
export async function unpackTo(
  directory: string,
  path: string,
  owner: Owner,
  { maxBytes = MAX_BYTES, uid = undefined as number | undefined } = {},
) {
  await using archive = await openArchive(path, { ...owner, maxBytes });
  await mkdir(directory, { mode: 0o700 });
  await archive.extract(directory, uid);
  return archive.state;
}

const MTIME = { mtime: '1700000000.000001' };

/** A file of a tar. */
export const file = (name: string, body: string | Uint8Array = 'x', pax: Record<string, string> = MTIME): TarEntry => ({
  header: { name, type: 'file', size: Buffer.byteLength(body), pax },
  body,
});

export const directory = (name: string): TarEntry => ({ header: { name: `${name}/`, type: 'directory', size: 0, pax: MTIME } });

export const stateEntry = (body: string | Uint8Array = JSON.stringify(STATE)) => file('state.json', body);

/** A tar that begins as ours do, with the directories that the names need, and goes on with these entries. */
export const tarOf = (...entries: TarEntry[]) => packTar([stateEntry(), ...DIRECTORIES.map(directory), ...entries]);

const DIRECTORIES = ['Default/Local Storage/leveldb', 'Default/IndexedDB'];

/** A place inside of a profile. */
export const inside = (name: string) => `${DIRECTORIES[1]}/${name}`;
