import type { Profile } from '@carrel/protocol';
import type { Profiles } from '../profiles/index.js';
import type { EndUserName } from '../store/index.js';

const PAGE_SIZE = 100;

/** All profiles of an end user. */
export async function allProfiles(profiles: Profiles, { projectId, endUserId }: EndUserName): Promise<Profile[]> {
  const all: Profile[] = [];
  let cursor: string | undefined;
  do {
    const page = await profiles.list({ projectId }, { limit: PAGE_SIZE, cursor, endUserId });
    all.push(...page.data);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return all;
}
