import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '../settings/index.js';
import type { ArchiveStore } from './archive-store.js';
import { DirectoryStore } from './directory-store.js';
import { S3Store } from './s3-store.js';

export type ArchiveStoreSettings = Pick<Settings, 'dataDir' | 'profileStore' | 's3Endpoint' | 's3Region' | 's3PathStyle'>;

/** The store that the settings name, for the one server of the data directory: what a dead one had fetched is removed. */
export async function openArchiveStore(settings: ArchiveStoreSettings): Promise<ArchiveStore> {
  await rm(fetchedDirectory(settings), { recursive: true, force: true });
  return await findArchiveStore(settings);
}

/** The same to look at it only: nothing is changed. */
export async function findArchiveStore(settings: ArchiveStoreSettings): Promise<ArchiveStore> {
  const { dataDir, profileStore, s3Endpoint, s3Region, s3PathStyle } = settings;
  if (!(profileStore instanceof URL)) return new DirectoryStore(profileStore ?? join(dataDir, 'profiles'));
  return await S3Store.open({
    bucket: profileStore.hostname,
    prefix: profileStore.pathname.replace(/^\/|\/$/g, ''),
    endpoint: s3Endpoint,
    region: s3Region,
    forcePathStyle: s3PathStyle,
    directory: fetchedDirectory(settings),
  });
}

const fetchedDirectory = ({ dataDir }: ArchiveStoreSettings) => join(dataDir, 'fetched-profiles');
