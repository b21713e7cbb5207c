import { text } from 'node:stream/consumers';
import type { NetworkExit } from '@carrel/protocol';
import { generate } from 'selfsigned';
import { describe, expect, it } from 'vitest';
import { allowances, loopbackPolicy } from '../testing/loopback-policy.js';
import { EgressPolicy } from './policy.js';
import { startNameServer } from './testing/name-server.js';
import { startProxy, startSite, type TestProxy } from './testing/proxy-client.js';
import {
  startHttpsUpstream,
  startHttpUpstream,
  startSilentUpstream,
  startSocksUpstream,
  type TestUpstream,
  USER,
} from './testing/upstream.js';
import { UpstreamProxy } from './upstream-proxy.js';

const ofRequest = ({ url }: TestUpstream, more: Partial<typeof USER & { bypass: string }> = USER) =>
  UpstreamProxy.ofRequest({ server: url, ...more });
const ofPool = ({ url }: TestUpstream, country = 'DE') => {
  const { username, password } = USER;
  const withUser = url.replace('://', `://${encodeURIComponent(username)}:${encodeURIComponent(password)}@`);
  return UpstreamProxy.ofPool({ url: withUser, country });
};
/** Nobody listens there; a free port could be somebody's a moment later, these never are. */
const DEAD = { url: 'http://127.0.0.1:1' } as TestUpstream;

