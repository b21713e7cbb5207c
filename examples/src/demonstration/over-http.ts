import type { Action, Browser, Observation, PageElement } from '@carrel/sdk';
import { DEMO_ACCOUNT } from '../shop/index.js';
import { check, DemonstrationFailed, type Stage } from './stage.js';

/** Does one action, and fails when it failed: what `execute` answers has to be looked at. */
async function act(browser: Browser, action: Action) {
  const result = await browser.execute(action);
  if (!result.success) throw new DemonstrationFailed(`${action.type} failed: ${result.message}`);
  return result;
}

/** The element of this role and name that an agent would pick from what it sees. */
function pick({ elements, metadata }: Observation, role: string, name: string): PageElement {
  const found = elements.find((element) => element.role === role && element.name === name);
  if (found === undefined) throw new DemonstrationFailed(`${metadata.url} shows no ${role} “${name}”.`);
  return found;
}

/** Signs in as an agent would, over HTTP alone: look at the page, name an element by its ref, look again. */
export async function signIn(browser: Browser, shopUrl: string, stage: Stage): Promise<void> {
  await stage.step('goto /members', async (tell) => {
    const { title } = await act(browser, { type: 'goto', url: `${shopUrl}/members` });
    check(title.startsWith('Sign in'), `The shop should have asked a stranger to sign in, but showed “${title}”.`);
    tell(`the shop asks: “${title}”`);
  });
  const seen = await stage.step('observe', async (tell) => {
    const observation = await browser.observe();
    const { elements, snapshot } = observation;
    tell(`${elements.length} elements, snapshot of ${snapshot.length} characters`);
    return observation;
  });
  const email = pick(seen, 'textbox', 'E-mail address');
  const password = pick(seen, 'textbox', 'Password');
  const button = elementAfter(seen, password, 'button', 'Sign in');
  await stage.step(`fill ${email.ref}, ${password.ref}`, async (tell) => {
    await act(browser, { type: 'fill', ref: email.ref, value: DEMO_ACCOUNT.email });
    await act(browser, { type: 'fill', ref: password.ref, value: DEMO_ACCOUNT.password });
    tell('e-mail address and password');
  });
  await stage.step(`click ${button.ref}`, async (tell) => {
    const { url, changes } = await act(browser, { type: 'click', ref: button.ref });
    check(url === `${shopUrl}/members`, `Signing in should have led to the members’ page, but led to ${url}.`);
    tell(`“${button.name}” → ${new URL(changes.url?.to ?? url).pathname}`);
  });
  await stage.step('observe', async (tell) => {
    const { snapshot } = await browser.observe();
    const greeting = `Welcome back, ${DEMO_ACCOUNT.name}`;
    check(snapshot.includes(greeting), 'The members’ page should greet who has signed in.');
    tell(`“${greeting}”`);
  });
}

/** Of several elements of one name, the one that follows another: the form's button, not the one of the page's head. */
function elementAfter(observation: Observation, anchor: PageElement, role: string, name: string): PageElement {
  const after = observation.elements.slice(observation.elements.indexOf(anchor) + 1);
  return pick({ ...observation, elements: after }, role, name);
}

/** Puts a book into the cart, by selectors instead of refs, and gives the price that the page shows. */
export async function buyOverHttp(browser: Browser, shopUrl: string, slug: string, stage: Stage): Promise<string> {
  return stage.step('add a book to the cart', async (tell) => {
    const { title } = await act(browser, { type: 'goto', url: `${shopUrl}/books/${slug}` });
    await act(browser, { type: 'click', selector: 'role=button[name="Add to cart"]' });
    await act(browser, { type: 'wait', text: 'In your cart.' });
    const { fields } = await browser.scrape({ fields: { price: '.buy-price .price' } });
    const price = fields?.price;
    check(typeof price === 'string', 'The page of a book should show its price.');
    tell(`${title.replace(' · Marginalia', '')} at ${price}`);
    return price;
  });
}
