import type { ProfileState } from '@carrel/browser';
import { CarrelError, type OriginContents, type ProfileContents } from '@carrel/protocol';

/** What is kept of what a version holds. */
export type KeptContents = Omit<ProfileContents, 'version'>;

const BIGGEST_ORIGINS = 5;

/** Names, counts and sizes of all that a snapshot holds: no value. */
export function contentsOf({ cookies, permissions, tabs }: ProfileState, origins: readonly OriginContents[]): KeptContents {
  return {
    origins: origins.toSorted((a, b) => b.bytes - a.bytes),
    cookies: cookies.map(({ name, domain, path, expires, httpOnly, secure, sameSite }) => ({
      name,
      domain,
      path,
      expires,
      httpOnly,
      secure,
      ...(sameSite !== undefined && { sameSite }),
    })),
    permissions: permissions.flatMap(namesOf),
    tabs: (tabs ?? []).map(({ url, sessionStorage }) => ({
      url,
      sessionStorage: sessionStorage.reduce((count, { entries }) => count + entries.length, 0),
    })),
  };
}

function namesOf(kept: ProfileState['permissions'][number]): KeptContents['permissions'] {
  const { origin } = kept;
  if (kept.kind === 'set') return [{ origin, name: kept.permission.name, setting: kept.setting }];
  return kept.permissions.map((name) => ({ origin, name, setting: 'granted' }));
}

interface TooLarge {
  /** What is too large, and why, as a sentence. */
  readonly message: string;
  readonly details: Record<string, unknown>;
  readonly contents: KeptContents;
  readonly cause?: unknown;
}

/** An error that names what takes most of the space. */
export function tooLarge({ message, details, contents, cause }: TooLarge): CarrelError {
  const biggestOrigins = contents.origins.slice(0, BIGGEST_ORIGINS).map(({ origin, bytes }) => ({ origin, bytes }));
  const biggest = biggestOrigins.map(({ origin, bytes }) => `${origin} (${bytes} bytes)`).join(', ');
  return new CarrelError('profile_too_large', biggest === '' ? message : `${message} Most of it is stored by ${biggest}.`, {
    details: { ...details, biggestOrigins },
    cause,
  });
}
