import type { BrowserKind } from '@carrel/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StateSite, startStateSite } from '../../../packages/browser/src/profile/testing/state-site.js';
import { scaled } from '../../../packages/browser/src/testing/scale.js';
import { clientOf, foundIn, NOWHERE, seenByStranger, signedIn, signIn } from './signed-in.js';
import { startTwoMachines, type TwoMachines } from './two-machines.js';

/** Each goes through both kinds on both machines, so that every state is brought from each of the four to each. */
const ROUNDS = scaled(4, 100);
const STRANGERS = scaled(4, 1000);
const STRANGERS_AT_ONCE = 4;
const KINDS: readonly [BrowserKind, BrowserKind] = ['headless-shell', 'chromium'];
const ROUND_MS = 15_000;

let site: StateSite;
let machines: TwoMachines;
beforeAll(async () => {
  [site, machines] = await Promise.all([startStateSite(), startTwoMachines()]);
});
afterAll(async () => {
  await machines?.[Symbol.asyncDispose]();
  await site?.[Symbol.asyncDispose]();
});

/** Where a round takes place: over sixteen of them, each of the four places comes after each. */
function placeOf(round: number): { machine: 0 | 1; kind: BrowserKind } {
  const place = (round + Math.floor(round / 4)) % 4;
  return { machine: place < 2 ? 0 : 1, kind: KINDS[(place % 2) as 0 | 1] };
}

describe(`A profile that goes through ${ROUNDS} browsers`, () => {
  it(
    'should bring every kind of state along, between machines, walls, uids and kinds, and nobody else see any of it',
    async () => {
      const clients = machines.servers.map(clientOf);
      const { id } = await (clients[0] as (typeof clients)[number]).profiles.create({ name: 'traveller' });
      let written: string | undefined;
      for (let round = 0; round < ROUNDS; round++) {
        const { machine, kind } = placeOf(round);
        const browser = await (clients[machine] as (typeof clients)[number]).browsers.open({ kind, profile: { id, persist: true } });
        expect(browser.info.isolation.level).toBe(machine === 0 ? 'sandbox' : 'process');
        expect(await foundIn(browser, site)).toEqual(written === undefined ? NOWHERE : signedIn(written));
        written = `canary-${round}`;
        await signIn(browser, site, written);
        const { profile } = await browser.close();
        expect(profile).toMatchObject({ version: round === 0 ? null : round, savedVersion: round + 1, error: null });
      }
      const client = clientOf(machines.servers[0]);
      for (let seen = 0; seen < STRANGERS; seen += STRANGERS_AT_ONCE) {
        const found = await Promise.all(Array.from({ length: STRANGERS_AT_ONCE }, () => seenByStranger(client, site)));
        expect(found).toEqual(Array(STRANGERS_AT_ONCE).fill(NOWHERE));
      }
    },
    60_000 + ROUNDS * ROUND_MS + STRANGERS * 5_000,
  );
});

describe('What of a browser is no storage', () => {
  it('should come back with it: permissions, identity, tabs and sessionStorage, the latter two when asked for', async () => {
    const client = clientOf(machines.servers[0]);
    const { id } = await client.profiles.create();
    const tabs = { tabs: true, sessionStorage: true };
    const identity = { locale: 'de-DE', timezone: 'Europe/Berlin', viewport: { width: 1000, height: 700 } };
    const first = await client.browsers.open({ profile: { id, persist: true, ...tabs }, identity });
    await first.execute({ type: 'goto', url: `${site.origin}/first` });
    await first.execute({ type: 'evaluate', expression: `sessionStorage.setItem('canary', 'of the first tab')` });
    await first.tabs.open(`${site.otherOrigin}/second`);
    const { chromium } = await import('playwright-core');
    {
      const playwright = await chromium.connectOverCDP(first.cdpUrl);
      await playwright.contexts()[0]?.grantPermissions(['geolocation'], { origin: site.origin });
      await playwright.close();
    }
    await first.close();

    await using second = await clientOf(machines.servers[1]).browsers.open({ kind: 'chromium', profile: { id, ...tabs } });
    const { userAgent: _, ...same } = { ...first.info.identity, seed: first.info.identity?.seed };
    expect(second.info.identity).toMatchObject(same);
    await expect
      .poll(async () => (await second.tabs.list()).map(({ url }) => url))
      .toEqual([`${site.origin}/first`, `${site.otherOrigin}/second`]);
    const [tab, other] = await second.tabs.list();
    expect(other?.active).toBe(true);
    const ask = (expression: string) => second.execute({ type: 'evaluate', expression, tabId: tab?.id ?? '' });
    expect(await ask(`sessionStorage.getItem('canary')`)).toMatchObject({ value: 'of the first tab' });
    expect(await ask(`navigator.permissions.query({ name: 'geolocation' }).then(({ state }) => state)`)).toMatchObject({
      value: 'granted',
    });
    expect(await ask(`Intl.DateTimeFormat().resolvedOptions().timeZone + navigator.language`)).toMatchObject({
      value: 'Europe/Berlinde-DE',
    });

    await using plain = await client.browsers.open({ profile: { id }, identity: { timezone: 'Asia/Tokyo' } });
    expect((await plain.tabs.list()).map(({ url }) => url)).toEqual(['about:blank']);
    expect(plain.info.identity).toMatchObject({ locale: 'de-DE', timezone: 'Asia/Tokyo' });
  });

  it('should leave by the same exit again, unless another is asked for', async () => {
    const client = clientOf(machines.servers[0]);
    const { id } = await client.profiles.create();
    const own = [{ server: 'http://127.0.0.1:9', username: 'user', password: 'secret of the exit' }];
    const first = await client.browsers.open({ profile: { id, persist: true }, proxies: own });
    await first.close();
    await using again = await clientOf(machines.servers[1]).browsers.open({ profile: { id } });
    expect(again.info.network.exit).toMatchObject({ type: 'proxy', source: 'request', server: 'http://127.0.0.1:9' });
    await using direct = await client.browsers.open({ profile: { id }, proxies: false });
    expect(direct.info.network.exit).toMatchObject({ type: 'direct' });
    expect(JSON.stringify([again.info, await client.profiles.get(id), await client.profiles.contents(id)])).not.toContain(
      'secret of the exit',
    );
  });
});
