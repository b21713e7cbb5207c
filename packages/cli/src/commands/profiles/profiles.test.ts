import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OriginContents, Profile, ProfileContents, ProfileVersion } from '@carrel/sdk';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Answers, startContractServer } from '../../testing/contract-server.js';
import { type Input, runCarrel } from '../../testing/run-carrel.js';

const profile: Profile = {
  id: 'pf_00000000000000000000000001',
  name: 'ann at the shop',
  endUserId: null,
  metadata: {},
  currentVersion: 7,
  keepVersions: 10,
  sizeBytes: 12_345,
  heldBy: [{ browserId: 'br_00000000000000000000000001', since: '2026-11-22T01:00:00.000Z', exclusive: true }],
  createdAt: '2026-11-21T00:00:00.000Z',
  updatedAt: '2026-11-22T00:00:00.000Z',
};
const version: ProfileVersion = {
  version: 7,
  createdAt: '2026-11-22T00:00:00.000Z',
  source: 'merge',
  browserId: 'br_00000000000000000000000001',
  basedOn: 5,
  mergedWith: 6,
  kind: 'headless-shell',
  browserVersion: '156.0.8078.79',
  sizeBytes: 900,
  unpackedBytes: 9000,
  isCurrent: true,
};
const none = { entries: 0, bytes: 0 };
const origin = (name: string, bytes: number): OriginContents => ({
  origin: name,
  localStorage: { entries: 2, bytes },
  indexedDB: none,
  cacheStorage: none,
  serviceWorkers: none,
  fileSystem: none,
  bytes,
});
const contents: ProfileContents = {
  version: 7,
  origins: [origin('https://shop.test', 4000), origin('https://\u001b[2J.test', 10)],
  cookies: [{ name: 'sid', domain: 'shop.test', path: '/', expires: -1, httpOnly: true, secure: true, sameSite: 'Lax' }],
  permissions: [{ origin: null, name: 'geolocation', setting: 'granted' }],
  tabs: [{ url: 'https://shop.test/a', sessionStorage: 3 }],
};
const storageState = { cookies: [{ ...contents.cookies[0], value: 'secret' }], origins: [] };

const BY_NAME = 'GET /v1/profiles?name=ann+at+the+shop';
const PATH = `/v1/profiles/${profile.id}`;
const found: Answers = { [BY_NAME]: { data: [profile], nextCursor: null } };

async function serve(answers: Answers = {}) {
  const { env, asked } = await startContractServer({ ...found, ...answers });
  const carrel = (words: string[], input?: Input, cwd?: string) => runCarrel(['profiles', ...words], env, cwd, input);
  return { carrel, asked };
}

async function temporaryDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'carrel-cli-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

