import type { ProfileArchive, ProfileState } from '../state.js';
import { extractInto } from './extract.js';
import { damaged } from './failures.js';
import type { ArchiveOwner } from './header.js';
import { MAX_ENTRIES } from './kept.js';
import { SealedFile } from './sealed-file.js';
import { profileState } from './state.js';
import { unpackFiles, unpackState } from './unpack.js';

interface OpenOptions extends ArchiveOwner {
  /** Of what is unpacked. */
  maxBytes: number;
}

/**
 * Opens the file of an archive: checks that every byte of it is what `sealArchive` wrote for this profile, then reads the state.
 * @throws {CarrelError} `profile_foreign`: something else, or of another profile; `profile_damaged`: cut off or changed;
 *   `profile_key_missing`: of another key; `profile_hostile`: authentic, yet more than it may be
 */
export async function openArchive(path: string, { maxBytes, ...owner }: OpenOptions): Promise<ProfileArchive> {
  const limits = { maxBytes, maxEntries: MAX_ENTRIES };
  const file = await SealedFile.open(path, owner);
  try {
    const state = parseState(await unpackState(file.plain(), limits));
    return {
      state,
      extract: (directory, uid) => extractInto(directory, unpackFiles(file.plain(), limits), uid),
      [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
    };
  } catch (error) {
    await file[Symbol.asyncDispose]();
    throw error;
  }
}

function parseState(bytes: Buffer): ProfileState {
  try {
    return profileState.parse(JSON.parse(bytes.toString()));
  } catch (cause) {
    throw damaged('its state is not one that Carrel writes', cause);
  }
}
