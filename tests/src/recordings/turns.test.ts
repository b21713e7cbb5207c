import { routes, type Task } from '@carrel/protocol';
import { Carrel, type RecordingFrame, type RecordingLine } from '@carrel/sdk';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { answering, Conversations, calling, type Steps } from '../conversations/deployment.js';
import { newProject } from '../running/api.js';
import { startSite, type TestSite } from '../running/server-and-site.js';

const PATIENCE = { timeout: 20_000, interval: 50 };
/** As dots it is less than half as wide. */
const PASSWORD = 'WWWWWWWWWWWWWWWW';
const CLOSELY = { maxFramesPerSecond: 10, maxWidth: 1280, quality: 90, uncaughtErrors: true };

let carrel: Conversations;
let client: Carrel;
let site: TestSite;

/** What is typed in is shown, as wide as it is, before a red ground; where all is there, there is a blue box. */
const SHOWING = `<title>Shown</title><style>body { margin: 0; font: 60px sans-serif } #said { background: red; color: red } </style>
  <span id="said"></span><p id="count"></p><div style="position: fixed; left: 900px; top: 400px; width: 200px; height: 200px; background: blue"></div>
  <script>
    const said = new URLSearchParams(location.search).get('password');
    document.getElementById('said').textContent = said;
    console.log('You said', said);
    console.error({ toString: () => said });
    document.title = 'Signed in with ' + said;
    history.pushState(null, '', '/in/' + encodeURIComponent(said));
    fetch('/told/' + encodeURIComponent(said));
    setTimeout(() => { throw new Error('not caught: ' + said); });
    // Made anew, as frameworks do, as it was at first.
    const again = () => {
      const next = document.getElementById('said').cloneNode();
      next.removeAttribute('style');
      next.textContent = said;
      document.getElementById('said').replaceWith(next);
    };
    for (const afterMs of [300, 900]) setTimeout(again, afterMs);
    // Something changes all the time, so that pictures come.
    let count = 0;
    setInterval(() => (document.getElementById('count').textContent = ++count), 100);
  </script>`;

beforeAll(async () => {
  carrel = await Conversations.start({ CARREL_RECORD: '1' });
  client = new Carrel({ url: carrel.server.url, apiKey: carrel.server.apiKey });
  site = await startSite((request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    const form = `<title>Sign in</title><form action="/shown"><label>Password <input type="password" name="password"></label><button>Sign in</button></form>`;
    response.end(`<!doctype html>${request.url?.startsWith('/shown') || request.url?.startsWith('/in/') ? SHOWING : form}`);
  });
  const login = { alias: 'site', domain: '127.0.0.1', origins: [site.url], username: 'ann.of.the.site', password: PASSWORD };
  await carrel.api.must(routes.setCredentials, { params: { id: 'ann' }, body: { logins: [login] } });
}, 60_000);
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
  await carrel?.[Symbol.asyncDispose]();
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** The recording of the browser of a turn, once it is over. */
async function recordingOf({ taskId }: Pick<Task, 'taskId'>) {
  const list = () => client.recordings.list({ taskId }).all();
  await expect.poll(async () => (await list()).map(({ endedAt }) => endedAt === null), PATIENCE).toEqual([false]);
  const [recording] = await list();
  if (recording === undefined) throw new Error('it has gone');
  return recording;
}

/** The colours that pictures have at places of a viewport, by a browser that decodes them. */
async function coloursAt(frames: readonly RecordingFrame[], places: readonly { x: number; y: number }[]): Promise<string[][]> {
  const { id } = await carrel.api.must(routes.openBrowser, { body: { record: false } });
  const colours: string[][] = [];
  for (const { jpeg, width } of frames) {
    const expression = `(async () => {
      const picture = await createImageBitmap(await (await fetch('data:image/jpeg;base64,${Buffer.from(jpeg).toString('base64')}')).blob());
      const context = Object.assign(document.createElement('canvas'), { width: picture.width, height: picture.height }).getContext('2d');
      context.drawImage(picture, 0, 0);
      return ${JSON.stringify(places)}.map(({ x, y }) => {
        const scale = picture.width / ${width};
        const [red, green, blue] = context.getImageData(x * scale, y * scale, 1, 1).data;
        return red > 180 && blue < 80 ? 'red' : blue > 180 && red < 80 ? 'blue' : 'other';
      });
    })()`;
    const { value } = await carrel.api.must(routes.execute, { params: { id }, body: { type: 'evaluate', expression } });
    colours.push(value as string[]);
  }
  await carrel.api.must(routes.closeBrowser, { params: { id } });
  return colours;
}

