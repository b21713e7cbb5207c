import { describe, expect, it } from 'vitest';
import { judge } from './judge.js';

const WHEREABOUTS = { downloadPath: '/run/br_1/downloads', uploadPath: '/run/br_1/uploads' };
const kindOf = (method: string, params: unknown = {}) => judge(method, params, WHEREABOUTS).kind;
const tunnel = (message: unknown) =>
  judge(
    'Target.sendMessageToTarget',
    { sessionId: 'S', message: typeof message === 'string' ? message : JSON.stringify(message) },
    WHEREABOUTS,
  );

describe('judge', () => {
  it.each(['Foo.bar', 'Page.navigateTo', 'page.navigate', 'Page.navigate ', 'Page', '', '__proto__', 'constructor', 'Browser.close.x'])(
    'should not pass on %j, which nobody has thought about',
    (method) => {
      const verdict = judge(method, {}, WHEREABOUTS);
      expect(verdict).toMatchObject({ kind: 'unknown', message: expect.stringContaining(`'${method}' wasn't found`) });
    },
  );

  it.each(['Page.navigate', 'Target.createTarget'])('should let %s go to the web only', (method) => {
    for (const url of ['https://example.com', 'about:blank', 'data:,x', '', undefined, 7]) expect(kindOf(method, { url })).toBe('pass');
    for (const url of ['file:///etc/passwd', ' FI\tLE:/etc/passwd', 'view-source:https://example.com', 'chrome://version', 'nonsense']) {
      expect(kindOf(method, { url })).toBe('refuse');
    }
  });

  it.each(['Fetch.continueRequest', 'Network.loadNetworkResource'])('should let %s fetch from the network only', (method) => {
    for (const url of ['https://example.com', undefined]) expect(kindOf(method, { url })).toBe('pass');
    for (const url of ['file:///etc/passwd', 'chrome://version', 'data:,x', '']) expect(kindOf(method, { url })).toBe('refuse');
  });

  it.each([
    ['DOM.setFileInputFiles', (files: unknown) => ({ files, objectId: '1' })],
    ['Input.dispatchDragEvent', (files: unknown) => ({ type: 'drop', x: 1, y: 1, data: { items: [], files, dragOperationsMask: 1 } })],
  ])('should let %s give pages the files of the browser only', (method, paramsWith) => {
    expect(kindOf(method, paramsWith(['/run/br_1/uploads/a/b.txt', '/run/br_1/uploads/c']))).toBe('pass');
    expect(kindOf(method, paramsWith([]))).toBe('pass');
    for (const path of [
      '/etc/passwd',
      '/run/br_1/uploads',
      '/run/br_1/uploads/',
      '/run/br_1/uploads2/x',
      '/run/br_1/uploads/../../br_2/uploads/x',
      '/run/br_1/uploads/./x',
      '/run/br_1/uploads//x',
      '/run/br_1/uploads/x\0.txt',
      'uploads/x',
      7,
    ]) {
      expect(kindOf(method, paramsWith(['/run/br_1/uploads/a/b.txt', path])), String(path)).toBe('refuse');
    }
    expect(kindOf(method, paramsWith('/run/br_1/uploads/a'))).toBe('refuse');
    expect(judge(method, paramsWith(['/run/br_1/uploads/a']), {}).kind).toBe('refuse');
  });

  it('should look at each line of what is dropped', () => {
    const drop = (mimeType: string, data: string) => kindOf('Input.dispatchDragEvent', { data: { items: [{ mimeType, data }] } });
    expect(drop('text/uri-list', '# links\r\nhttps://example.com\r\n')).toBe('pass');
    expect(drop('text/plain', 'file:///etc/passwd')).toBe('pass');
    expect(drop('text/uri-list', 'https://example.com\nfile:///etc/passwd')).toBe('refuse');
    expect(drop('Text/URI-List', 'chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai/index.html')).toBe('refuse');
  });

  it('should take from a key the number by which Chromium knows its own shortcuts', () => {
    const params = { type: 'rawKeyDown', modifiers: 2, key: 'u', windowsVirtualKeyCode: 85 };
    expect(judge('Input.dispatchKeyEvent', { ...params, nativeVirtualKeyCode: 85 }, WHEREABOUTS)).toEqual({ kind: 'rewrite', params });
    expect(kindOf('Input.dispatchKeyEvent', params)).toBe('pass');
  });

  it('should refuse ways round the browser’s own proxy, and say what to do', () => {
    expect(kindOf('Target.createBrowserContext', { disposeOnDetach: true, proxyServer: '', originsWithUniversalNetworkAccess: [] })).toBe(
      'pass',
    );
    for (const name of ['proxyServer', 'proxyBypassList']) {
      const verdict = judge('Target.createBrowserContext', { [name]: 'x' }, WHEREABOUTS);
      expect(verdict).toMatchObject({ kind: 'refuse', message: expect.stringContaining('give `proxies`') });
    }
    expect(kindOf('Target.createBrowserContext', { originsWithUniversalNetworkAccess: ['file://'] })).toBe('refuse');
  });

  it('should trace the browser, and not with what could name files', () => {
    expect(kindOf('Tracing.start', { traceConfig: {}, transferMode: 'ReturnAsStream', tracingBackend: 'chrome' })).toBe('pass');
    expect(kindOf('Tracing.start', { perfettoConfig: 'AA==' })).toBe('refuse');
    expect(kindOf('Tracing.start', { tracingBackend: 'system' })).toBe('refuse');
  });

  it('should hold commands inside Target.sendMessageToTarget to the same rules', () => {
    expect(tunnel({ id: 1, method: 'Page.navigate', params: { url: 'file:///etc/passwd' } }).kind).toBe('refuse');
    expect(tunnel({ id: 1, method: 'Foo.bar' }).kind).toBe('unknown');
    expect(tunnel({ id: 1, method: 'Browser.close' }).kind).toBe('refuse');
    const twice = { id: 1, method: 'Target.sendMessageToTarget', params: { message: '{"id":1,"method":"Browser.crash"}' } };
    expect(tunnel(twice).kind).toBe('refuse');
    for (const broken of ['', '[]', '{', 'null', '{"id":1}', '{"id":1,"method":7}']) expect(tunnel(broken).kind, broken).toBe('refuse');
    const key = { id: 1, method: 'Input.dispatchKeyEvent', params: { type: 'char', nativeVirtualKeyCode: 85 } };
    const rewritten = { ...key, params: { type: 'char' } };
    expect(tunnel(key)).toEqual({ kind: 'rewrite', params: { sessionId: 'S', message: JSON.stringify(rewritten) } });
  });

  it('should pass on from inside Target.sendMessageToTarget what it has understood, not what another reader may', () => {
    const message = '{"id":1,"method":"Browser.crash","method":"Runtime.enable"}';
    expect(tunnel(message)).toEqual({ kind: 'rewrite', params: { sessionId: 'S', message: '{"id":1,"method":"Runtime.enable"}' } });
  });
});
