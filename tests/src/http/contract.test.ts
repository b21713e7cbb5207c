import { type RouteContract, type RouteName, routes } from '@carrel/protocol';
import { openApiDocument } from '@carrel/protocol/openapi';
import { VERSION } from '@carrel/server';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answering, Conversations, calling } from '../conversations/deployment.js';
import type { Api, CallOptions } from '../running/api.js';
import { greetingPage, startSite, type TestSite } from '../running/server-and-site.js';

const STEP_TIMEOUT_MS = 15_000;

let carrel: Conversations;
let server: Conversations['server'];
let site: TestSite;
let api: Api;

beforeAll(async () => {
  carrel = await Conversations.start({ CARREL_WEBHOOK_ALLOW: '127.0.0.0/8' });
  ({ server, api } = carrel);
  site = await startSite(greetingPage);
});
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
  await carrel?.[Symbol.asyncDispose]();
});

describe('/openapi.json', () => {
  it('should be valid, the document of the contract, and open to every origin', async () => {
    const response = await fetch(`${server.url}/openapi.json`, { headers: { origin: 'https://tools.test' } });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    const document = (await response.json()) as Record<string, unknown>;
    expect(await new Validator().validate(structuredClone(document))).toEqual({ valid: true });
    expect(document).toEqual(JSON.parse(JSON.stringify(openApiDocument(VERSION, server.url))));
  });
});

type Call = <Name extends RouteName>(
  name: Name,
  options?: CallOptions,
) => ReturnType<typeof api.must<(typeof routes)[Name] & RouteContract>>;

async function callOfProfiles(call: Call): Promise<void> {
  const { id } = await call('createProfile', { body: { name: 'n' } });
  const params = { id };
  await call('importProfile', { params, body: { cookies: [{ name: 'a', value: 'b', url: site.url }] } });
  const browser = await call('openBrowser', { body: { profile: { id, persist: true } } });
  await call('checkpoint', { params: { id: browser.id } });
  await call('closeBrowser', { params: { id: browser.id } });
  await call('listProfiles');
  await call('getProfile', { params });
  await call('updateProfile', { params, body: { keepVersions: 5 } });
  await call('listProfileVersions', { params });
  await call('restoreProfileVersion', { params: { id, version: '1' } });
  await call('getProfileContents', { params });
  await call('exportProfile', { params, body: { format: 'cookies' } });
  await call('rotateMasterKey');
  await call('deleteProfile', { params });
  await call('listAuditEvents');
}

async function callOfDashboard(call: Call): Promise<void> {
  await call('getAccount');
  const { url } = await call('createSignInLink');
  await call('signIn', { body: { code: url.split('#code=')[1] } });
  await call('signOut');
  await call('listProjectEvents');
  await call('getSettings');
  await call('getCapacity');
}

/** @param left what was not called yet */
async function callOfRecordings(call: Call, left: Set<string>): Promise<void> {
  const { id } = await call('openBrowser', { body: { record: true } });
  const params = { id };
  await call('execute', { params, body: { type: 'goto', url: site.url } });
  const deadline = AbortSignal.timeout(STEP_TIMEOUT_MS);
  for (let isThere = false; !isThere; deadline.throwIfAborted()) isThere = (await api.call(routes.getRecordingFrame, { params })).ok;
  await call('getRecordingFrame', { params });
  await call('getRecordingFrames', { params });
  await call('listRecordingLines', { params });
  await call('getRecording', { params });
  await call('listRecordings');
  await call('closeBrowser', { params });
  // Where there is no ffmpeg it is refused, which is documented too.
  if ((await api.call(routes.exportRecording, { params })).ok) await call('exportRecording', { params });
  else await api.mustFail(routes.exportRecording, 'recording_export_unavailable', { params });
  left.delete('exportRecording');
  await call('deleteRecording', { params });
}

