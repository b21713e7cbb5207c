import type { Browser, Carrel } from '@carrel/sdk';
import { DEMO_ACCOUNT } from '../shop/index.js';
import { check, type Stage } from './stage.js';

/** Closes a browser, which saves it to its profile, and gives another that was opened with that: signed in, as the first was. */
export async function comeBack(
  client: Carrel,
  browser: Browser,
  shopUrl: string,
  stage: Stage,
  idleTimeoutSeconds: number,
): Promise<Browser> {
  const id = await stage.step('close A', async (tell) => {
    const { profile } = await browser.close();
    check(profile !== null && profile.savedVersion !== null, 'Closing A should have saved it to its profile.');
    tell(`saved as version ${profile.savedVersion} of ${profile.id}`);
    return profile.id;
  });
  const another = await stage.step('open another with its profile', async (tell) => {
    const opened = await client.browsers.open({ profile: { id }, metadata: { demonstration: 'A' }, idleTimeoutSeconds });
    tell(opened.id);
    return opened;
  });
  try {
    await stage.step('goto /members', async (tell) => {
      const { url } = await another.execute({ type: 'goto', url: `${shopUrl}/members` });
      const { snapshot } = await another.observe();
      const greeting = `Welcome back, ${DEMO_ACCOUNT.name}`;
      check(url === `${shopUrl}/members` && snapshot.includes(greeting), 'A browser with the profile of A should be signed in as A was.');
      tell(`“${greeting}”: still signed in`);
    });
  } catch (error) {
    await another.close();
    throw error;
  }
  return another;
}
