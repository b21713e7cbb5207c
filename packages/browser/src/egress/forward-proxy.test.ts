import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { allowances, loopbackPolicy } from '../testing/loopback-policy.js';
import type { Allowance } from './allowances.js';
import { EgressPolicy } from './policy.js';
import { startNameServer } from './testing/name-server.js';
import { type CountingSite, startProxy, startSite } from './testing/proxy-client.js';

const strict = () => new EgressPolicy();
const NAME = 'site.carrel.test';

/** The code of the failure that the proxy names. */
const codeOf = ({ headers }: { headers: Record<string, unknown> }) => headers['x-carrel-network-failure'];

describe('what a browser may reach', () => {
  it.each([
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '017700000001',
    '0177.0.0.1',
    '0',
    '0.0.0.0',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    'localhost',
    'LOCALHOST.',
    'anything.localhost',
  ])('should not let it reach a server of this machine as %s', async (host) => {
    await using site = await startSite();
    await using proxy = await startProxy({ policy: strict() });
    const answer = await proxy.get(`http://${host}:${site.port}/`);
    expect([answer.status, codeOf(answer)]).toEqual([403, 'address_not_public']);
    expect(answer.body).toContain('CARREL_EGRESS_ALLOW');
    const tunnel = await proxy.tunnel(`${host}:${site.port}`);
    expect(tunnel.status).toBe(403);
    tunnel.socket.destroy();
    expect(site.connections).toEqual([]);
  });

  it("should not let it reach this machine's own addresses, though they are public", async () => {
    const range = { ...(allowances('93.184.216.0/24')[0] as Allowance) };
    await using proxy = await startProxy({ policy: new EgressPolicy({ localRanges: [range] }) });
    const answer = await proxy.get('http://93.184.216.34:9100/');
    expect([codeOf(answer), answer.body]).toEqual(['address_not_public', expect.stringContaining('an address of this machine')]);
  });

  it('should refuse names longer than names can be, which would fill the log', async () => {
    await using proxy = await startProxy({ policy: strict() });
    expect(codeOf(await proxy.get(`http://${'a.'.repeat(200)}localhost/`))).toBe('bad_request');
    expect((await proxy.tunnel(`${'a.'.repeat(200)}localhost:443`)).status).toBe(400);
    expect(proxy.entries.map(({ host }) => host)).toEqual(['', '']);
  });

  it('should not wait for an answer from a site that changes the protocol instead', async () => {
    const site = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'));
    }).listen(0, '127.0.0.1');
    await once(site, 'listening');
    try {
      await using proxy = await startProxy();
      const answer = await proxy.get(`http://127.0.0.1:${(site.address() as { port: number }).port}/`);
      expect([answer.status, codeOf(answer)]).toEqual([502, 'unreachable']);
    } finally {
      site.close();
    }
  });

  it.each([
    '169.254.169.254',
    '0xa9fea9fe',
    '[fd00:ec2::254]',
    '100.100.100.200',
    '168.63.129.16',
    '10.0.0.1',
    '192.168.0.1',
    '100.64.0.1',
  ])('should not let it reach %s', async (host) => {
    await using proxy = await startProxy({ policy: strict() });
    expect(codeOf(await proxy.get(`http://${host}/latest/meta-data/`))).toBe('address_not_public');
  });

  it('should refuse a name when one of its addresses is bad, however good the others are', async () => {
    await using names = await startNameServer(() => ['93.184.216.34', '127.0.0.1']);
    await using site = await startSite();
    await using proxy = await startProxy({ policy: new EgressPolicy({ nameServers: [names.address] }) });
    const answer = await proxy.get(`http://${NAME}:${site.port}/`);
    expect([answer.status, codeOf(answer)]).toEqual([403, 'address_not_public']);
    expect(site.connections).toEqual([]);
  });

  it('should look a name up once, so that one that rebinds to 127.0.0.1 does not get there', async () => {
    // TEST-NET is allowed here so that the first answer passes; nothing is there, and a second lookup would lead to the site.
    await using names = await startNameServer((_, time) => (time === 1 ? ['192.0.2.1'] : ['127.0.0.1']));
    await using site = await startSite();
    const policy = new EgressPolicy({ nameServers: [names.address], allowances: allowances('192.0.2.0/24') });
    await using proxy = await startProxy({ policy, timeouts: { connectMs: 200 } });
    expect(['connect_timeout', 'unreachable']).toContain(codeOf(await proxy.get(`http://${NAME}:${site.port}/`)));
    expect(names.asked).toEqual([NAME]);
    expect(codeOf(await proxy.get(`http://${NAME}:${site.port}/`))).toBe('address_not_public');
    expect(site.connections).toEqual([]);
  });

  it('should reach what the operator allows, by name and by address, and only at that port', async () => {
    await using names = await startNameServer(() => ['127.0.0.1']);
    await using site = await startSite();
    await using other = await startSite();
    const policy = new EgressPolicy({ nameServers: [names.address], allowances: allowances(`127.0.0.1:${site.port}`) });
    await using proxy = await startProxy({ policy });
    expect(await proxy.get(`http://127.0.0.1:${site.port}/`)).toMatchObject({ status: 200, body: 'hello' });
    expect(await proxy.get(`http://${NAME}:${site.port}/`)).toMatchObject({ status: 200, body: 'hello' });
    expect(codeOf(await proxy.get(`${other.url}/`))).toBe('address_not_public');
  });

  it('should reach what is allowed for a while only for that while', async () => {
    await using site = await startSite();
    const policy = strict();
    await using proxy = await startProxy({ policy });
    const [allowance] = allowances(`127.0.0.1:${site.port}`);
    if (allowance === undefined) throw new Error('no allowance');
    {
      using _ = policy.allow(allowance);
      expect((await proxy.get(site.url)).status).toBe(200);
    }
    // A kept connection is no way around it.
    expect(codeOf(await proxy.get(site.url))).toBe('address_not_public');
  });

  it("should not reach Carrel's own listeners at any address of this machine, even in an allowed range", async () => {
    await using site = await startSite(undefined, '0.0.0.0');
    const policy = new EgressPolicy({ allowances: allowances('0.0.0.0/0', '::/0') });
    policy.addOwnPort(site.port);
    await using proxy = await startProxy({ policy });
    const own = Object.values(networkInterfaces()).flatMap((entries) => entries?.map(({ address, family }) => ({ address, family })) ?? []);
    const hosts = ['127.0.0.1', '127.0.0.2', '0.0.0.0', 'localhost', '[::ffff:127.0.0.1]'];
    for (const { address, family } of own) hosts.push(family === 'IPv6' ? `[${address.split('%')[0]}]` : address);
    for (const host of hosts) expect([host, codeOf(await proxy.get(`http://${host}:${site.port}/`))]).toEqual([host, 'own_listener']);
    expect(site.connections).toEqual([]);
  });

  it("should not reach another browser's proxy, nor its own, even in an allowed range", async () => {
    const policy = loopbackPolicy();
    await using site = await startSite();
    await using victim = await startProxy({ policy });
    await using attacker = await startProxy({ policy });
    for (const { port } of [victim, attacker]) {
      const { status, socket } = await attacker.tunnel(`127.0.0.1:${port}`);
      expect(status).toBe(200); // the connection comes about; what is asked over it is refused
      socket.end(`GET ${site.url}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      expect(await text(socket)).toMatch(/^HTTP\/1\.1 403 [\s\S]*own_listener/);
    }
    const { socket } = await attacker.tunnel(`127.0.0.1:${victim.port}`);
    socket.end(`CONNECT 127.0.0.1:${site.port} HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 403 [\s\S]*own_listener/);
    expect(site.requests).toEqual([]);
  });

  it('should refuse a redirect to a private address like a request for it', async () => {
    await using inner = await startSite();
    await using outer = await startSite((_, response) => void response.writeHead(302, { location: inner.url }).end());
    await using proxy = await startProxy({ policy: new EgressPolicy({ allowances: allowances(`127.0.0.1:${outer.port}`) }) });
    const { status, headers } = await proxy.get(outer.url);
    expect([status, headers.location]).toEqual([302, inner.url]);
    expect(codeOf(await proxy.get(String(headers.location)))).toBe('address_not_public');
    expect(inner.connections).toEqual([]);
  });

  it('should narrow what a browser may reach by its own rules, and never widen it', async () => {
    await using names = await startNameServer(() => ['127.0.0.1']);
    await using site = await startSite();
    const policy = loopbackPolicy({ nameServers: [names.address] });
    await using proxy = await startProxy({ policy, rules: { allow: ['*.carrel.test', '127.0.0.1'], deny: ['bad.carrel.test'] } });
    expect((await proxy.get(`http://${NAME}:${site.port}/`)).status).toBe(200);
    expect(codeOf(await proxy.get(`http://bad.carrel.test:${site.port}/`))).toBe('host_denied');
    expect(codeOf(await proxy.get(`http://localhost:${site.port}/`))).toBe('host_not_allowed');
    await using denied = await startProxy({ policy, rules: { deny: [`127.0.0.1:${site.port}`] } });
    expect(codeOf(await denied.get(`http://${NAME}:${site.port}/`))).toBe('host_denied');
    await using wide = await startProxy({ policy: strict(), rules: { allow: ['127.0.0.1'] } });
    expect(codeOf(await wide.get(site.url))).toBe('address_not_public');
  });
});

