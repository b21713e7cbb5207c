import { once } from 'node:events';
import { newId, routes, type Scope } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Api, newProject } from '../running/api.js';
import { startTestServer, type TestServer } from '../running/server-and-site.js';

let server: TestServer;
let operator: Api;
beforeAll(async () => {
  server = await startTestServer();
  operator = new Api(server.url, server.apiKey);
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

async function keyWith(...scopes: Scope[]): Promise<Api> {
  const { secret = '' } = await operator.must(routes.createApiKey, { body: { name: scopes.join(), scopes } });
  return operator.as(secret);
}

describe('profiles', () => {
  it('should be made, found, changed, listed and deleted', async () => {
    const body = { name: 'login', endUserId: 'u1', metadata: { plan: 'pro' }, keepVersions: 2 };
    const made = await operator.must(routes.createProfile, { body });
    const { id } = made;
    expect(made).toMatchObject({ ...body, currentVersion: null, sizeBytes: 0, heldBy: [] });
    await operator.mustFail(routes.createProfile, 'conflict', { body: { name: 'login' } });
    expect(await operator.must(routes.getProfile, { params: { id } })).toEqual(made);
    const changed = await operator.must(routes.updateProfile, { params: { id }, body: { name: null } });
    expect(changed).toMatchObject({ name: null, metadata: { plan: 'pro' } });
    await operator.mustFail(routes.updateProfile, 'invalid_request', { params: { id }, body: {} });
    const { data } = await operator.must(routes.listProfiles, { query: { endUserId: 'u1' } });
    expect(data).toEqual([changed]);
    expect(await operator.must(routes.listProfileVersions, { params: { id } })).toEqual({ data: [], nextCursor: null });
    await operator.mustFail(routes.getProfileContents, 'not_found', { params: { id } });
    await operator.mustFail(routes.restoreProfileVersion, 'not_found', { params: { id, version: '1' } });
    await operator.must(routes.deleteProfile, { params: { id } });
    await operator.mustFail(routes.getProfile, 'not_found', { params: { id } });
    const events = await operator.must(routes.listAuditEvents);
    expect(events.data).toMatchObject([{ action: 'profile.deleted', subject: id, details: { endUserId: 'u1' } }]);
  });

  it('should be listed page by page, newest first', async () => {
    const { api } = await newProject(operator, 1);
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.unshift((await api.must(routes.createProfile)).id);
    const first = await api.must(routes.listProfiles, { query: { limit: 3 } });
    const second = await api.must(routes.listProfiles, { query: { limit: 3, cursor: first.nextCursor ?? '' } });
    expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(ids);
    expect(second.nextCursor).toBeNull();
  });

  it('should be made once, when asked for twice with one key', async () => {
    const headers = { 'idempotency-key': newId('request') };
    const first = await operator.must(routes.createProfile, { headers });
    expect(await operator.must(routes.createProfile, { headers })).toEqual(first);
  });

  it('should not be there for another project, nor seen without the scopes', async () => {
    const { id } = await operator.must(routes.createProfile);
    const { api } = await newProject(operator, 1);
    const params = { id, version: '1' };
    for (const [route, body] of [
      [routes.getProfile, undefined],
      [routes.updateProfile, { metadata: {} }],
      [routes.deleteProfile, undefined],
      [routes.listProfileVersions, undefined],
      [routes.restoreProfileVersion, undefined],
      [routes.getProfileContents, undefined],
    ] as const) {
      const { error } = await api.mustFail(route, 'not_found', { params, body });
      const unknown = newId('profile');
      const nobodys = await api.mustFail(route, 'not_found', { params: { ...params, id: unknown }, body });
      expect(error.replaceAll(id, unknown)).toBe(nobodys.error);
    }
    expect((await api.must(routes.listProfiles)).data).toEqual([]);
    expect((await api.must(routes.listAuditEvents)).data).toEqual([]);
    const reader = await keyWith('profiles:read');
    await reader.must(routes.getProfile, { params });
    await reader.mustFail(routes.deleteProfile, 'insufficient_scope', { params });
    await reader.mustFail(routes.listAuditEvents, 'insufficient_scope');
    await reader.mustFail(routes.rotateMasterKey, 'insufficient_scope');
  });
});

describe('a rotation of the master key', () => {
  it('should leave what was there as usable as before', async () => {
    const headers = { 'idempotency-key': newId('request') };
    const { id } = await operator.must(routes.createProfile, { headers });
    const browser = await operator.must(routes.openBrowser);
    const rotated = await operator.must(routes.rotateMasterKey);
    expect(rotated.rewrapped).toBeGreaterThan(0);
    expect((await operator.must(routes.createProfile, { headers })).id).toBe(id);
    const client = new WebSocket(browser.cdpUrl ?? '');
    await once(client, 'open'); // the URL has a token of the key before
    client.terminate();
    const { data } = await operator.must(routes.listAuditEvents, { query: { limit: 1 } });
    expect(data).toMatchObject([{ action: 'master_key.rotated', subject: rotated.keyId, details: { rewrapped: rotated.rewrapped } }]);
    await operator.must(routes.closeBrowser, { params: { id: browser.id } });
  });
});
