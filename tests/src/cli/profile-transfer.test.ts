import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Carrel } from '@carrel/sdk';
import { describe, expect, it } from 'vitest';
import { carrel, carrelJson, cwd, memberWith, server, signIn, site, useClub } from './club.js';

useClub();

describe('carrel profiles export and import', { timeout: 90_000 }, () => {
  it('should move a login out and into another profile, and write down who did', async () => {
    await carrel('profiles', 'create', 'carol');
    const { id } = await carrelJson<{ id: string }>('open', '--profile', 'carol', '--persist');
    await carrel('exec', id, 'goto', site.url);
    await signIn(id, 'carol');
    await carrel('close', id);
    for (const format of ['storageState', 'cookies', 'netscape']) {
      const file = `${format}.txt`;
      expect(await carrel('profiles', 'export', 'carol', '--format', format, '-o', file)).toMatchObject({ exitCode: 0 });
      expect((await stat(join(cwd, file))).mode & 0o777).toBe(0o600);
      await carrel('profiles', 'create', format);
      expect(await carrel('profiles', 'import', format, file)).toMatchObject({ exitCode: 0, stderr: '' });
      expect(await memberWith(format)).toBe('carol, token-of-carol');
    }
    const state = JSON.parse(await readFile(join(cwd, 'storageState.txt'), 'utf8'));
    expect(state.origins).toMatchObject([{ origin: site.url, localStorage: [{ name: 'token', value: 'token-of-carol' }] }]);
    const audit = await carrel('audit');
    expect(audit.stdout.match(/profile\.exported/g)).toHaveLength(3);
    expect(audit.stdout.match(/profile\.imported/g)).toHaveLength(3);
    expect(audit.stdout).not.toContain('token-of');
    await writeFile(join(cwd, 'prose.txt'), 'user: carol');
    expect((await carrel('profiles', 'import', 'carol', 'prose.txt')).exitCode).toBe(2);
  });

  it('should let nobody take values out who may not', async () => {
    const words = ['--scopes', 'browsers:write', 'browsers:read', 'profiles:write', 'profiles:read'];
    const { secret } = await carrelJson<{ secret: string }>('keys', 'create', 'no-export', ...words);
    await carrel('profiles', 'create', 'erin', '--api-key', secret);
    expect((await carrel('profiles', 'export', 'erin', '--api-key', secret)).exitCode).toBe(4);
    expect((await carrel('audit', '--api-key', secret)).exitCode).toBe(4);
  });

  it('should give the SDK an export by the name of its format', async () => {
    const client = new Carrel({ url: server.url, apiKey: server.apiKey });
    const { id } = await client.profiles.create();
    await client.profiles.import(id, { cookies: [{ name: 'sid', value: 'peggy', url: site.url }] });
    const { netscape, version } = await client.profiles.export(id, { format: 'netscape' });
    expect({ netscape, version }).toEqual({ netscape: expect.stringContaining('peggy'), version: 1 });
    const { storageState } = await client.profiles.export(id);
    expect(storageState.cookies).toMatchObject([{ name: 'sid', value: 'peggy' }]);
    expect((await client.auditEvents.list({ limit: 1 }).page()).data).toMatchObject([{ action: 'profile.exported', subject: id }]);
  });
});
