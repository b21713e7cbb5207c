import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StateSite, startStateSite } from '../../../packages/browser/src/profile/testing/state-site.js';
import { mainProcess } from '../../../packages/browser/src/testing/processes.js';
import { startTestServer, type TestServer } from '../running/server-and-site.js';
import { clientOf, foundIn, logOf, openOnce, signedIn, signIn } from './signed-in.js';

let server: TestServer;
let site: StateSite;
beforeAll(async () => {
  [server, site] = await Promise.all([startTestServer(), startStateSite()]);
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await site?.[Symbol.asyncDispose]();
});

describe('Two browsers that would save to one profile', () => {
  it('should be refused, the second one, with who holds it and what to do; readers are not', async () => {
    const client = clientOf(server);
    const { id } = await client.profiles.create();
    await using holder = await openOnce(client, { profile: { id, persist: true } });
    const details = { browserId: holder.id, since: expect.stringMatching(/^20/) };
    await expect(openOnce(client, { profile: { id, persist: true } })).rejects.toMatchObject({
      code: 'profile_locked',
      status: 409,
      message: expect.stringContaining(holder.id),
      details,
    });
    await using reader = await openOnce(client, { profile: { id } });
    expect(reader.info.profile).toMatchObject({ persist: false });
    expect((await client.profiles.get(id)).heldBy).toEqual([{ browserId: holder.id, since: details.since, exclusive: true }]);
    await expect(client.profiles.delete(id)).rejects.toMatchObject({ code: 'profile_locked' });
  });

  it('should wait as long as they are told to, and begin with what the first saved', async () => {
    const client = clientOf(server);
    const { id } = await client.profiles.create();
    const first = await openOnce(client, { profile: { id, persist: true } });
    await signIn(first, site, 'first');
    const waiting = openOnce(client, { profile: { id, persist: true }, waitMs: 30_000 });
    await expect(openOnce(client, { profile: { id, persist: true }, waitMs: 100 })).rejects.toMatchObject({ code: 'profile_locked' });
    await first.close();
    await using second = await waiting;
    expect(second.info.profile).toMatchObject({ version: 1 });
    expect(await foundIn(second, site)).toEqual(signedIn('first'));
  });

  it('should not be kept out by one that crashed', async () => {
    const client = clientOf(server);
    const { id } = await client.profiles.create();
    const first = await openOnce(client, { profile: { id, persist: true } });
    process.kill(mainProcess(`/${first.id}/profile`), 'SIGKILL');
    await logOf(first);
    await using second = await openOnce(client, { profile: { id, persist: true }, waitMs: 5_000 });
    expect(second.info.profile).toMatchObject({ persist: true });
  });

  it('should both save when they merge: what each changed, and of what both changed the newest', async () => {
    const client = clientOf(server);
    const { id } = await client.profiles.create();
    const at = (path: string) => ({ type: 'goto' as const, url: `${site.otherOrigin}${path}` });
    const set = (name: string, value: string) => {
      const expression = `document.cookie = '${name}=${value}; max-age=9999'; localStorage.setItem('${name}', '${value}')`;
      return { type: 'evaluate' as const, expression };
    };
    {
      await using base = await openOnce(client, { profile: { id, persist: true } });
      await base.execute(at('/'));
      await base.execute(set('both', 'base'));
    }
    const first = await openOnce(client, { profile: { id, persist: true } });
    const second = await openOnce(client, { profile: { id, persist: true, onConflict: 'merge' } });
    await signIn(first, site, 'of-the-first');
    await second.execute(at('/'));
    await second.execute(set('both', 'of the second'));
    expect((await second.close()).profile).toMatchObject({ error: null });
    const { profile } = await first.close();
    expect(profile).toMatchObject({ error: null });
    const versions = await client.profiles.versions(id).all();
    expect(versions[0]).toMatchObject({ version: profile?.savedVersion, source: 'merge', isCurrent: true, mergedWith: 2 });
    // The other's own version stays.
    expect(versions.map(({ browserId }) => browserId)).toContain(second.id);

    await using next = await openOnce(client, { profile: { id } });
    expect(await foundIn(next, site)).toEqual(signedIn('of-the-first'));
    await next.execute(at('/'));
    const both = {
      type: 'evaluate' as const,
      expression: `document.cookie.match(/both=([^;]*)/)[1] + ', ' + localStorage.getItem('both')`,
    };
    expect(await next.execute(both)).toMatchObject({ value: 'of the second, of the second' });
  });
});
