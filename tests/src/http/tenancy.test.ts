import { type Browser, newId, type RouteContract, type RouteName, routes, SCOPES, type Scope } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Api, newProject } from '../running/api.js';
import { startTestServer, type TestServer } from '../running/server-and-site.js';

const ALL = Object.entries(routes) as [RouteName, RouteContract][];
const OF_BROWSERS = ALL.filter(([, { path }]) => path.startsWith('/v1/browsers/:id'));
const GUARDED = ALL.filter(([, { scope }]) => scope !== null);
const TAB_ID = '0'.repeat(32);

/** A body that each call would take. */
const BODIES: Partial<Record<RouteName, unknown>> = {
  updateBrowser: { metadata: {} },
  execute: { type: 'evaluate', expression: '1' },
  setCookies: { cookies: [{ name: 'a', value: 'b', url: 'http://a.test/' }] },
  createProject: { name: 'x' },
  updateProject: { name: 'x' },
  createApiKey: { name: 'x' },
};

let server: TestServer;
let operator: Api;
let victim: Browser;
let stranger: { id: string; api: Api; key: string };

beforeAll(async () => {
  server = await startTestServer();
  operator = new Api(server.url, server.apiKey);
  victim = await operator.must(routes.openBrowser);
  stranger = await newProject(operator, 1);
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

const optionsFor = (name: RouteName, id: string) => {
  const route: RouteContract = routes[name];
  return {
    params: { id, tabId: TAB_ID, name: 'a.txt', linkId: newId('liveLink') },
    ...(route.rawBody && { rawBody: 'x', headers: { 'content-type': 'application/octet-stream' } }),
    ...(route.body && { body: BODIES[name] ?? {} }),
  };
};

async function keyWith(...scopes: Scope[]): Promise<Api> {
  const { secret = '' } = await operator.must(routes.createApiKey, { body: { name: scopes.join(), scopes } });
  return operator.as(secret);
}

describe('a browser of another project', () => {
  it.each(OF_BROWSERS)('should not be there for %s', async (name, route) => {
    const { error } = await stranger.api.mustFail(route, 'not_found', optionsFor(name, victim.id));
    // The same words as for an id that nobody has.
    const unknown = newId('browser');
    const nobodys = await stranger.api.mustFail(route, 'not_found', optionsFor(name, unknown));
    expect(error.replaceAll(victim.id, unknown)).toBe(nobodys.error);
  });

  it('should not be in lists, and be unharmed', async () => {
    expect((await stranger.api.must(routes.listBrowsers)).data).toEqual([]);
    expect((await operator.must(routes.getBrowser, { params: { id: victim.id } })).status).toBe('running');
  });

  it('should not be driven over CDP with a key', async () => {
    const url = `${server.url.replace('http', 'ws')}/v1/browsers/${victim.id}/cdp`;
    const status = await new Promise((resolve, reject) => {
      const socket = new WebSocket(url, { headers: { authorization: `Bearer ${stranger.key}` } });
      socket.on('unexpected-response', (_request, response) => {
        resolve(response.statusCode);
        response.destroy();
      });
      socket.on('open', () => reject(new Error('it was let in')));
    });
    expect(status).toBe(404);
  });
});

describe('API keys', () => {
  it.each(GUARDED)('should be asked for by %s, with its scope', async (name, route) => {
    const options = optionsFor(
      name,
      newId(route.path.includes('/projects') ? 'project' : route.path.includes('/api-keys') ? 'apiKey' : 'browser'),
    );
    for (const key of [null, 'ck_wrong', `${server.apiKey}x`, server.apiKey.slice(0, -1)]) {
      const { headers } = await operator.as(key).mustFail(route, 'unauthorized', options);
      expect(headers.get('www-authenticate')).toBe('Bearer');
    }
    if (route.scope === 'any') return;
    const others = (Object.keys(SCOPES) as Scope[]).filter((scope) => scope !== route.scope);
    const { details } = await (await keyWith(...others)).mustFail(route, 'insufficient_scope', options);
    expect(details).toMatchObject({ needed: route.scope });
  });

  it('should let a key that only reads see, and nothing else', async () => {
    const reader = await keyWith('browsers:read');
    const params = { id: victim.id };
    expect((await reader.must(routes.observe, { params })).metadata.tabs).toHaveLength(1);
    expect((await reader.must(routes.listBrowsers)).data.map(({ id }) => id)).toContain(victim.id);
    await reader.mustFail(routes.openBrowser, 'insufficient_scope');
    await reader.mustFail(routes.execute, 'insufficient_scope', { params, body: { type: 'evaluate', expression: '1' } });
    await reader.mustFail(routes.closeBrowser, 'insufficient_scope', { params });
    // With the URL it could do all that it may not.
    expect(await reader.must(routes.getBrowser, { params })).not.toHaveProperty('cdpUrl');
  });

  it('should be taken from the Authorization header alone', async () => {
    const anonymous = operator.as(null);
    await anonymous.mustFail(routes.listBrowsers, 'unauthorized', { headers: { authorization: `Basic ${server.apiKey}` } });
    await anonymous.mustFail(routes.listBrowsers, 'unauthorized', { headers: { authorization: server.apiKey } });
    await anonymous.mustFail(routes.listBrowsers, 'unauthorized', {
      headers: { cookie: `key=${server.apiKey}`, 'x-api-key': server.apiKey },
    });
    await anonymous.must(routes.listBrowsers, { headers: { authorization: `bearer ${server.apiKey}` } });
  });

  it('should be shown once, and be of no use after they were revoked', async () => {
    const made = await operator.must(routes.createApiKey, { body: { name: ' spaced ', scopes: ['browsers:read'] } });
    expect(made).toMatchObject({ name: 'spaced', scopes: ['browsers:read'], revokedAt: null });
    const secret = made.secret ?? '';
    expect(secret).toMatch(/^ck_\S{20,}$/);
    expect(secret.startsWith(made.hint.replace(/…$/, ''))).toBe(true);
    const key = operator.as(secret);
    await key.must(routes.listBrowsers);
    const { data } = await operator.must(routes.listApiKeys);
    expect(JSON.stringify(data)).not.toContain(secret);
    expect(data.find(({ id }) => id === made.id)?.lastUsedAt).not.toBeNull();
    const revoked = await operator.must(routes.revokeApiKey, { params: { id: made.id } });
    expect(revoked.revokedAt).not.toBeNull();
    await key.mustFail(routes.listBrowsers, 'unauthorized');
    expect(await operator.must(routes.revokeApiKey, { params: { id: made.id } })).toEqual(revoked);
  });

  it('should make no key that may do more than themselves, nor one of another project', async () => {
    const keeper = await keyWith('keys:manage', 'browsers:read');
    const { details } = await keeper.mustFail(routes.createApiKey, 'insufficient_scope', {
      body: { name: 'x', scopes: ['browsers:read', 'browsers:write'] },
    });
    expect(details).toMatchObject({ needed: ['browsers:write'] });
    await keeper.mustFail(routes.createApiKey, 'insufficient_scope', { body: { name: 'x', projectId: stranger.id } });
    expect((await keeper.must(routes.createApiKey, { body: { name: 'x' } })).scopes.sort()).toEqual(['browsers:read', 'keys:manage']);
    // Not even an operator hands its office on unless it says so.
    expect((await operator.must(routes.createApiKey, { body: { name: 'x' } })).scopes).not.toContain('projects:manage');
  });

  it('should not be seen or revoked by another project', async () => {
    const made = await operator.must(routes.createApiKey, { body: { name: 'mine' } });
    expect((await stranger.api.must(routes.listApiKeys)).data.map(({ id }) => id)).not.toContain(made.id);
    await stranger.api.mustFail(routes.revokeApiKey, 'not_found', { params: { id: made.id } });
    await operator.as(made.secret ?? '').must(routes.listBrowsers);
  });

  it('should be made for a project that exists', async () => {
    await operator.mustFail(routes.createApiKey, 'not_found', { body: { name: 'x', projectId: newId('project') } });
    await operator.mustFail(routes.createApiKey, 'invalid_request', { body: { name: 'x', scopes: [] } });
    await operator.mustFail(routes.createApiKey, 'invalid_request', { body: { name: '  ' } });
    await operator.mustFail(routes.createApiKey, 'invalid_request', { body: { name: 'a\0b' } });
  });
});

describe('projects', () => {
  it('should all be seen by an operator, and by others only their own', async () => {
    const all = await operator.must(routes.listProjects);
    expect(all.data.map(({ id }) => id)).toContain(stranger.id);
    expect(all.data.length).toBeGreaterThanOrEqual(2);
    expect((await stranger.api.must(routes.listProjects)).data.map(({ id }) => id)).toEqual([stranger.id]);
    const other = all.data.find(({ id }) => id !== stranger.id)?.id ?? '';
    await stranger.api.mustFail(routes.getProject, 'not_found', { params: { id: other } });
    expect((await stranger.api.must(routes.getProject, { params: { id: stranger.id } })).maxBrowsers).toBe(1);
  });

  it('should have a new limit at once', async () => {
    const { id, api } = await newProject(operator, 0);
    await api.mustFail(routes.openBrowser, 'quota_exceeded');
    expect(await operator.must(routes.updateProject, { params: { id }, body: { maxBrowsers: 1, name: 'renamed' } })).toMatchObject({
      name: 'renamed',
      maxBrowsers: 1,
    });
    await api.must(routes.openBrowser);
    await operator.must(routes.deleteProject, { params: { id } });
  });

  it('should take their keys and their browsers with them', async () => {
    const { id, api } = await newProject(operator, 1);
    const browser = await api.must(routes.openBrowser);
    await api.must(routes.createProfile);
    await api.must(routes.createProfile);
    const { name } = await operator.must(routes.getProject, { params: { id } });
    const ended = new Promise((resolve) => new WebSocket(browser.cdpUrl ?? '').on('close', resolve));
    await operator.must(routes.deleteProject, { params: { id } });
    await api.mustFail(routes.listBrowsers, 'unauthorized');
    await operator.mustFail(routes.getProject, 'not_found', { params: { id } });
    await operator.mustFail(routes.deleteProject, 'not_found', { params: { id } });
    await ended;
    // Its own log is gone with it: that it was there, and what went with it, is in that of whoever deleted it.
    const told = (await operator.must(routes.listAuditEvents)).data.filter(({ subject }) => subject === id);
    expect(told).toMatchObject([{ action: 'project.deleted', details: { name, profiles: 2 } }]);
  });

  it('should not be deleted from within, nor the one that every server has, whose browsers live on', async () => {
    const { data } = await operator.must(routes.listProjects);
    const own = data.at(-1)?.id ?? '';
    await operator.mustFail(routes.deleteProject, 'conflict', { params: { id: own } });
    const { secret = '' } = await operator.must(routes.createApiKey, {
      body: { name: 'second operator', projectId: stranger.id, scopes: ['projects:manage', 'browsers:read'] },
    });
    await operator.as(secret).mustFail(routes.deleteProject, 'conflict', { params: { id: own } });
    expect((await operator.must(routes.getBrowser, { params: { id: victim.id } })).status).toBe('running');
  });
});
