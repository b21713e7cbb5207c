import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type BrowserProfileRequest, newId } from '@carrel/protocol';
import { cookiesOf, newSnapshot } from './snapshots.js';
import type { TestServer } from './test-database.js';

const homes: string[] = [];

/** The state of a browser, until {@link removeSnapshots}. */
export function snapshot(cookies: Record<string, string>, bytes?: number) {
  const made = newSnapshot(cookies, bytes);
  homes.push(made.home);
  return made;
}

/** To be called when a test is over. */
export function removeSnapshots(): void {
  for (const home of homes.splice(0)) rmSync(home, { recursive: true, force: true });
}

interface Attaching {
  browserId: string;
  endUserId: string | null;
  waitMs: number;
  signal: AbortSignal;
}

/** Who attaches a profile, and how: a browser of its own that does not wait, unless that is changed. */
export const about = (changes: Partial<Attaching> = {}): Attaching => ({
  browserId: newId('browser'),
  endUserId: null,
  waitMs: 0,
  signal: new AbortController().signal,
  ...changes,
});

export const attach = ({ profiles, project }: TestServer, request: BrowserProfileRequest, changes: Partial<Attaching> = {}) =>
  profiles.attach(project, request, about(changes));

/** What a browser does from its start to its end. */
export async function visit(server: TestServer, id: string, cookies: Record<string, string>) {
  await using attached = await attach(server, { id, persist: true });
  return await attached.save(snapshot(cookies), 'close');
}

export async function cookiesIn(server: TestServer, id: string, version?: number) {
  await using attached = await attach(server, { id, ...(version !== undefined && { version }) });
  return await cookiesOf(await attached.open());
}

export async function versionsOf({ profiles, project }: TestServer, id: string) {
  return (await profiles.versions(project, id, { limit: 100 })).data;
}

export const actorOf = ({ project }: TestServer) => ({ ...project, apiKeyId: newId('apiKey') });
export const filesOf = ({ dataDir }: TestServer) => readdirSync(join(dataDir, 'profiles'));
export const make = ({ profiles, project }: TestServer, request = {}) => profiles.create(project, request);
