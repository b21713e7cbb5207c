import { join } from 'node:path';
import type { Settings } from '../settings/index.js';
import type { ArchiveStore } from './archive-store.js';
import { DirectoryStore } from './directory-store.js';
import { S3Store } from './s3-store.js';

export type ArchiveStoreSettings = Pick<Settings, 'dataDir' | 'profileStore' | 's3Endpoint' | 's3Region' | 's3PathStyle'>;

/** The store that the settings name. */
export async function openArchiveStore(settings: ArchiveStoreSettings): Promise<ArchiveStore> {
  const { dataDir, profileStore, s3Endpoint, s3Region, s3PathStyle } = settings;
  if (!(profileStore instanceof URL)) return new DirectoryStore(profileStore ?? join(dataDir, 'profiles'));
  return await S3Store.open({
    bucket: profileStore.hostname,
    prefix: profileStore.pathname.replace(/^\/|\/$/g, ''),
    endpoint: s3Endpoint,
    region: s3Region,
    forcePathStyle: s3PathStyle,
    directory: join(dataDir, 'fetched-profiles'),
  });
}