async function callOfTasks(call: Call): Promise<void> {
  const hook = await call('createWebhook', { body: { url: site.url } });
  const told = { params: { id: hook.id } };
  const { taskId, sessionId } = await carrel.submitted([calling('ask_human', { question: 'Which?' }), answering('That one.')], {
    startUrl: site.url,
    screenshots: true,
  });
  const params = { id: taskId };
  await carrel.until(taskId, ({ status }) => status === 'paused');
  await call('resumeTask', { params, body: { answer: 'the second' } });
  await carrel.ended(taskId);
  await call('getTask', { params, query: { include: 'context' } });
  await call('getStepScreenshot', { params: { id: taskId, n: '1' } });
  await call('listTaskEvents', { params });
  const hanging = await call('submitTask', { body: { endUserId: 'ann', task: 'Anything', onBusy: 'reject', model: 'builtin' } });
  await call('pauseTask', { params: { id: await carrel.submit([{ hangs: true }]) } });
  await call('cancelTask', { params: { id: hanging.taskId } });
  const dead = await carrel.run([{ status: 401 }]);
  await call('listDeadTasks');
  await call('requeueTask', { params: { id: dead.taskId } });
  await call('listTasks');
  await call('listSessions');
  await call('getSession', { params: { id: sessionId } });
  await call('exportSession', { params: { id: sessionId } });
  await call('listWebhooks');
  await call('getWebhook', told);
  await call('updateWebhook', { ...told, body: { events: ['task.failed'] } });
  await call('rotateWebhookSecret', told);
  const delivered = async () => (await call('listDeliveries', { ...told, query: { status: 'delivered' } })).data[0];
  await expect.poll(delivered, { timeout: 20_000 }).toBeDefined();
  await call('redeliver', { params: { id: hook.id, deliveryId: (await delivered())?.id ?? '' } });
  await call('deleteWebhook', told);
  await call('deleteSession', { params: { id: sessionId } });
}

async function callOfEndUsers(call: Call): Promise<void> {
  const params = { id: 'ann' };
  await call('setCredentials', { params, body: { logins: [{ domain: 'site.test', username: 'ann', password: 'a long secret' }] } });
  await call('getCredentials', { params });
  await call('deleteCredentials', { params, body: { logins: ['site.test'] } });
  const { browserId } = await call('loginEndUser', { params, body: { url: site.url } });
  await call('closeBrowser', { params: { id: browserId } });
  await call('listEndUsers');
  await call('getEndUser', { params });
  await call('exportEndUser', { params });
  await call('deleteEndUser', { params });
}

describe('every call of the contract', () => {
  it('should succeed as documented', async () => {
    const left = new Set(Object.keys(routes) as RouteName[]);
    const call: Call = (name, options = {}) => {
      left.delete(name);
      return api.must(routes[name], options);
    };
    await call('health');
    await callOfDashboard(call);
    await call('ready');

    const { id } = await call('openBrowser', { body: { metadata: { a: 'b' } } });
    const params = { id };
    await call('getBrowser', { params });
    await call('listBrowsers');
    await call('updateBrowser', { params, body: { idleTimeoutSeconds: 60 } });
    await call('execute', { params, body: { type: 'goto', url: site.url } });
    await call('observe', { params, body: { screenshot: true, markdown: true } });
    await call('scrape', { params, body: { fields: { title: 'h1', links: { selector: 'a', attribute: 'href', all: true } } } });
    await call('screenshot', { params, body: { format: 'webp', fullPage: true } });
    await call('pdf', { params });
    const live = await call('createLiveLink', { params, body: { scope: 'view' } });
    await call('listLiveLinks', { params });
    await call('revokeLiveLink', { params: { ...params, linkId: live.id } });
    await call('setCookies', { params, body: { cookies: [{ name: 'a', value: 'b', url: site.url }] } });
    await call('getCookies', { params });
    const tab = await call('openTab', { params, body: { url: site.url } });
    await call('listTabs', { params });
    await call('closeTab', { params: { id, tabId: tab.id } });
    const file = { params: { id, name: 'a.txt' } };
    await call('putFile', { ...file, rawBody: 'text', headers: { 'content-type': 'text/plain' } });
    await call('listFiles', { params });
    await call('getFile', file);
    await call('deleteFile', file);
    await call('listEvents', { params });
    await call('getNetwork', { params });
    await call('getResources', { params });
    await call('metrics');
    await call('closeBrowser', { params });

    await callOfProfiles(call);
    await callOfRecordings(call, left);
    await callOfTasks(call);
    await callOfEndUsers(call);

    const project = await call('createProject', { body: { name: 'p' } });
    await call('listProjects');
    await call('getProject', { params: { id: project.id } });
    await call('updateProject', { params: { id: project.id }, body: { name: 'q' } });
    const key = await call('createApiKey', { body: { name: 'k' } });
    await call('listApiKeys');
    await call('revokeApiKey', { params: { id: key.id } });
    await call('deleteProject', { params: { id: project.id } });
    expect([...left]).toEqual([]);
  }, 90_000);
});
