import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { CarrelError } from '@carrel/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSettings } from './load.js';
import { printableSettings } from './printable.js';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'carrel-settings-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const writeFile = (value: unknown, name = 'carrel.config.json') =>
  writeFileSync(join(cwd, name), typeof value === 'string' ? value : JSON.stringify(value));

function failure(env: NodeJS.ProcessEnv): CarrelError {
  try {
    loadSettings(env, cwd);
  } catch (error) {
    if (error instanceof CarrelError) return error;
    throw error;
  }
  throw new Error('expected the settings to be refused');
}

describe('loadSettings', () => {
  it('should give the defaults when nothing is set', () => {
    const { settings, sources, file, warnings } = loadSettings({}, cwd);
    expect(settings).toMatchObject({ host: '127.0.0.1', port: 7070, dataDir: join(homedir(), '.carrel'), maxBrowsers: 20 });
    expect(settings).toMatchObject({ idleTimeoutSeconds: 300, maxDurationSeconds: 3600, maxFilesBytes: 1024 ** 3, logLevel: 'info' });
    expect(settings.apiKey).toBeUndefined();
    expect(new Set(Object.values(sources))).toEqual(new Set(['default']));
    expect(file).toBeNull();
    expect(warnings).toEqual([]);
  });

  it('should prefer the environment to the file and the file to the default, and say which', () => {
    writeFile({ port: 1, maxBrowsers: 3, dataDir: 'data' });
    const { settings, sources, file } = loadSettings({ CARREL_PORT: '0', CARREL_LOG_LEVEL: '' }, cwd);
    expect(settings).toMatchObject({ port: 0, maxBrowsers: 3, dataDir: join(cwd, 'data'), logLevel: 'info' });
    expect(sources).toMatchObject({ port: 'environment', maxBrowsers: 'file', logLevel: 'default' });
    expect(file).toBe(join(cwd, 'carrel.config.json'));
  });

  it('should read the file that CARREL_CONFIG names, and refuse to go on without it', () => {
    writeFile({ port: 5 }, 'other.json');
    expect(loadSettings({ CARREL_CONFIG: 'other.json' }, cwd).settings.port).toBe(5);
    expect(failure({ CARREL_CONFIG: 'missing.json' }).message).toContain('missing.json cannot be read');
  });

  it('should list every bad setting with its source and what is expected', () => {
    writeFile({ maxBodyBytes: 'much', colour: 'red' });
    const error = failure({ CARREL_PORT: '70000', CARREL_MASTER_KEY: 'short', CARREL_ALLOWED_ORIGINS: 'https://a.example/path' });
    expect(error.code).toBe('invalid_request');
    expect(error.details.issues).toEqual([
      { setting: 'CARREL_PORT', source: 'environment', message: 'must be a whole number from 0 to 65535' },
      { setting: 'CARREL_ALLOWED_ORIGINS', source: 'environment', message: expect.stringContaining('list of origins') },
      { setting: 'CARREL_MASTER_KEY', source: 'environment', message: expect.stringContaining('32 bytes') },
      { setting: 'maxBodyBytes', source: 'file', message: expect.stringContaining('a whole number') },
      { setting: 'colour', source: 'file', message: 'is not a setting of this version' },
    ]);
    expect(error.message).toContain('CARREL_PORT (in the environment) must be');
    expect(error.message).not.toContain('short');
  });

  it('should refuse a file that is not a JSON object', () => {
    for (const text of ['[1]', '{', '"x"']) {
      writeFile(text);
      expect(failure({}).message).toContain('must hold one JSON object');
    }
  });

  it('should warn of CARREL_ names that mean nothing', () => {
    const { warnings } = loadSettings({ CARREL_PROT: '1', CARREL_URL: 'http://x', HOME: '/' }, cwd);
    expect(warnings).toEqual([expect.stringContaining('CARREL_PROT is set')]);
  });

  it('should refuse to listen for other machines without an explicit key', () => {
    for (const host of ['0.0.0.0', '::', '192.168.1.2', 'carrel.example']) {
      expect(failure({ CARREL_HOST: host }).message, host).toContain('set CARREL_API_KEY');
      expect(loadSettings({ CARREL_HOST: host, CARREL_API_KEY: 'k'.repeat(16) }, cwd).settings.host).toBe(host);
    }
    for (const host of ['127.0.0.1', '127.8.8.8', '::1', 'localhost'])
      expect(loadSettings({ CARREL_HOST: host }, cwd).settings.host).toBe(host);
  });

  it('should refuse a default above its cap', () => {
    expect(failure({ CARREL_IDLE_TIMEOUT_CAP_SECONDS: '10' }).message).toContain('at most CARREL_IDLE_TIMEOUT_CAP_SECONDS, which is 10');
  });

  it('should take a bucket or a directory as the store of profiles', () => {
    const storeOf = (value: string) => loadSettings({ CARREL_PROFILE_STORE: value }, cwd).settings.profileStore;
    expect(storeOf('s3://bucket/a/b')).toEqual(new URL('s3://bucket/a/b'));
    expect(storeOf('profiles')).toBe(join(cwd, 'profiles'));
    for (const bad of ['s3://', 's3://UPPER', 'https://bucket.example/x', 's3://bucket/a b']) {
      expect(failure({ CARREL_PROFILE_STORE: bad }).message, bad).toContain('CARREL_PROFILE_STORE');
    }
    const printed = printableSettings(loadSettings({ CARREL_PROFILE_STORE: 's3://bucket/a' }, cwd));
    expect(printed.find(({ name }) => name === 'profileStore')?.value).toBe('s3://bucket/a');
  });

  it('should take the master key as hex and as base64', () => {
    const key = Buffer.alloc(32, 7);
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      expect(loadSettings({ CARREL_MASTER_KEY: key.toString(encoding) }, cwd).settings.masterKey).toEqual([key]);
    }
    const list = `${key.toString('hex')}, ${Buffer.alloc(32, 8).toString('base64')}`;
    expect(loadSettings({ CARREL_MASTER_KEY: list }, cwd).settings.masterKey).toEqual([key, Buffer.alloc(32, 8)]);
    expect(failure({ CARREL_MASTER_KEY: `${key.toString('hex')},short` }).message).not.toContain('short');
  });
});

