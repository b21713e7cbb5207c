import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Driver, startDriver } from './testing/drive.js';
import { type RunningSite, startSite } from './testing/site.js';
import { BOOKING } from './testing/sites/booking.js';

let driver: Driver;
let site: RunningSite;

beforeAll(async () => {
  driver = await startDriver();
  site = await startSite(BOOKING);
});

afterAll(async () => {
  await site[Symbol.asyncDispose]();
  await driver[Symbol.asyncDispose]();
});

const LOGINS = { boats: { username: 'ada', password: 'difference' } };
const alias = (origin: string) => ({
  alias: 'boats',
  domain: '127.0.0.1',
  origins: [origin],
  includeSubdomains: false,
  fields: ['username', 'password'],
});

it('should fill in a form with fields of every kind and send it', async () => {
  const task =
    'Open Book a boat, fill in the full name with “Ada and Bob, both” and email with ada@example.com, choose Kayak as boat, choose Half a day, ' +
    'set date to 2026-12-01, tick life jackets, untick send me news and submit the form';
  const { text } = await driver.run({ task, startUrl: site.origin });
  expect(text).toContain('> Your boat is booked.');
  expect(await sent()).toEqual([
    'name',
    'Ada and Bob, both',
    'email',
    'ada@example.com',
    'boat',
    'Kayak',
    'hire',
    '4',
    'date',
    '2026-12-01',
    'jackets',
    'on',
  ]);
});

/** What the site says that it was sent. */
async function sent(): Promise<unknown> {
  const expression = '[...document.querySelectorAll("dt, dd")].map((one) => one.textContent)';
  return (await driver.pages.execute({ type: 'evaluate', expression })).value;
}

it('should say which fields there are when there is none of that name', async () => {
  const { text } = await driver.run({ task: 'Fill in the passport number with 12', startUrl: `${site.origin}/book` });
  expect(text).toMatch(/^Not done: the page has no field “passport number”; there are “Full name”, “Email”, “Boat”/);
});

it('should sign in with a login that it names and never sees, one page after the other', async () => {
  const task = 'Go to my bookings, sign in and tell me how many bookings there are';
  const { text, calls } = await driver.run({ task, startUrl: site.origin, credentials: [alias(site.origin)] }, { logins: LOGINS });
  expect(text).toMatch(/^2\.\n- Kayak — Day: 2026-12-01/);
  expect(calls.filter((call) => call.startsWith('fill_credential')).map((call) => JSON.parse(call.slice(16)).field)).toEqual([
    'username',
    'password',
  ]);
});

it('should not offer a login of another origin', async () => {
  const { text, calls } = await driver.run(
    { task: 'Sign in', startUrl: `${site.origin}/login`, credentials: [alias('https://elsewhere.example')] },
    { logins: LOGINS },
  );
  expect(text).toMatch(/^Not done: there is no login for 127\.0\.0\.1:\d+ among the credentials/);
  expect(calls.map((call) => call.split(' ')[0])).toEqual(['done']);
});

it('should say that the site refused a login, and not try it again', async () => {
  const logins = { boats: { username: 'ada', password: 'wrong' } };
  const { text, calls } = await driver.run(
    { task: 'Sign in', startUrl: `${site.origin}/login`, credentials: [alias(site.origin)] },
    { logins },
  );
  expect(text).toContain('Not done: the site did not take the login “boats”: it says “Wrong name or password.”');
  expect(calls.filter((call) => call.startsWith('fill_credential'))).toHaveLength(2);
});

it('should ask a person where it has no login', async () => {
  const { calls } = await driver.run({ task: 'Sign in', startUrl: `${site.origin}/login`, canAskHuman: true }, { answer: 'I cannot' });
  expect(calls[0]).toContain('ask_human');
});

it('should ask a person what it is told to ask', async () => {
  const { text } = await driver.run(
    { task: 'Ask me for the colour of the boat', startUrl: site.origin, canAskHuman: true },
    { answer: 'blue' },
  );
  expect(text).toContain('blue');
});