describe('carrel profiles', () => {
  it('should find a profile by its name or its id, and say when there is none', async () => {
    const { carrel, asked } = await serve({
      'GET /v1/profiles?name=bob': { data: [], nextCursor: null },
      [`GET ${PATH}/versions?limit=100`]: { data: [version], nextCursor: null },
    });
    const byName = await carrel(['history', 'ann at the shop']);
    expect(byName.stdout).toMatch(/^7 current +\S+ +merge +5 \+ 6 br_0+1 +9\.0 kB +900 bytes$/m);
    expect((await carrel(['history', profile.id])).stdout).toBe(byName.stdout);
    expect(asked.map(([call]) => call)).toEqual([BY_NAME, `GET ${PATH}/versions?limit=100`, `GET ${PATH}/versions?limit=100`]);
    expect(await carrel(['history', 'bob'])).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('no profile called "bob"') });
  });

  it('should show who uses it, its versions and its biggest origins, and let no page drive the terminal', async () => {
    const { carrel } = await serve({
      [`GET ${PATH}/versions?limit=5`]: { data: [version], nextCursor: null },
      [`GET ${PATH}/contents`]: contents,
    });
    const { stdout, exitCode } = await carrel(['show', 'ann at the shop']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^in use by +br_0+1 since 2026-11-22T01:00:00.000Z$/m);
    expect(stdout).toMatch(/^https:\/\/shop\.test +4\.0 kB +2$/m);
    expect(stdout).toContain('2 origins with 4.0 kB, 1 cookie');
    expect(stdout).not.toContain('\u001b');
    expect(JSON.parse((await carrel(['show', 'ann at the shop', '--json'])).stdout)).toEqual({ ...profile, versions: [version], contents });
  });

  it('should show a profile of which nothing can be read, and say why', async () => {
    const missing = [503, { error: 'The key is not here.', code: 'profile_key_missing', details: {}, requestId: 'req_1' }] as const;
    const { carrel } = await serve({
      [`GET ${PATH}/versions?limit=5`]: { data: [version], nextCursor: null },
      [`GET ${PATH}/contents`]: missing,
    });
    const { exitCode, stdout, stderr } = await carrel(['show', 'ann at the shop']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringContaining('7 current') });
    expect(stderr).toContain('The key is not here.');
  });

  it('should list what a version holds', async () => {
    const { carrel } = await serve({ [`GET ${PATH}/contents?version=3`]: contents });
    const { stdout } = await carrel(['contents', profile.id, '--version', '3']);
    for (const line of [
      /^shop\.test +\/ +sid +session +httpOnly secure Lax$/m,
      /^every origin +geolocation +granted$/m,
      /^https:\/\/shop\.test\/a +3$/m,
    ]) {
      expect(stdout).toMatch(line);
    }
  });

  it('should make and change profiles', async () => {
    const { carrel, asked } = await serve({ 'POST /v1/profiles': [201, profile], [`PATCH ${PATH}`]: profile });
    await carrel(['create', 'ann', '--end-user', '42', '--metadata', 'a=1', '--keep-versions', '3']);
    await carrel(['rename', profile.id, 'bob']);
    await carrel(['update', 'ann at the shop', '--keep-versions', '5', '--metadata', 'b=2']);
    expect(asked).toEqual([
      ['POST /v1/profiles', { name: 'ann', endUserId: '42', metadata: { a: '1' }, keepVersions: 3 }],
      [`PATCH ${PATH}`, { name: 'bob' }],
      [BY_NAME],
      [`PATCH ${PATH}`, { metadata: { b: '2' }, keepVersions: 5 }],
    ]);
    expect((await carrel(['update', 'ann'])).exitCode).toBe(2);
  });

  it('should ask before it deletes on a terminal, and nowhere else', async () => {
    const { carrel, asked } = await serve({ [`DELETE ${PATH}`]: [204] });
    const deletions = () => asked.filter(([call]) => call.startsWith('DELETE')).length;
    for (const text of ['n\n', '\n', '']) {
      const { exitCode, stderr } = await carrel(['rm', 'ann at the shop'], { text, isTTY: true });
      expect(exitCode).toBe(1);
      expect(stderr).toContain('Delete ann at the shop (12 kB');
    }
    expect(deletions()).toBe(0);
    expect((await carrel(['rm', 'ann at the shop'], { text: 'y\n', isTTY: true })).exitCode).toBe(0);
    expect((await carrel(['rm', 'ann at the shop', '--yes'], { text: '', isTTY: true })).stderr).toBe('');
    expect((await carrel(['rm', 'ann at the shop'])).exitCode).toBe(0);
    expect(deletions()).toBe(3);
  });

  it('should write an export as others read it, into a file for its owner alone', async () => {
    const { carrel, asked } = await serve({ [`POST ${PATH}/export`]: { version: 7, storageState } });
    const cwd = await temporaryDirectory();
    const plain = await carrel(['export', profile.id]);
    expect(JSON.parse(plain.stdout)).toEqual(storageState);
    expect(JSON.parse((await carrel(['export', profile.id, '--json'])).stdout)).toEqual({ version: 7, storageState });
    const path = join(cwd, 'state.json');
    await writeFile(path, 'older and longer than what comes, and readable to all'.repeat(20));
    await chmod(path, 0o644);
    const written = await carrel(['export', profile.id, '-o', 'state.json', '--version', '7'], undefined, cwd);
    expect(written.stdout).toContain(path);
    expect(written.stdout).not.toContain('secret');
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(storageState);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(asked.map(([, body]) => body)).toEqual([
      { format: 'storageState' },
      { format: 'storageState' },
      { format: 'storageState', version: 7 },
    ]);
  });

  it('should warn whose screen has secrets on it, and let none of them drive the terminal', async () => {
    const hostile = { ...storageState, origins: [{ origin: 'https://a.test', localStorage: [{ name: 'a', value: '\u009b2J\u001b[2J' }] }] };
    const { carrel } = await serve({ [`POST ${PATH}/export`]: { version: 7, storageState: hostile } });
    const shown = await carrel(['export', profile.id], { text: '', isTTY: true });
    for (const control of ['\u009b', '\u001b']) expect(shown.stdout).not.toContain(control);
    expect(shown.stderr).toContain('These are secrets');
    const piped = await carrel(['export', profile.id]);
    expect(JSON.parse(piped.stdout)).toEqual(hostile);
    expect(piped.stderr).toBe('');
  });

  it('should import what it is given by file or by pipe', async () => {
    const { carrel, asked } = await serve({ [`POST ${PATH}/import`]: [201, { ...version, version: 8, source: 'import' }] });
    const cwd = await temporaryDirectory();
    await writeFile(join(cwd, 'state.json'), JSON.stringify(storageState));
    expect((await carrel(['import', profile.id, 'state.json'], undefined, cwd)).stdout).toBe('Imported as version 8 storageState\n');
    const netscape = 'shop.test\tFALSE\t/\tTRUE\t0\tsid\tx\n';
    expect((await carrel(['import', profile.id, '-'], { text: netscape })).exitCode).toBe(0);
    expect(asked.map(([, body]) => body)).toEqual([{ storageState }, { netscape }]);
    expect(await carrel(['import', profile.id, 'nowhere.json'], undefined, cwd)).toMatchObject({ exitCode: 2 });
    expect(await carrel(['import', profile.id, '-'], { text: 'prose' })).toMatchObject({ exitCode: 2 });
    expect(asked).toHaveLength(2);
  });

  it('should restore an old version', async () => {
    const { carrel } = await serve({ [`POST ${PATH}/versions/3/restore`]: [201, { ...version, version: 8, source: 'restore' }] });
    expect((await carrel(['restore', profile.id, '3'])).stdout).toBe('Version 3 is the current one again, as version 8\n');
    expect((await carrel(['restore', profile.id, 'three'])).exitCode).toBe(2);
  });
});