describe('printableSettings', () => {
  it('should show values and sources, and no secret', () => {
    const secret = 'ck_a-very-secret-key';
    const lines = printableSettings(loadSettings({ CARREL_API_KEY: secret, DATABASE_URL: 'postgres://u:hunter2@h/d' }, cwd));
    expect(lines.find(({ name }) => name === 'port')).toEqual({
      name: 'port',
      environment: 'CARREL_PORT',
      description: expect.any(String),
      source: 'default',
      value: '7070',
      defaultValue: '7070',
      isSecret: false,
    });
    expect(lines.find(({ name }) => name === 'apiKey')?.value).toBe('(set, not shown)');
    expect(JSON.stringify(lines)).not.toMatch(/very-secret|hunter2/);
  });
});

describe('the settings of the way out', () => {
  it('should read lists of addresses from the environment and the file', () => {
    writeFile({ egressAddresses: ['2001:db8::/64', '192.0.2.1'], egressNameServers: ['[::1]:5353'] });
    const { settings } = loadSettings({ CARREL_EGRESS_ALLOW: ' 10.0.0.0/8, [::1]/128:8080 ,127.0.0.1:7071,::1' }, cwd);
    expect(settings.egressAllow).toEqual(['10.0.0.0/8', '[::1]/128:8080', '127.0.0.1:7071', '::1']);
    expect(settings).toMatchObject({ egressAddresses: ['2001:db8::/64', '192.0.2.1'], egressNameServers: ['[::1]:5353'] });
  });

  it.each([
    ['CARREL_EGRESS_ALLOW', 'localhost'],
    ['CARREL_EGRESS_ALLOW', '10.0.0.0/8,10.0.0.0/99'],
    ['CARREL_EGRESS_ALLOW', '127.1'],
    ['CARREL_EGRESS_ADDRESSES', '10.0.0.0/8'],
    ['CARREL_EGRESS_NAME_SERVERS', 'dns.example'],
    ['CARREL_EGRESS_NAME_SERVERS', '192.0.2.1:0'],
    ['CARREL_PROXIES', '[{"url": "http://host:1", "colour": "red"}]'],
    ['CARREL_PROXIES', '[{"url": "ftp://host"}]'],
    ['CARREL_PROXIES', '[{"url": '],
  ])('should refuse %s=%s', (name, value) => {
    expect(failure({ [name]: value }).details.issues).toMatchObject([{ setting: name, source: 'environment' }]);
  });

  it('should take proxies as JSON, as a path and in the file, and never print them', () => {
    const pool = [{ url: 'http://user:password@host:1', country: 'DE', weight: 2 }];
    expect(loadSettings({ CARREL_PROXIES: JSON.stringify(pool) }, cwd).settings.proxies).toEqual(pool);
    expect(loadSettings({ CARREL_PROXIES: 'pool.json' }, cwd).settings.proxies).toBe(join(cwd, 'pool.json'));
    writeFile({ proxies: pool });
    const loaded = loadSettings({}, cwd);
    expect(loaded.settings.proxies).toEqual(pool);
    expect(JSON.stringify(printableSettings(loaded))).not.toContain('password');
  });
});
