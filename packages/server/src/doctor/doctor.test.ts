import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadSettings } from '../settings/index.js';
import { checkChromium, checkSandbox } from './chromium.js';
import { diagnose } from './index.js';
import { checkDatabase, checkDataDirectory, checkNode, checkPort, checkProfileStore } from './machine.js';

const settingsOf = (env: NodeJS.ProcessEnv) => loadSettings(env, '/').settings;

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return String((server.address() as AddressInfo).port);
}

async function closedPort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return String(port);
}

describe('checkNode', () => {
  it('should ask for 20.19', () => {
    expect(['20.18.9', '18.20.0'].map((version) => checkNode(version).status)).toEqual(['fail', 'fail']);
    expect(['20.19.0', '24.0.0', '22.1.0'].map((version) => checkNode(version).status)).toEqual(['ok', 'ok', 'ok']);
  });
});

describe('checkChromium', () => {
  it('should say the version of the one there is', async () => {
    const finding = await checkChromium('headless-shell', settingsOf({}), process.env);
    expect(finding).toMatchObject({ status: 'ok', message: expect.stringMatching(/\d+\.\d+\.\d+/) });
  });

  it('should fail for one that does not start, and say how to get one that does', async () => {
    const settings = settingsOf({ CARREL_HEADLESS_SHELL_PATH: '/bin/false', CARREL_CHROMIUM_PATH: '/bin/false' });
    expect(await checkChromium('headless-shell', settings, {})).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('does not start'),
      mend: expect.stringContaining('chromium-headless-shell'),
    });
    expect(await checkChromium('chromium', settings, {})).toMatchObject({ status: 'warn' });
  });
});

describe('checkSandbox', () => {
  it('should warn when the sandbox is turned off', async () => {
    expect(await checkSandbox(settingsOf({ CARREL_ALLOW_NO_SANDBOX: '1' }))).toMatchObject({ status: 'warn', mend: expect.any(String) });
  });
});

describe('checkPort', () => {
  it('should tell a free port, a Carrel and something else apart', async () => {
    const carrel = await listen((_request, response) => void response.end('{"status":"ok","version":"9.9.9"}'));
    const other = await listen((_request, response) => void response.end('<h1>It works!</h1>'));
    const check = (port: string) => checkPort(settingsOf({ CARREL_PORT: port }));
    expect(await check(await closedPort())).toMatchObject({ status: 'ok', message: expect.stringContaining('is free') });
    expect(await check(carrel)).toMatchObject({ status: 'ok', message: expect.stringContaining('Carrel 9.9.9 answers') });
    expect(await check(other)).toMatchObject({ status: 'fail', mend: expect.stringContaining('CARREL_PORT=') });
  });

  it('should fail for an address that is not of this machine', async () => {
    const settings = settingsOf({ CARREL_HOST: '192.0.2.1', CARREL_API_KEY: 'ck_0123456789abcdef' });
    expect(await checkPort(settings)).toMatchObject({ status: 'fail', message: expect.stringContaining('192.0.2.1:7070') });
  });
});

describe('checkDatabase', () => {
  it('should find the embedded one, and notice a given one that does not answer, without showing its password', async () => {
    expect(await checkDatabase(settingsOf({}))).toMatchObject({ status: 'ok' });
    const finding = await checkDatabase(settingsOf({ DATABASE_URL: `postgres://me:hunter2@127.0.0.1:${await closedPort()}/x` }));
    expect(finding).toMatchObject({ status: 'fail', message: expect.stringContaining('does not answer') });
    expect(JSON.stringify(finding)).not.toContain('hunter2');
  });
});

describe('checkDataDirectory', () => {
  it('should take one that can be made, without making it', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'carrel-doctor-'));
    onTestFinished(() => rm(parent, { recursive: true }));
    const dataDir = join(parent, 'a/b');
    const before = await checkDataDirectory(settingsOf({ CARREL_DATA_DIR: dataDir }));
    expect(before).toMatchObject({ status: 'ok', message: expect.stringContaining('made on first start') });
    expect(await checkDataDirectory(settingsOf({ CARREL_DATA_DIR: dataDir }))).toEqual(before);
  });

  it('should fail for one below a file', async () => {
    expect(await checkDataDirectory(settingsOf({ CARREL_DATA_DIR: '/etc/passwd/x' }))).toMatchObject({ status: 'fail' });
  });
});

describe('checkProfileStore', () => {
  it('should take a directory that can be made, without making it, and fail for one below a file', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'carrel-doctor-'));
    onTestFinished(() => rm(parent, { recursive: true }));
    const finding = await checkProfileStore(settingsOf({ CARREL_DATA_DIR: join(parent, 'a') }));
    expect(finding).toMatchObject({ status: 'ok', message: join(parent, 'a/profiles') });
    expect(await readdir(parent)).toEqual([]);
    expect(await checkProfileStore(settingsOf({ CARREL_PROFILE_STORE: '/etc/passwd/x' }))).toMatchObject({ status: 'fail' });
  });

  it('should fail for a bucket of a server that is not there', async () => {
    const env = {
      CARREL_PROFILE_STORE: 's3://bucket',
      CARREL_S3_ENDPOINT: `http://127.0.0.1:${await closedPort()}`,
      CARREL_S3_REGION: 'eu-1',
    };
    expect(await checkProfileStore(settingsOf(env))).toMatchObject({ status: 'fail', mend: expect.stringContaining('CARREL_S3_') });
  });
});

describe('diagnose', () => {
  it('should stop at settings that are not right, and name them', async () => {
    const findings = await diagnose({ CARREL_PORT: 'many' }, '/');
    expect(findings.map(({ name, status }) => [name, status])).toEqual([
      ['node', 'ok'],
      ['settings', 'fail'],
    ]);
    expect(findings[1]?.message).toContain('CARREL_PORT');
  });
});
