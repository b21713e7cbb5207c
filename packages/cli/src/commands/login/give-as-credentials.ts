import type { Carrel } from '@carrel/sdk';

/** Gives what a profile holds (cookies, localStorage, IndexedDB) to the credentials of an end user. */
export async function giveAsCredentials(client: Carrel, endUser: string, profileId: string): Promise<void> {
  const { storageState } = await client.profiles.export(profileId);
  await client.endUsers(endUser).credentials.set({ storageState });
}

/** The same as a command. */
export const givingOf = (endUser: string, profileId: string): string =>
  `carrel profiles export ${profileId} | carrel credentials set ${JSON.stringify(endUser)} -`;
