import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCarrel } from './testing/run-carrel.js';

async function temporaryDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'carrel-cli-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A server that is no Carrel but says what it was sent, and refuses it. */
async function refusingServer(): Promise<{ url: string; keys: (string | undefined)[] }> {
  const keys: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    keys.push(request.headers.authorization);
    response.writeHead(401, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: 'No valid API key.', code: 'unauthorized', details: {}, requestId: 'req_1' }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, keys };
}

describe('carrel', () => {
  it('should list its commands and exit codes', async () => {
    const { exitCode, stdout } = await runCarrel(['--help']);
    expect(exitCode).toBe(0);
    for (const word of ['serve', 'open', 'doctor', 'Exit codes:', 'CARREL_URL']) expect(stdout).toContain(word);
  });

  it('should say its version in both of the usual ways, and nowhere else', async () => {
    const { stdout: version } = await runCarrel(['--version']);
    expect(version).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await runCarrel(['version'])).stdout).toContain(`carrel ${version.trim()} `);
    expect((await runCarrel(['open', '--version'])).exitCode).toBe(2);
  });

  it.each([
    [['opne'], 'Did you mean open?'],
    [['open', '--kind', 'firefox'], 'Allowed choices are headless-shell, chromium'],
    [['open', '--idle-timeout', '1.5'], 'whole number of seconds'],
    [['open', '--metadata', 'plan'], 'name=value'],
    [['open', '--viewport', '1280'], 'It must be width x height'],
    [['open', '--geolocation', 'Berlin'], 'It must be latitude,longitude'],
    [['open', '--proxy', 'nonsense'], 'It must be like socks5://'],
    [['open', '--proxy', 'http://a:50%off@b:1'], 'is written %25'],
    [['open', '--proxy', 'http://a:1', '--proxies', 'DE'], 'cannot be used with'],
    [['live', 'br_1', '--ttl', 'soon'], 'a time such as 90s'],
    [['live', 'br_1', '--revoke', 'br_1'], 'id of a live link'],
    [['show'], "missing required argument 'id'"],
    [['close'], 'Give the ids'],
    [['exec', 'br_1'], 'Give the type of an action'],
    [['exec', 'br_1', 'back', '--json-action', '{}'], 'Give the type of an action'],
    [['ls', '--url', 'nonsense', '--api-key', 'x'], 'must be like http://'],
  ])('should end %j with 2 and say what is wrong', async (words, message) => {
    const { exitCode, stdout, stderr } = await runCarrel(words);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('should say how to start a server when none answers, and end with 5', async () => {
    const { exitCode, stderr } = await runCarrel(['ls', '--url', `http://127.0.0.1:${await freePort()}`, '--api-key', 'x']);
    expect(exitCode).toBe(5);
    expect(stderr).toContain('carrel serve');
  });

  it('should end with 4 when the key is not right, in JSON when asked to', async () => {
    const { url } = await refusingServer();
    const { exitCode, stderr } = await runCarrel(['ls', '--url', url, '--api-key', 'x', '--json']);
    expect(exitCode).toBe(4);
    expect(JSON.parse(stderr)).toEqual({ error: 'No valid API key.', code: 'unauthorized', details: {}, requestId: 'req_1' });
    expect((await runCarrel(['ls', '--url', url, '--api-key', 'x'])).stderr).toContain('Set CARREL_API_KEY');
  });

  it('should find the key of a local server in its data directory, and prefer one that is given', async () => {
    const { url, keys } = await refusingServer();
    const dataDir = await temporaryDirectory();
    const env = { CARREL_URL: url, CARREL_DATA_DIR: dataDir };
    await writeFile(join(dataDir, 'api-key'), 'ck_from_file_0123456789\n');
    await runCarrel(['ls'], env);
    await runCarrel(['ls'], { ...env, CARREL_API_KEY: 'ck_from_environment' });
    await runCarrel(['ls', '--api-key', 'ck_from_option'], { ...env, CARREL_API_KEY: 'ck_from_environment' });
    expect(keys).toEqual(['Bearer ck_from_file_0123456789', 'Bearer ck_from_environment', 'Bearer ck_from_option']);
  });

  it('should find a local server by the port of its settings', async () => {
    const { url, keys } = await refusingServer();
    const cwd = await temporaryDirectory();
    await writeFile(join(cwd, 'carrel.config.json'), JSON.stringify({ port: Number(new URL(url).port), dataDir: '.' }));
    expect((await runCarrel(['ls'], {}, cwd)).exitCode).toBe(4);
    expect(keys).toEqual([undefined]);
  });

  it('should never send the key of the local server elsewhere', async () => {
    const dataDir = await temporaryDirectory();
    await writeFile(join(dataDir, 'api-key'), 'ck_from_file_0123456789\n');
    const { url, keys } = await refusingServer();
    const elsewhere = url.replace('127.0.0.1', '127.0.0.1.nip.invalid');
    const { exitCode, stderr } = await runCarrel(['ls', '--url', elsewhere], { CARREL_DATA_DIR: dataDir });
    expect(exitCode).toBe(5);
    expect(stderr).not.toContain('ck_from_file');
    expect(keys).toEqual([]);
  });
});

describe('carrel config', () => {
  it('should show each setting with its source, and no secret', async () => {
    const env = { CARREL_PORT: '8080', CARREL_API_KEY: 'ck_0123456789abcdef', CARREL_POTR: '1' };
    const { exitCode, stdout, stderr } = await runCarrel(['config'], env);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^port +8080 +environment +CARREL_PORT$/m);
    expect(stdout).toMatch(/^host +127\.0\.0\.1 +default +CARREL_HOST$/m);
    expect(stdout).not.toContain('ck_0123');
    expect(stderr).toContain('CARREL_POTR');
    const { settings } = JSON.parse((await runCarrel(['config', '--json'], env)).stdout);
    const port = { name: 'port', environment: 'CARREL_PORT', source: 'environment', value: '8080', defaultValue: '7070', isSecret: false };
    expect(settings).toContainEqual({ ...port, description: expect.any(String) });
  });

  it('should end with 2 when the settings are not right', async () => {
    const { exitCode, stderr } = await runCarrel(['config'], { CARREL_PORT: 'many' });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('CARREL_PORT');
  });
});

describe('carrel doctor', () => {
  it('should look at everything, and end with 1 and what mends it when something needed is missing', async () => {
    const dataDir = await temporaryDirectory();
    const env = { CARREL_DATA_DIR: dataDir, CARREL_PORT: '0', CARREL_HEADLESS_SHELL_PATH: '/nowhere/shell' };
    const { exitCode, stdout } = await runCarrel(['doctor', '--json'], env);
    const findings: { name: string; status: string; message: string; mend?: string }[] = JSON.parse(stdout);
    expect(findings.map(({ name }) => name)).toEqual([
      ...[
        'node',
        'settings',
        'headless-shell',
        'chromium',
        'sandbox',
        'isolation',
        'limits',
        'setpriv',
        'fonts',
        'postgres',
        'data directory',
        'profile store',
        'port',
      ],
    ]);
    expect(exitCode).toBe(1);
    const shell = findings.find(({ name }) => name === 'headless-shell');
    expect(shell).toMatchObject({ status: 'fail', message: expect.stringContaining('/nowhere/shell'), mend: expect.any(String) });
    for (const { status, mend } of findings) expect(mend !== undefined).toBe(status !== 'ok');
  });
});
