import { createHash, createSecretKey, hkdfSync, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import { CarrelError } from '@carrel/protocol';
import { damaged, foreign } from './failures.js';

/** Whom an archive is for. */
export interface ArchiveOwner {
  /** The data key of the profile: 32 bytes. */
  key: Buffer;
  profileId: string;
}

/** What the chunks of one archive are encrypted with. */
export interface ChunkKey {
  key: KeyObject;
  /** Bound to every chunk, so that none fits an archive with another header or of another profile. */
  associatedData: Buffer;
}

const MAGIC = Buffer.from('CARRELPF', 'latin1');
/** Counts up when the form changes in a way that older code would misread. */
const FORMAT_VERSION = 1;
/** How the tar is compressed: 1 is Brotli (RFC 7932), which every Node can read. */
const CODEC_BROTLI = 1;
const SALT_BYTES = 32;
const CHECK_BYTES = 16;
const CHECKSUM_BYTES = 8;
const KEY_BYTES = 32;

const AT_VERSION = MAGIC.length;
const AT_CODEC = AT_VERSION + 1;
const AT_SALT = AT_CODEC + 1;
const AT_PROFILE_CHECK = AT_SALT + SALT_BYTES;
const AT_KEY_CHECK = AT_PROFILE_CHECK + CHECK_BYTES;
const AT_CHECKSUM = AT_KEY_CHECK + CHECK_BYTES;
export const HEADER_BYTES = AT_CHECKSUM + CHECKSUM_BYTES;

/**
 * The header of a new archive: magic, format version, codec, salt, whose it is, which key, checksum.
 *
 * Each archive has a key of its own, derived from the data key with the random salt by HKDF-SHA-256 (RFC 5869), so that nonces that count up
 * from 0 never meet again, however often a profile is saved. So do Tink's AES-GCM-HKDF
 * (https://developers.google.com/tink/streaming_aead/aes_gcm_hkdf_streaming) and age (https://c2sp.org/age).
 */
export function newHeader(owner: ArchiveOwner): ChunkKey {
  const salt = randomBytes(SALT_BYTES);
  const { key, keyCheck } = derive(owner, salt);
  const start = Buffer.concat([MAGIC, Buffer.of(FORMAT_VERSION, CODEC_BROTLI), salt, profileCheck(owner, salt), keyCheck]);
  return bind(key, Buffer.concat([start, checksum(start)]), owner);
}

/** The header itself, as it stands at the beginning of the archive. */
export const headerOf = ({ associatedData }: ChunkKey) => associatedData.subarray(0, HEADER_BYTES);

/**
 * Reads the beginning of a file. What it can tell, it tells apart: something else, another profile's, damage, and another key.
 * @throws {CarrelError} `profile_foreign`, `profile_damaged`, `profile_key_missing`
 */
export function readHeader(header: Buffer, owner: ArchiveOwner): ChunkKey {
  const magic = header.subarray(0, MAGIC.length);
  if (!magic.equals(MAGIC.subarray(0, magic.length))) throw foreign('it does not begin like one');
  if (header.length < HEADER_BYTES) throw damaged('it ends within its header');
  const version = header.readUInt8(AT_VERSION);
  if (version !== FORMAT_VERSION) throw foreign(`it has format ${version}, and this version of Carrel reads format ${FORMAT_VERSION}`);
  // Without a key: so that damage is not taken for another profile or key.
  if (!checksum(header.subarray(0, AT_CHECKSUM)).equals(header.subarray(AT_CHECKSUM))) throw damaged('its header was changed');
  const codec = header.readUInt8(AT_CODEC);
  if (codec !== CODEC_BROTLI) throw foreign(`it is compressed in a way (${codec}) that this version of Carrel does not read`);
  const salt = header.subarray(AT_SALT, AT_PROFILE_CHECK);
  if (!profileCheck(owner, salt).equals(header.subarray(AT_PROFILE_CHECK, AT_KEY_CHECK))) throw foreign('it is of another profile');
  const { key, keyCheck } = derive(owner, salt);
  if (!timingSafeEqual(keyCheck, header.subarray(AT_KEY_CHECK, AT_CHECKSUM))) {
    throw new CarrelError('profile_key_missing', 'The stored state is encrypted with another key. Give the server the master key back.');
  }
  return bind(key, header, owner);
}

const bind = (key: KeyObject, header: Buffer, { profileId }: ArchiveOwner): ChunkKey => ({
  key,
  associatedData: Buffer.concat([header, Buffer.from(profileId)]),
});

function derive({ key, profileId }: ArchiveOwner, salt: Buffer): { key: KeyObject; keyCheck: Buffer } {
  const info = `carrel profile archive ${FORMAT_VERSION} ${profileId}`;
  const derived = Buffer.from(hkdfSync('sha256', createSecretKey(key), salt, info, KEY_BYTES + CHECK_BYTES));
  return { key: createSecretKey(derived.subarray(0, KEY_BYTES)), keyCheck: derived.subarray(KEY_BYTES) };
}

const profileCheck = ({ profileId }: ArchiveOwner, salt: Buffer) =>
  createHash('sha256').update(salt).update(profileId).digest().subarray(0, CHECK_BYTES);

const checksum = (start: Buffer) => createHash('sha256').update(start).digest().subarray(0, CHECKSUM_BYTES);
