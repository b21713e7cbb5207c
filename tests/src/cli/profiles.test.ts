import { Carrel, type Profile, type ProfileContents, type ProfileVersion } from '@carrel/sdk';
import { describe, expect, it } from 'vitest';
import { carrel, carrelJson, memberWith, server, signIn, site, useClub } from './club.js';

useClub();

describe('carrel with profiles', { timeout: 60_000 }, () => {
  it('should sign in once, save, and be signed in from then on', async () => {
    await carrel('profiles', 'create', 'ann');
    const { id } = await carrelJson<{ id: string }>('open', '--profile', 'ann', '--persist');
    await carrel('exec', id, 'goto', site.url);
    await signIn(id, 'ann');
    expect((await carrel('checkpoint', id)).stdout).toMatch(/^Saved as version 1 /);
    expect((await carrel('profiles', 'show', 'ann')).stdout).toMatch(new RegExp(`^in use by +${id} since `, 'm'));
    const locked = await carrel('open', '--profile', 'ann', '--persist');
    expect(locked).toMatchObject({ exitCode: 6, stderr: expect.stringContaining(id) });
    expect((await carrel('show', id)).stdout).toMatch(/^saved +saved as version 1 of pf_/m);
    expect((await carrel('close', id)).stdout).toMatch(new RegExp(`^${id} clos(ing|ed) saved as version 2 of pf_\\w+\n$`));
    expect(await memberWith('ann')).toBe('ann, token-of-ann');
    const shown = await carrel('profiles', 'show', 'ann');
    expect(shown.stdout).toMatch(/^2 current +\S+ +close/m);
    expect(shown.stdout).toContain(site.url);
    expect(shown.stdout).not.toMatch(/in use by|token-of/);
    const contents = await carrelJson<ProfileContents>('profiles', 'contents', 'ann');
    expect(contents.cookies).toMatchObject([{ name: 'sid', expires: -1 }]);
  });

  it('should go back to an old version, and keep the others', async () => {
    const { id: profileId } = await carrelJson<Profile>('profiles', 'create', 'bob');
    for (const who of ['bob', 'rob']) {
      const { id } = await carrelJson<{ id: string }>('open', '--profile', profileId, '--persist');
      await carrel('exec', id, 'goto', site.url);
      await carrel('exec', id, 'evaluate', 'localStorage.clear()');
      await signIn(id, who);
      await carrel('close', id);
    }
    expect(await memberWith('bob')).toBe('rob, token-of-rob');
    expect((await carrel('profiles', 'restore', 'bob', '1')).stdout).toBe('Version 1 is the current one again, as version 3\n');
    expect(await memberWith('bob')).toBe('bob, token-of-bob');
    const history = await carrelJson<ProfileVersion[]>('profiles', 'history', 'bob');
    expect(history.map(({ version, source }) => [version, source])).toEqual([
      [3, 'restore'],
      [2, 'close'],
      [1, 'close'],
    ]);
  });

  it('should delete a profile for good, and change the master key', async () => {
    const { id } = await carrelJson<Profile>('profiles', 'create', 'dora');
    expect((await carrel('profiles', 'create', 'dora')).exitCode).toBe(1);
    await carrel('profiles', 'rename', 'dora', 'dorothy');
    expect((await carrel('master-key', 'rotate')).stdout).toMatch(/^\d+ keys? wrapped with master key \S+\n$/);
    expect((await carrel('profiles', 'rm', 'dorothy')).stdout).toBe(`Deleted dorothy ${id}\n`);
    expect((await carrel('profiles', 'show', 'dorothy')).exitCode).toBe(3);
    expect((await carrel('profiles', 'show', id)).exitCode).toBe(3);
    expect((await carrel('audit')).stdout).toMatch(new RegExp(`profile\\.deleted +${id}`));
  });
});

describe('the SDK with profiles', { timeout: 60_000 }, () => {
  it('should keep a login over the end of a block, and check it in while it runs', async () => {
    const client = new Carrel({ url: server.url, apiKey: server.apiKey });
    const { id } = await client.profiles.create({ metadata: { test: 'sdk' } });
    {
      await using browser = await client.browsers.open({ profile: { id, persist: true } });
      await browser.execute({ type: 'goto', url: site.url });
      await browser.cookies.set([{ name: 'sid', value: 'peggy', url: site.url }]);
      expect(await browser.checkpoint()).toMatchObject({ version: 1, source: 'checkpoint', browserId: browser.id });
      expect((await browser.close()).profile).toMatchObject({ savedVersion: 2, error: null });
    }
    await using browser = await client.browsers.open({ profile: { id } });
    expect(browser.info.profile).toMatchObject({ persist: false, version: 2 });
    expect(await browser.cookies.get()).toMatchObject([{ name: 'sid', value: 'peggy' }]);
    await expect(browser.checkpoint()).rejects.toMatchObject({ code: 'conflict' });
  });
});
