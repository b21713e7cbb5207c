import { lstat, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ProfileState } from '../../state.js';

/** A directory for one test, which goes with it. */
export interface TemporaryDirectory extends AsyncDisposable {
  path: string;
}

export async function temporaryDirectory(): Promise<TemporaryDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'carrel-archive-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A state with everything in it. */
export const STATE: ProfileState = {
  formatVersion: 1,
  savedAt: '2026-01-02T03:04:05.678Z',
  kind: 'headless-shell',
  browserVersion: '156.0.1.2',
  cookies: [
    {
      name: 'session',
      value: 'ä; "quoted" \ud800',
      domain: '.example.com',
      path: '/',
      expires: -1,
      httpOnly: true,
      secure: true,
      sameSite: 'None',
      priority: 'High',
      sourceScheme: 'Secure',
      sourcePort: 443,
      partitionKey: { topLevelSite: 'https://example.org', hasCrossSiteAncestor: true },
      changedAtMs: 1_767_000_000_123.5,
    },
  ],
  permissions: [
    { kind: 'granted', origin: 'https://example.com', permissions: ['geolocation'] },
    { kind: 'set', origin: null, permission: { name: 'midi', sysex: true }, setting: 'denied' },
  ],
  identity: { locale: 'de-DE', seed: 'a seed' },
  tabs: [
    {
      url: 'https://example.com/?q=1#part',
      isActive: true,
      sessionStorage: [{ origin: 'https://example.com', entries: [['key', 'a value\u0000']] }],
    },
  ],
};

/** Writes files below a directory, with times of their own. */
export async function writeTree(directory: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  let seconds = 1_700_000_000.000001;
  for (const [path, content] of Object.entries(files)) {
    const file = join(directory, path);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, content);
    seconds += 1.234567;
    await utimes(file, seconds, seconds);
  }
}

/** What a directory holds: content of files as base64, modes, owners, and times to the microsecond. */
export async function readTree(directory: string, { withOwners = false } = {}): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const path of (await readdir(directory, { recursive: true })).sort()) {
    const stat = await lstat(join(directory, path), { bigint: true });
    const what = stat.isFile() ? (await readFile(join(directory, path))).toString('base64') : stat.isDirectory() ? 'directory' : 'other';
    found[path] = [what, (stat.mode & 0o7777n).toString(8), `${stat.mtimeNs / 1000n}`, ...(withOwners ? [`${stat.uid}`] : [])].join(' ');
  }
  return found;
}
