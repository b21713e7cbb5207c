import { routes } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answering, Conversations, calling } from '../conversations/deployment.js';
import { greetingPage, startSite, type TestSite } from '../running/server-and-site.js';
import { Watcher } from './watcher.js';

let conversations: Conversations;
let site: TestSite;
beforeAll(async () => {
  conversations = await Conversations.start();
  site = await startSite(greetingPage);
});
afterAll(async () => {
  await conversations?.[Symbol.asyncDispose]();
  await site?.[Symbol.asyncDispose]();
});

describe('A link to watch an agent by', () => {
  it('should show what it does, in a browser that nobody else may drive or read, and let nobody do anything', async () => {
    const { api } = conversations;
    let mayEnd = () => {};
    const end = new Promise<void>((resolve) => {
      mayEnd = resolve;
    });
    const steps = [calling('navigate', { url: `${site.url}/watched` }), () => end.then(() => answering('Done.'))];
    const taskId = await conversations.submit(steps, { startUrl: site.url });
    const { browserId } = await conversations.until(taskId, (task) => task.browserId !== null);
    const params = { id: browserId ?? '' };
    const { url } = await api.must(routes.createLiveLink, { params, body: { scope: 'view' } });
    await using watcher = await Watcher.open(url);
    await watcher.until(() => watcher.last('state')?.url === `${site.url}/watched`, 'the page of the agent');
    await watcher.until(() => watcher.frames[0], 'a frame');
    watcher.say({ type: 'control.take' });
    watcher.say({ type: 'navigate', url: `${site.url}/watchers` });
    await watcher.until(() => watcher.messages.filter(({ type }) => type === 'notice').length === 2, 'the notices');
    await api.mustFail(routes.execute, 'insufficient_scope', { params, body: { type: 'reload' } });
    await api.mustFail(routes.openTab, 'insufficient_scope', { params, body: {} });
    expect((await conversations.get(taskId)).status).toBe('running');
    mayEnd();
    expect(await conversations.ended(taskId)).toMatchObject({ status: 'completed' });
    await watcher.until(() => watcher.closed, 'the end');
    const { data } = await api.must(routes.listEvents, { params, query: { limit: 1000 } });
    expect(data.filter(({ type }) => type.startsWith('control.'))).toEqual([]);
    expect(data.filter(({ type }) => type === 'tab.navigated').map((event) => JSON.stringify(event.data))).not.toContain('watchers');
  });
});

describe('An agent whose browser a person takes in hand', () => {
  it('should end at once when its task is cancelled meanwhile, and leave the browser to nobody', async () => {
    const { api } = conversations;
    const taskId = await conversations.submit([calling('wait', { seconds: 1 })], { startUrl: site.url });
    const { browserId } = await conversations.until(taskId, (task) => task.browserId !== null);
    const { url } = await api.must(routes.createLiveLink, { params: { id: browserId ?? '' }, body: { scope: 'control' } });
    await using watcher = await Watcher.open(url);
    await watcher.take();
    await conversations.until(taskId, ({ status }) => status === 'paused');
    await api.must(routes.cancelTask, { params: { id: taskId } });
    expect((await conversations.ended(taskId)).status).toBe('cancelled');
    await watcher.until(() => watcher.closed, 'the end');
    // A rejection that nobody hears would end the server.
    await api.must(routes.health);
  });

  it('should pause, do nothing meanwhile, and go on with what the person has left', async () => {
    const { api } = conversations;
    let isAsked = () => {};
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    let mayAnswer = () => {};
    const answer = new Promise<void>((resolve) => {
      mayAnswer = resolve;
    });
    const taskId = await conversations.submit(
      [
        async () => {
          isAsked();
          await answer;
          return calling('navigate', { url: `${site.url}/agents` });
        },
        answering('Done.'),
      ],
      { startUrl: site.url },
    );
    await asked;
    const { browserId } = await conversations.get(taskId);
    const { url } = await api.must(routes.createLiveLink, { params: { id: browserId ?? '' }, body: { scope: 'control' } });
    await using watcher = await Watcher.open(url);
    await watcher.take();
    // The model decides while a person has the browser: nothing comes of it yet.
    mayAnswer();
    const paused = await conversations.until(taskId, ({ status }) => status === 'paused');
    expect(paused.waitingFor).toMatchObject({ reason: 'control', question: null, url: null });
    watcher.say({ type: 'navigate', url: `${site.url}/persons` });
    await watcher.until(() => watcher.last('state')?.url === `${site.url}/persons`, 'the page of the person');
    expect((await conversations.get(taskId)).status).toBe('paused');
    watcher.say({ type: 'control.release' });
    const task = await conversations.ended(taskId);
    expect(task).toMatchObject({ status: 'completed', result: 'Done.' });
    expect(task.stepSummaries.at(-1)?.url).toBe(`${site.url}/agents`);
    const types = (await conversations.log(taskId)).map(({ type }) => type);
    expect(types.filter((type) => /paused|resumed/.test(type))).toEqual(['task.paused', 'task.resumed']);
    const { data } = await api.must(routes.listEvents, { params: { id: browserId ?? '' }, query: { limit: 1000 } });
    expect(data.map(({ type }) => type).filter((type) => type.startsWith('control.'))).toEqual(['control.taken', 'control.released']);
  });
});
