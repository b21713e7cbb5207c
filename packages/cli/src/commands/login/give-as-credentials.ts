import type { Carrel } from '@carrel/sdk';

/** Gives what a profile holds (cookies, localStorage, IndexedDB) to the credentials of an end user. @returns whether it holds anything */
export async function giveAsCredentials(client: Carrel, endUser: string, profileId: string): Promise<boolean> {
  const { storageState } = await client.profiles.export(profileId);
  const { cookies = [], origins = [] } = storageState ?? {};
  if (cookies.length + origins.length === 0) return false;
  await client.endUsers(endUser).credentials.set({ storageState });
  return true;
}

/** The same as a command. */
export const givingOf = (endUser: string, profileId: string): string =>
  `carrel profiles export ${profileId} | carrel credentials set ${JSON.stringify(endUser)} -`;
