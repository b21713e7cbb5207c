import { CarrelError } from '@carrel/protocol';

/** Cut off or changed since it was written. */
export const damaged = (what: string, cause?: unknown) =>
  new CarrelError('profile_damaged', `The stored state is damaged: ${what}. Open another version of the profile.`, { cause });

/** Something else, or of somebody else. */
export const foreign = (what: string) => new CarrelError('profile_foreign', `What is stored is not an archive of this profile: ${what}.`);

/** Authentic, and yet refused. */
export const hostile = (what: string) =>
  new CarrelError('profile_hostile', `The stored state is refused: ${what}. Open another version of the profile.`);

export const tooLarge = (maxBytes: number) =>
  new CarrelError(
    'profile_too_large',
    `The state takes more than the ${maxBytes} bytes that the operator allows for a profile. Delete data of its biggest origins.`,
    { details: { maxBytes } },
  );

export const tooManyFiles = (maxFiles: number) =>
  new CarrelError('profile_too_large', `The state is in more than ${maxFiles} files. Delete data of its biggest origins.`, {
    details: { maxFiles },
  });