describe('what a browser sends and is sent', () => {
  it('should pass bytes both ways through a tunnel, and count them', async () => {
    await using site = await startSite();
    await using proxy = await startProxy();
    const { status, socket } = await proxy.tunnel(`127.0.0.1:${site.port}`);
    expect(status).toBe(200);
    socket.end('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*hello$/);
    await proxy.entryCount(1);
    expect(proxy.entries[0]).toMatchObject({
      method: 'CONNECT',
      host: '127.0.0.1',
      port: site.port,
      status: 200,
      failure: null,
      bytesOut: 46,
    });
    expect(proxy.entries[0]?.bytesIn).toBe(answer.length);
    expect(proxy.proxy.totals).toEqual({ requests: 1, refused: 0, open: 0, bytesIn: answer.length, bytesOut: 46 });
  });

  it('should send on headers in their order and spelling, and none that were for the proxy', async () => {
    await using site = await startSite();
    await using proxy = await startProxy();
    const lines = [
      'Host: lie.test',
      'Proxy-Connection: keep-alive',
      'sec-ch-ua: "X"',
      'User-Agent: Mine',
      'X-Hop: 1',
      'Proxy-Authorization: Basic eA==',
    ];
    await proxy.raw(`GET ${site.url}/a?b=c HTTP/1.1\r\n${lines.join('\r\n')}\r\nTE: trailers\r\nConnection: x-hop, close\r\n\r\n`);
    const [request] = site.requests;
    expect(request?.url).toBe('/a?b=c');
    expect(request?.rawHeaders).toEqual([
      'Host',
      `127.0.0.1:${site.port}`,
      'Connection',
      'keep-alive',
      'sec-ch-ua',
      '"X"',
      'User-Agent',
      'Mine',
    ]);
  });

  it('should pass on an answer as it is, cookies and unknown status included', async () => {
    await using site = await startSite((_, response) => {
      response.writeHead(299, 'Odd', ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-Case', 'y', 'Proxy-Authenticate', 'Basic']);
      response.end('body');
    });
    await using proxy = await startProxy();
    const answer = await proxy.raw(`GET ${site.url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 299 Odd\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Case: y\r\n/);
    expect(answer).not.toMatch(/proxy-authenticate/i);
  });

  it('should send bodies of any length on, by length and in chunks', async () => {
    await using site = await startSite((request, response) => void request.pipe(response));
    await using proxy = await startProxy();
    const body = 'x'.repeat(1_000_000);
    expect((await proxy.get(site.url, { method: 'POST', body })).body).toBe(body);
    expect((await proxy.get(site.url, { method: 'POST', headers: { 'transfer-encoding': 'chunked' }, body })).body).toBe(body);
    expect(proxy.proxy.totals.bytesOut).toBeGreaterThan(2_000_000);
  });

  it.each([
    ['two lengths', 'Content-Length: 5\r\nContent-Length: 6'],
    ['a length and chunks', 'Content-Length: 5\r\nTransfer-Encoding: chunked'],
    ['chunks spelled oddly', 'Transfer-Encoding: xchunked'],
    ['chunks twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity'],
    ['a space before the colon', 'Content-Length : 5'],
    ['a folded header', 'X: y\r\n Transfer-Encoding: chunked\r\nContent-Length: 5\r\nContent-Length: 0'],
  ])('should not send on a request with %s, of which two servers could read different ends', async (_, headers) => {
    await using site = await startSite();
    await using proxy = await startProxy();
    const smuggled = `GET ${site.url}/smuggled HTTP/1.1\r\nHost: x\r\n\r\n`;
    const answer = await proxy.raw(`POST ${site.url} HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n0\r\n\r\n${smuggled}`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(site.requests).toEqual([]);
  });

  it('should not let Connection take away what says how long a body is', async () => {
    await using site = await startSite((request, response) => void request.pipe(response));
    await using proxy = await startProxy();
    const answer = await proxy.raw(
      `POST ${site.url} HTTP/1.1\r\nHost: x\r\nConnection: content-length, close\r\nContent-Length: 5\r\n\r\nabcde`,
    );
    expect(answer).toMatch(/abcde/);
    expect(site.requests).toHaveLength(1);
    expect(site.requests[0]?.headers['content-length']).toBe('5');
  });

  it.each([
    'GET / HTTP/1.1',
    'OPTIONS * HTTP/1.1',
    'GET https://example.com/ HTTP/1.1',
    'CONNECT example.com HTTP/1.1',
    'CONNECT u@h:80 HTTP/1.1',
  ])('should refuse %s, which is no request for a proxy', async (line) => {
    await using proxy = await startProxy();
    expect(await proxy.raw(`${line}\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it("should not let a site ask for a proxy's password", async () => {
    await using site = await startSite((_, response) => void response.writeHead(407, { 'proxy-authenticate': 'Basic realm=x' }).end());
    await using proxy = await startProxy();
    const answer = await proxy.get(site.url);
    expect([answer.status, answer.headers['proxy-authenticate']]).toEqual([502, undefined]);
  });

  it('should keep connections for a browser, and never use one of another browser', async () => {
    await using site = await startSite();
    const policy = loopbackPolicy();
    await using a = await startProxy({ policy });
    await using b = await startProxy({ policy });
    for (const proxy of [a, a, b, b]) await proxy.get(site.url);
    expect(site.requests.map(({ socket }) => site.connections.indexOf(socket))).toEqual([0, 0, 1, 1]);
  });

  it('should send a request again when the site closed the kept connection in that moment', async () => {
    const seen: Socket[] = [];
    // Closes each connection, without a word, when a second request comes on it.
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', () => {
        if (seen.includes(socket)) socket.destroy();
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        seen.push(socket);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    await using proxy = await startProxy();
    for (let time = 0; time < 4; time++) expect((await proxy.get(`http://127.0.0.1:${port}/`)).body).toBe('ok');
    expect(new Set(seen).size).toBeGreaterThan(1);
    server.close();
    proxy.proxy[Symbol.dispose]();
    await once(server, 'close');
  });
});

describe('what goes wrong', () => {
  it('should say so when nobody is there, when there is no such name, and when the answer breaks off', async () => {
    await using names = await startNameServer(() => []);
    let gone: CountingSite | undefined;
    {
      await using site = await startSite();
      gone = site;
    }
    await using proxy = await startProxy({ policy: loopbackPolicy({ nameServers: [names.address] }) });
    const refused = await proxy.get(gone.url);
    expect([refused.status, codeOf(refused)]).toEqual([502, 'unreachable']);
    const unknown = await proxy.get('http://nobody.carrel.test/');
    expect([unknown.status, codeOf(unknown)]).toEqual([502, 'name_not_resolved']);
    await using site = await startSite((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    });
    await expect(proxy.get(site.url)).rejects.toThrow();
    await proxy.entryCount(3);
    expect(proxy.entries[2]).toMatchObject({ status: 200, failure: 'interrupted' });
  });

  it('should give up on a site that takes the request and never answers', async () => {
    await using site = await startSite(() => {});
    await using proxy = await startProxy({ timeouts: { responseMs: 50 } });
    const answer = await proxy.get(site.url);
    expect([answer.status, codeOf(answer)]).toEqual([504, 'response_timeout']);
  });

  it('should give up on a name server that never answers, and look up other names meanwhile', async () => {
    await using names = await startNameServer((name) => (name.startsWith('slow') ? 'silence' : ['127.0.0.1']));
    await using site = await startSite();
    await using proxy = await startProxy({ policy: loopbackPolicy({ nameServers: [names.address] }), timeouts: { lookupMs: 100 } });
    const [slow, fast] = await Promise.all([proxy.get(`http://slow.test:${site.port}`), proxy.get(`http://${NAME}:${site.port}`)]);
    expect([codeOf(slow), fast.status]).toEqual(['name_not_resolved', 200]);
  });

  it('should end what it does for a browser that hangs up', async () => {
    await using site = await startSite(() => {});
    await using proxy = await startProxy();
    const socket = connect(proxy.port, '127.0.0.1');
    socket.write(`GET ${site.url} HTTP/1.1\r\nHost: x\r\n\r\n`);
    const [outgoing] = (await once(site.server, 'connection')) as [Socket];
    const closed = once(outgoing, 'close');
    await once(site.server, 'request');
    socket.destroy();
    await closed;
    await proxy.entryCount(1);
    expect(proxy.entries[0]).toMatchObject({ status: 0, failure: null });
  });

  it('should end all connections, and take none, when it is disposed of', async () => {
    await using site = await startSite();
    await using proxy = await startProxy();
    const { socket } = await proxy.tunnel(`127.0.0.1:${site.port}`);
    const [outer] = site.connections;
    const ends = Promise.all([once(socket.resume(), 'close'), outer && once(outer.resume(), 'close')]);
    proxy.proxy[Symbol.dispose]();
    await ends;
    expect(proxy.proxy.totals.open).toBe(0);
    expect(await proxy.raw(`GET ${site.url} HTTP/1.1\r\n\r\n`).catch(() => '')).toBe('');
  });

  it('should take only so many connections, so that a browser cannot use up our descriptors', async () => {
    await using site = await startSite();
    await using proxy = await startProxy();
    const tunnels = await Promise.all(Array.from({ length: 512 }, () => proxy.tunnel(`127.0.0.1:${site.port}`)));
    expect(await proxy.raw(`GET ${site.url} HTTP/1.1\r\n\r\n`).catch(() => '')).toBe('');
    for (const { socket } of tunnels) socket.destroy();
  });

  it('should write down hosts alone, unless it is told to write more', async () => {
    await using site = await startSite();
    for (const [loggedUrls, expected] of [
      [undefined, null],
      ['path', `${site.url}/secret`],
      ['full', `${site.url}/secret?token=1`],
    ] as const) {
      await using proxy = await startProxy({ ...(loggedUrls && { loggedUrls }) });
      await proxy.get(`${site.url}/secret?token=1`);
      await proxy.entryCount(1);
      expect(proxy.entries[0]?.url).toBe(expected);
    }
  });

  it('should keep the last entries, and sums of all', async () => {
    await using site = await startSite();
    await using proxy = await startProxy({ logCapacity: 2, rules: { deny: ['denied.test'] } });
    for (const url of [site.url, 'http://denied.test/', site.url]) await proxy.get(url);
    await proxy.entryCount(3);
    expect(proxy.proxy.entries({ after: 0, limit: 10 }).map(({ id, status }) => [id, status])).toEqual([
      [2, 403],
      [3, 200],
    ]);
    expect(proxy.proxy.entries({ after: 2, limit: 10 })).toHaveLength(1);
    expect(proxy.proxy.totals).toMatchObject({ requests: 3, refused: 1, open: 0 });
    expect(proxy.proxy.origins).toEqual([site.url, 'http://denied.test']);
  });
});