/** Behind where dots end, and in the box that is there when all is. */
const PLACES = [
  { x: 500, y: 35 },
  { x: 1000, y: 500 },
];
/** Answers when there are more pictures of the browser of an end user, which is the only one that they have. */
const answeringWhenSeen = (endUserId: string): Steps[number] => {
  const frames = async () => (await client.recordings.list({ endUserId }).all())[0]?.frames ?? 0;
  return async () => {
    const before = await frames();
    await vi.waitFor(async () => expect(await frames()).toBeGreaterThan(before + 2), PATIENCE);
    return answering('You are in.');
  };
};

describe('the recording of a turn', { timeout: 90_000 }, () => {
  it('should have what the agent did, and show and say no secret of the end user, whatever the page makes of it', async () => {
    const steps: Steps = [
      (request) => calling('fill_credential', { alias: 'site', field: 'password', ref: request.ref('textbox "Password"') }),
      (request) => calling('click', { ref: request.ref('button "Sign in"') }),
      answeringWhenSeen('ann'),
    ];
    const task = await carrel.run(steps, { startUrl: `${site.url}/sign-in`, record: CLOSELY });
    expect(task.status).toBe('completed');
    const recording = await recordingOf(task);
    expect(recording).toMatchObject({ browserId: task.browserId, taskId: task.taskId, sessionId: task.sessionId, endUserId: 'ann' });
    const lines = await all(client.recordings.timeline(recording.browserId));
    const ofType = (type: string): RecordingLine[] => lines.filter((line) => line.type === type);
    expect(ofType('step.finished').map(({ data }) => data.step)).toEqual(task.stepSummaries.map(({ n }) => n));
    expect(ofType('tool.called').map(({ data }) => data.tool)).toEqual(['fill_credential', 'click', 'done']);
    expect(ofType('model.called')).toHaveLength(task.stepSummaries.length);
    expect(ofType('task.ended')[0]?.data).toMatchObject({ stopReason: 'done', result: 'You are in.' });
    const written = JSON.stringify(lines);
    // It was there to see, and is taken out.
    expect(JSON.stringify(ofType('console.message'))).toContain('You said [secret:site.password]');
    expect(JSON.stringify(ofType('console.message'))).toContain('not caught: [secret:site.password]');
    expect(JSON.stringify(ofType('tab.navigated'))).toContain('/in/[secret:site.password]');
    expect(written).not.toContain(PASSWORD);

    const frames = await all(client.recordings.frames(recording.browserId));
    const colours = await coloursAt(frames, PLACES);
    expect(colours.filter(([, box]) => box === 'blue').length).toBeGreaterThan(0);
    expect(colours.filter(([behindDots]) => behindDots === 'red')).toEqual([]);
  });

  it('should show the same text where it is no secret', async () => {
    const task = await carrel.run([answeringWhenSeen('ben')], {
      endUserId: 'ben',
      startUrl: `${site.url}/shown?password=${PASSWORD}`,
      record: CLOSELY,
    });
    const recording = await recordingOf(task);
    const colours = await coloursAt(await all(client.recordings.frames(recording.browserId)), PLACES);
    expect(colours).toContainEqual(['red', 'blue']);
    expect(JSON.stringify(await all(client.recordings.timeline(recording.browserId)))).toContain(PASSWORD);
  });
});

describe('whether a browser is recorded', () => {
  it('should be said by itself, else by its project, else by the server; never one in which a person signs in', async () => {
    const { api, id: projectId } = await newProject(carrel.api, 5);
    const expected: (string | null)[] = [];
    const open = async (record: boolean | undefined, isRecorded: boolean) => {
      const { id } = await api.must(routes.openBrowser, { body: { record } });
      if (isRecorded) expected.push(id);
      // What is recorded is asked to be before this.
      await api.must(routes.execute, { params: { id }, body: { type: 'goto', url: site.url } });
      await api.must(routes.closeBrowser, { params: { id } });
    };
    const run = async (record: boolean | undefined, isRecorded: boolean) => {
      const { browserId } = await carrel.run([answering('Done.')], { record }, api);
      if (isRecorded) expected.push(browserId);
    };
    const says = async (record: unknown) =>
      (await carrel.api.must(routes.updateProject, { params: { id: projectId }, body: { record } })).record;
    expect((await api.must(routes.getProject, { params: { id: projectId } })).record).toBe(null);
    await open(undefined, true);
    await open(false, false);
    expect(await says(false)).toBe(false);
    await open(undefined, false);
    await open(true, true);
    await run(undefined, false);
    await run(true, true);
    expect(await says({ quality: 30 })).toMatchObject({ quality: 30, maxFramesPerSecond: 5 });
    await run(undefined, true);
    await run(false, false);
    expect(await says(null)).toBe(null);
    await api.must(routes.loginEndUser, { params: { id: 'ann' }, body: { url: site.url } });
    const recorded = async () => (await api.must(routes.listRecordings)).data.map((one) => one.browserId).sort();
    await expect.poll(recorded, PATIENCE).toEqual(expected.sort());
    await api.mustFail(routes.updateProject, 'insufficient_scope', { params: { id: projectId }, body: { record: true } });
  }, 60_000);
});
