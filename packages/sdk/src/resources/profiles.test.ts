import { describe, expect, it } from 'vitest';
import { Carrel } from '../client.js';
import { failure, hangUp, json, startContractServer } from '../testing/contract-server.js';
import type { ImportProfileRequest, ProfileVersion } from '../types.js';

const ID = 'pf_00000000000000000000000001';
const version: ProfileVersion = {
  version: 3,
  createdAt: '2026-11-22T00:00:00.000Z',
  source: 'import',
  browserId: null,
  basedOn: 2,
  mergedWith: null,
  kind: 'headless-shell',
  browserVersion: '156.0.8078.79',
  sizeBytes: 900,
  unpackedBytes: 9000,
  isCurrent: true,
};
const cookie = { name: 'sid', value: 'x', domain: 'shop.example', path: '/', expires: -1, httpOnly: true, secure: true };
const storageState = { cookies: [{ ...cookie, sameSite: 'Lax' as const }], origins: [] };

async function clientOf(...answers: Parameters<typeof startContractServer>) {
  const { url, received } = await startContractServer(...answers);
  const asked = () => received.map(({ method, path, body }) => [`${method} ${path}`, ...(body === '' ? [] : [JSON.parse(body)])]);
  return { client: new Carrel({ url }), received, asked };
}

describe('profiles', () => {
  it('should ask for what the contract has', async () => {
    const { client, asked } = await clientOf(json(200, { id: ID, data: [version], nextCursor: null }));
    await client.profiles.create();
    await client.profiles.create({ name: 'ann', endUserId: '42', keepVersions: 3 });
    await client.profiles.get(ID);
    await client.profiles.list({ name: 'ann & bob', endUserId: '42' }).all();
    await client.profiles.update(ID, { name: null });
    expect(await client.profiles.versions(ID, { limit: 5 }).all()).toEqual([version]);
    await client.profiles.restore(ID, 2);
    await client.profiles.contents(ID);
    await client.profiles.contents(ID, { version: 2 });
    await client.auditEvents.list({ limit: 1 }).all();
    await client.masterKey.rotate();
    expect(asked()).toEqual([
      ['POST /v1/profiles', {}],
      ['POST /v1/profiles', { name: 'ann', endUserId: '42', keepVersions: 3 }],
      [`GET /v1/profiles/${ID}`],
      ['GET /v1/profiles?name=ann+%26+bob&endUserId=42'],
      [`PATCH /v1/profiles/${ID}`, { name: null }],
      [`GET /v1/profiles/${ID}/versions?limit=5`],
      [`POST /v1/profiles/${ID}/versions/2/restore`],
      [`GET /v1/profiles/${ID}/contents`],
      [`GET /v1/profiles/${ID}/contents?version=2`],
      ['GET /v1/audit-events?limit=1'],
      ['POST /v1/master-key/rotate'],
    ]);
  });

  it('should give an export by the name of its format', async () => {
    const { client, asked } = await clientOf(
      json(200, { version: 3, storageState }),
      json(200, { version: 3, cookies: [cookie] }),
      json(200, { version: 2, netscape: '# Netscape HTTP Cookie File\n' }),
    );
    expect((await client.profiles.export(ID)).storageState.cookies).toHaveLength(1);
    expect((await client.profiles.export(ID, { format: 'cookies' })).cookies[0]?.name).toBe('sid');
    expect((await client.profiles.export(ID, { format: 'netscape', version: 2 })).netscape).toMatch(/^# Netscape/);
    expect(asked().map(([, body]) => body)).toEqual([{}, { format: 'cookies' }, { format: 'netscape', version: 2 }]);
  });

  const imports: ImportProfileRequest[] = [{ storageState }, { cookies: [cookie] }, { netscape: '# Netscape HTTP Cookie File\n' }];
  it.each(imports)('should import once although the answer was lost: %j', async (what) => {
    const { client, received, asked } = await clientOf(hangUp, json(201, version));
    expect(await client.profiles.import(ID, what)).toEqual(version);
    const request = [`POST /v1/profiles/${ID}/import`, what];
    expect(asked()).toEqual([request, request]);
    const [first, second] = received.map(({ headers }) => headers['idempotency-key']);
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect(second).toBe(first);
  });

  it('should take the store for away only for a while, and never wait for a profile by itself', async () => {
    const away = failure(503, 'profile_store_unavailable', { 'retry-after': '0' });
    const { client, received } = await clientOf(away, json(201, version), failure(409, 'profile_locked', { 'retry-after': '0' }));
    expect(await client.profiles.restore(ID, 2)).toEqual(version);
    await expect(client.browsers.open({ profile: { id: ID, persist: true } })).rejects.toMatchObject({ code: 'profile_locked' });
    expect(received).toHaveLength(3);
  });

  it('should take a profile for deleted when the answer to that was lost', async () => {
    const { client } = await clientOf(hangUp, failure(404, 'not_found'));
    await client.profiles.delete(ID);
    await expect(client.profiles.delete(ID)).rejects.toMatchObject({ code: 'not_found' });
  });
});
