import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProfileArchive, ProfileSnapshot } from '@carrel/browser';

/** What a browser would leave: cookies by their names, and so many bytes that do not compress. */
export function newSnapshot(cookies: Record<string, string>, bytes = 100, parent = tmpdir()): ProfileSnapshot & { home: string } {
  const home = mkdtempSync(join(parent, 'carrel-test-'));
  const directory = join(home, 'user-data');
  const blobs = join(directory, 'Default', 'IndexedDB', 'https_big.example_0.indexeddb.blob', '1', '00');
  mkdirSync(blobs, { recursive: true });
  writeFileSync(join(blobs, '2'), randomBytes(bytes));
  const now = Date.now();
  return {
    home,
    directory,
    state: {
      formatVersion: 1,
      savedAt: new Date(now).toISOString(),
      kind: 'headless-shell',
      browserVersion: '156.0.1.2',
      cookies: Object.entries(cookies).map(([name, value]) => ({
        name,
        value,
        domain: 'example.com',
        path: '/',
        expires: -1,
        httpOnly: true,
        secure: true,
        sameSite: 'Lax',
        changedAtMs: now,
      })),
      permissions: [{ kind: 'set', origin: 'https://example.com', permission: { name: 'geolocation' }, setting: 'granted' }],
      identity: { locale: 'de-DE' },
      tabs: [
        {
          url: 'https://example.com/',
          isActive: true,
          sessionStorage: [{ origin: 'https://example.com', entries: [['secret', 'value']] }],
        },
      ],
    },
  };
}

/** The cookies of an archive, which is disposed of. */
export async function cookiesOf(archive: ProfileArchive | null): Promise<Record<string, string> | null> {
  if (archive === null) return null;
  await using open = archive;
  return Object.fromEntries(open.state.cookies.map(({ name, value }) => [name, value]));
}
