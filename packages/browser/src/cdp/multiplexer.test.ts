import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RunningChromium, runChromium } from '../testing/launch.js';
import { RawClient, type RawMessage } from '../testing/raw-client.js';

const evaluate = (client: RawClient, sessionId: string, expression: string) =>
  client.call('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true }, sessionId);
const value = (message: RawMessage) => (message.result?.result as { value?: unknown } | undefined)?.value;

describe('Multiplexer', () => {
  let chromium: RunningChromium;
  const clients: RawClient[] = [];
  const connect = async () => {
    const client = await RawClient.connect(chromium.multiplexer);
    clients.push(client);
    return client;
  };
  beforeAll(async () => {
    chromium = await runChromium();
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.leave();
  });
  afterAll(() => chromium[Symbol.asyncDispose]());

  it('should answer each client under its own ids', async () => {
    const [a, b] = await Promise.all([connect(), connect()]);
    const [sessionA, sessionB] = await Promise.all([a.attachToPage(), b.attachToPage()]);
    const calls = Array.from({ length: 50 }, (_, index) => index);
    const answersA = await Promise.all(calls.map((index) => evaluate(a, sessionA, `'a${index}'`)));
    const answersB = await Promise.all(calls.map((index) => evaluate(b, sessionB, `'b${index}'`)));
    expect(answersA.map(value)).toEqual(calls.map((index) => `a${index}`));
    expect(answersB.map(value)).toEqual(calls.map((index) => `b${index}`));
  });

  it("should let no client hear of, or speak on, another's sessions", async () => {
    const [a, b] = await Promise.all([connect(), connect()]);
    const sessionA = await a.attachToPage();
    await a.call('Runtime.enable', {}, sessionA);
    const stolen = await evaluate(b, sessionA, '1');
    expect(stolen.error).toEqual({ code: -32001, message: 'Session with given id not found.' });
    await evaluate(a, sessionA, 'console.log("only for a")');
    await a.first((message) => message.method === 'Runtime.consoleAPICalled');
    await b.call('Browser.getVersion');
    expect(JSON.stringify(b.received.filter(({ error }) => error === undefined))).not.toContain(sessionA);
    expect(b.received.some(({ method }) => method === 'Runtime.consoleAPICalled')).toBe(false);
  });

  it('should hide the root session: its messages carry no session id', async () => {
    const client = await connect();
    await client.call('Target.setDiscoverTargets', { discover: true });
    const created = await client.first(({ method }) => method === 'Target.targetCreated');
    expect(created.sessionId).toBeUndefined();
    expect((await client.call('Browser.getVersion')).sessionId).toBeUndefined();
  });

  it('should end only the client that sends Browser.close', async () => {
    const [a, b] = await Promise.all([connect(), connect()]);
    expect((await a.call('Browser.close')).result).toEqual({});
    expect(await a.untilEnded()).toBe('left');
    expect((await b.call('Browser.getVersion')).result).toHaveProperty('product');
  });

  it.each(['Browser.crash', 'Browser.crashGpuProcess', 'Target.exposeDevToolsProtocol', 'Tethering.bind'])(
    'should refuse %s',
    async (method) => {
      const client = await connect();
      expect((await client.call(method)).error?.message).toContain(`Carrel refuses ${method}`);
      expect((await client.call('Browser.getVersion')).result).toHaveProperty('product');
    },
  );

  it('should refuse a command that is hidden in a session without flatten', async () => {
    const client = await connect();
    const { result } = await client.call('Target.getTargets');
    const [page] = (result?.targetInfos ?? []) as { targetId: string }[];
    const attached = await client.call('Target.attachToTarget', { targetId: page?.targetId, flatten: false });
    const hidden = JSON.stringify({ id: 1, method: 'Browser.crash' });
    const answer = await client.call('Target.sendMessageToTarget', { sessionId: attached.result?.sessionId, message: hidden });
    expect(answer.error?.message).toContain('Carrel refuses Browser.crash');
    const twice = JSON.stringify({ id: 1, method: 'Target.sendMessageToTarget', params: { message: hidden } });
    expect((await client.call('Target.sendMessageToTarget', { message: twice })).error?.message).toContain('refuses');
  });

  it('should give the browser back to the others when a client leaves that held new targets', async () => {
    const [holder, other] = await Promise.all([connect(), connect()]);
    await holder.call('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: true });
    const { result } = await other.call('Target.createTarget', { url: 'about:blank' });
    const attached = await other.call('Target.attachToTarget', { targetId: result?.targetId, flatten: true });
    await holder.first(({ method, params }) => method === 'Target.attachedToTarget' && params?.waitingForDebugger === true);
    const session = attached.result?.sessionId as string;
    const answer = evaluate(other, session, '6 * 7');
    holder.leave();
    expect(value(await answer)).toBe(42);
    await other.call('Target.closeTarget', { targetId: result?.targetId });
  });

  it.each([
    ['what is not JSON', '{junk', -32700],
    ['an empty frame', '', -32700],
    ['a list', '[1]', -32600],
    ['null', 'null', -32600],
    ['no id', '{"method":"Browser.getVersion"}', -32600],
    ['an id that is text', '{"id":"1","method":"Browser.getVersion"}', -32600],
    ['an id with a fraction', '{"id":1.5,"method":"Browser.getVersion"}', -32600],
    ['an id over 32 bits', '{"id":1e12,"method":"Browser.getVersion"}', -32600],
    ['no method', '{"id":1}', -32600],
    ['a method that is a number', '{"id":1,"method":2}', -32600],
    ['parameters that are text', '{"id":1,"method":"Browser.getVersion","params":"x"}', -32600],
    ['a session that is a number', '{"id":1,"method":"Browser.getVersion","sessionId":7}', -32600],
    ['a session that there is not', '{"id":1,"method":"Browser.getVersion","sessionId":"0"}', -32001],
    ['a method that there is not', '{"id":1,"method":"__proto__.constructor"}', -32601],
    ['a NUL byte in a string', '{"id":1,"method":"A\\u0000B"}', -32601],
    ['half a surrogate pair', '{"id":1,"method":"A.\\ud800"}', undefined],
    ['deep nesting', `{"id":1,"method":"A.b","params":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`, undefined],
  ])('should answer %s with a CDP error and go on', async (_what, frame, code) => {
    const client = await connect();
    client.raw(frame);
    const answer = await client.first(({ error }) => error !== undefined);
    if (code !== undefined) expect(answer.error?.code).toBe(code);
    expect((await client.call('Browser.getVersion')).result).toHaveProperty('product');
  });

  it('should not let a client escape the pipe with a NUL byte', async () => {
    const client = await connect();
    client.raw('{"id":1,"method":"A.b"}\0{"id":2,"method":"Browser.crash"}');
    expect((await client.first(({ error }) => error !== undefined)).error?.code).toBe(-32700);
    expect((await client.call('Browser.getVersion')).result).toHaveProperty('product');
  });

  it('should reject at once what was under way on a target that is closed', async () => {
    const client = await connect();
    const { result } = await client.call('Target.createTarget', { url: 'about:blank' });
    const attached = await client.call('Target.attachToTarget', { targetId: result?.targetId, flatten: true });
    const never = evaluate(client, attached.result?.sessionId as string, 'new Promise(() => {})');
    await client.call('Target.closeTarget', { targetId: result?.targetId });
    expect((await never).error).toBeDefined();
  });

  it('should reject at once what was under way on a target that crashes', async () => {
    const client = await connect();
    const { result } = await client.call('Target.createTarget', { url: 'about:blank' });
    const attached = await client.call('Target.attachToTarget', { targetId: result?.targetId, flatten: true });
    const session = attached.result?.sessionId as string;
    const never = evaluate(client, session, 'new Promise(() => {})');
    const crash = client.call('Page.crash', {}, session);
    expect((await never).error?.message).toBe('Target crashed');
    expect((await crash).error).toBeDefined();
    await client.call('Target.closeTarget', { targetId: result?.targetId });
  });

  it('should send downloads where the engine wants them, whatever a client says', async () => {
    const client = await connect();
    expect((await client.call('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: '/etc' })).result).toEqual({});
    expect(
      (await client.call('Page.setDownloadBehavior', { behavior: 'allow', downloadPath: '/etc' }, await client.attachToPage())).result,
    ).toEqual({});
  });

  it('should stop reading from Chromium while a client is far behind, and put it out when it stays so', async () => {
    const [slow, other] = await Promise.all([connect(), connect()]);
    slow.backlogBytes = 64 * 1024 * 1024;
    await slow.call('Browser.getVersion');
    const answer = other.call('Browser.getVersion');
    expect(chromium.isolated.readable.isPaused()).toBe(true);
    slow.backlogBytes = 0;
    slow.drained();
    expect(chromium.isolated.readable.isPaused()).toBe(false);
    expect((await answer).result).toHaveProperty('product');
    slow.backlogBytes = 64 * 1024 * 1024;
    await slow.call('Browser.getVersion');
    expect(await slow.untilEnded()).toBe('too_slow');
    const flooding = await connect();
    flooding.backlogBytes = 200 * 1024 * 1024;
    flooding.raw('{"id":1,"method":"Browser.crash"}');
    expect(await flooding.untilEnded()).toBe('too_slow');
    expect((await other.call('Browser.getVersion')).result).toHaveProperty('product');
  });
});

describe('Multiplexer of a browser that dies', () => {
  let chromium: RunningChromium;
  beforeEach(async () => {
    chromium = await runChromium({ maxMessageBytes: 100_000 });
  });
  afterEach(() => chromium[Symbol.asyncDispose]());

  it('should reject every call that is under way, and end every client', async () => {
    const [a, b] = await Promise.all([RawClient.connect(chromium.multiplexer), RawClient.connect(chromium.multiplexer)]);
    const session = await a.attachToPage();
    const never = evaluate(a, session, 'new Promise(() => {})');
    await chromium.isolated.kill();
    expect((await never).error?.message).toBe('Browser closed');
    expect(await Promise.all([a.untilEnded(), b.untilEnded()])).toEqual(['browser_gone', 'browser_gone']);
    await expect(RawClient.connect(chromium.multiplexer)).rejects.toMatchObject({ code: 'browser_crashed' });
  });

  it('should answer with an error when a message is over the cap, in either direction', async () => {
    const client = await RawClient.connect(chromium.multiplexer);
    const session = await client.attachToPage();
    expect((await evaluate(client, session, "'x'.repeat(200_000)")).error?.message).toContain('larger than 100000 bytes');
    client.raw(
      JSON.stringify({ id: 1_000_000, method: 'Runtime.evaluate', params: { expression: `'${'x'.repeat(200_000)}'` }, sessionId: session }),
    );
    expect((await client.first(({ error, id }) => error !== undefined && id === undefined)).error?.message).toContain('larger than');
    expect(value(await evaluate(client, session, '1 + 1'))).toBe(2);
  });
});