async function overTunnel(proxy: TestProxy, authority: string): Promise<string> {
  const { status, socket, body } = await proxy.tunnel(authority);
  if (status !== 200) {
    socket.destroy();
    return `${status} ${body}`;
  }
  socket.end('GET /t HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  return text(socket);
}

describe.each([
  ['HTTP', startHttpUpstream, 'GET'],
  ['SOCKS5', startSocksUpstream, 'CONNECT'],
])('leaving by an upstream %s proxy', (_, startUpstream, plainMethod) => {
  it('should take plain requests and tunnels there, with its credentials', async () => {
    await using upstream = await startUpstream();
    await using site = await startSite();
    await using proxy = await startProxy({ upstreams: [ofRequest(upstream)] });
    expect(await proxy.get(`${site.url}/p`)).toMatchObject({ status: 200, body: 'hello' });
    expect(await overTunnel(proxy, `127.0.0.1:${site.port}`)).toMatch(/hello$/);
    const there = `127.0.0.1:${site.port}`;
    expect(upstream.asked).toEqual([plainMethod === 'GET' ? `GET http://${there}/p` : `CONNECT ${there}`, `CONNECT ${there}`]);
    expect(site.requests[0]?.rawHeaders.join()).not.toMatch(/proxy-authorization/i);
    expect(proxy.proxy.exit).toMatchObject({ type: 'proxy', source: 'request', server: upstream.url });
  });

  it('should let it resolve the names that it alone knows', async () => {
    await using names = await startNameServer(() => []);
    await using upstream = await startUpstream();
    await using site = await startSite();
    const policy = loopbackPolicy({ nameServers: [names.address] });
    await using proxy = await startProxy({ policy, upstreams: [ofRequest(upstream)] });
    expect(await proxy.get(`http://far.upstream.test:${site.port}/`)).toMatchObject({ status: 200, body: 'hello' });
    expect(await overTunnel(proxy, `far.upstream.test:${site.port}`)).toMatch(/hello$/);
  });

  it('should not ask it for what is refused here: addresses, names that resolve to them here, and by rule', async () => {
    await using names = await startNameServer(() => ['127.0.0.1']);
    await using upstream = await startUpstream();
    await using site = await startSite();
    const policy = new EgressPolicy({ nameServers: [names.address], allowances: allowances(`127.0.0.1:${upstream.port}`) });
    await using proxy = await startProxy({ policy, upstreams: [ofRequest(upstream)], rules: { deny: ['denied.upstream.test'] } });
    for (const host of ['127.0.0.1', '169.254.169.254', 'site.upstream.test', 'denied.upstream.test', 'localhost']) {
      expect((await proxy.get(`http://${host}:${site.port}/`)).status).toBe(403);
      expect(await overTunnel(proxy, `${host}:${site.port}`)).toMatch(/^403/);
    }
    expect(upstream.connections).toBe(0);
  });

  it('should say that it does not take the credentials, and not pass the question on', async () => {
    await using upstream = await startUpstream();
    await using site = await startSite();
    await using proxy = await startProxy({ upstreams: [ofRequest(upstream, { ...USER, password: 'wrong' })] });
    const answer = await proxy.get(site.url);
    expect(answer).toMatchObject({ status: 502, headers: { 'x-carrel-network-failure': 'exit_failed' } });
    expect(answer.body).toMatch(/user name and password/);
    expect(answer.body).not.toMatch(/wrong/);
    expect((await proxy.get(site.url, { method: 'POST', body: 'x' })).status).toBe(502);
    expect(await overTunnel(proxy, `127.0.0.1:${site.port}`)).toMatch(/^502/);
    expect(site.requests).toEqual([]);
  });

  it('should go on to the next one when the first is dead, stay there, and say so', async () => {
    await using upstream = await startUpstream();
    await using site = await startSite();
    const changes: [NetworkExit, string][] = [];
    await using proxy = await startProxy({
      upstreams: [ofPool(DEAD, 'FR'), ofPool(upstream, 'DE')],
      onExitChanged: (exit, { message }) => changes.push([exit, message]),
    });
    expect(proxy.proxy.exit.country).toBe('FR');
    expect((await proxy.get(site.url)).body).toBe('hello');
    expect(await overTunnel(proxy, `127.0.0.1:${site.port}`)).toMatch(/hello$/);
    expect(proxy.proxy.exit.country).toBe('DE');
    expect(changes).toMatchObject([[{ country: 'DE' }, expect.stringMatching(/could not be reached/)]]);
    // The operator's proxies are the operator's business.
    expect(JSON.stringify(changes)).not.toMatch(/127\.0\.0\.1|ada/);
  });

  it('should reach what is to be bypassed directly', async () => {
    await using upstream = await startUpstream();
    await using site = await startSite();
    await using proxy = await startProxy({ upstreams: [ofRequest(upstream, { ...USER, bypass: '.elsewhere.test, 127.0.0.1' })] });
    expect((await proxy.get(site.url)).body).toBe('hello');
    expect(upstream.connections).toBe(0);
  });
});

describe('leaving by proxies', () => {
  it('should never leave directly when all are dead', async () => {
    await using site = await startSite();
    await using proxy = await startProxy({ upstreams: [ofPool(DEAD), ofPool(DEAD)] });
    for (const _ of [1, 2]) {
      expect(await proxy.get(site.url)).toMatchObject({ status: 502, headers: { 'x-carrel-network-failure': 'exit_failed' } });
      expect(await overTunnel(proxy, `127.0.0.1:${site.port}`)).toMatch(/^502/);
    }
    expect(site.connections).toEqual([]);
  });

  it('should leave by the next one when the first takes connections and never answers', async () => {
    await using silent = await startSilentUpstream();
    await using upstream = await startHttpUpstream();
    await using site = await startSite();
    await using proxy = await startProxy({ upstreams: [ofPool(silent), ofPool(upstream)], timeouts: { connectMs: 100, responseMs: 100 } });
    expect(await overTunnel(proxy, `127.0.0.1:${site.port}`)).toMatch(/hello$/);
  });

  it('should not leave by another because a site is dead, however that looks', async () => {
    await using upstream = await startHttpUpstream();
    await using other = await startHttpUpstream();
    await using site = await startSite();
    await using proxy = await startProxy({ upstreams: [ofPool(upstream, 'DE'), ofPool(other, 'FR')] });
    expect(await overTunnel(proxy, `127.0.0.1:${site.port}`)).toMatch(/hello$/);
    expect(await overTunnel(proxy, '127.0.0.1:1')).toMatch(/^502/);
    expect(proxy.proxy.exit.country).toBe('DE');
    expect(other.connections).toBe(0);
  });

  it('should not connect to a proxy of the caller at an address that pages may not reach, unlike one of the operator', async () => {
    await using upstream = await startHttpUpstream();
    await using names = await startNameServer(() => ['127.0.0.1']);
    // By way of the upstream a public address; nothing is asked of it.
    const target = 'http://93.184.216.34/';
    for (const server of [
      upstream.url,
      `http://proxy.test:${upstream.port}`,
      `http://0x7f.1:${upstream.port}`,
      `socks5://127.1:${upstream.port}`,
    ]) {
      const policy = new EgressPolicy({ nameServers: [names.address] });
      await using proxy = await startProxy({ policy, upstreams: [UpstreamProxy.ofRequest({ server, ...USER })] });
      const answer = await proxy.get(target);
      expect(answer).toMatchObject({ status: 502, headers: { 'x-carrel-network-failure': 'exit_failed' } });
      expect(answer.body).toMatch(/loopback address/);
    }
    expect(upstream.connections).toBe(0);
    await using trusted = await startProxy({ policy: new EgressPolicy(), upstreams: [ofPool(upstream)], timeouts: { responseMs: 100 } });
    await trusted.get(target);
    expect(upstream.connections).toBe(1);
  });

  it('should speak TLS to an https: proxy, and not to one whose certificate nobody knows', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'upstream' }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
    });
    await using upstream = await startHttpsUpstream({ key, cert });
    await using site = await startSite();
    await using proxy = await startProxy({ upstreams: [ofRequest(upstream)] });
    const answer = await proxy.get(site.url);
    expect(answer).toMatchObject({ status: 502, headers: { 'x-carrel-network-failure': 'exit_failed' } });
    expect(answer.body).toMatch(/TLS/);
    expect(upstream.asked).toEqual([]);
  });
});

describe('leaving from a local address', () => {
  it('should leave from the address of the family of the target', async () => {
    await using site = await startSite();
    await using proxy = await startProxy({ localAddresses: ['127.0.0.42', '::1'] });
    const { socket } = await proxy.tunnel(`localhost:${site.port}`);
    expect(site.connections[0]?.remoteAddress).toBe('127.0.0.42');
    socket.destroy();
    await proxy.get(site.url);
    expect(site.requests[0]?.socket.remoteAddress).toBe('127.0.0.42');
    expect(proxy.proxy.exit).toMatchObject({ type: 'direct', addresses: ['127.0.0.42', '::1'] });
  });

  it('should not leave from another one when the target is of another family or the address is not ours', async () => {
    await using site = await startSite();
    for (const address of ['::1', '192.0.2.7']) {
      await using proxy = await startProxy({ localAddresses: [address] });
      const answer = await proxy.get(site.url);
      expect(answer.status).toBe(502);
      expect(answer.body).toMatch(/CARREL_EGRESS_ADDRESSES/);
    }
    expect(site.connections).toEqual([]);
  });
});
