import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Driver, startDriver } from './testing/drive.js';
import { type RunningSite, startSite } from './testing/site.js';
import { OUTFITTER } from './testing/sites/outfitter.js';

let driver: Driver;
let site: RunningSite;

beforeAll(async () => {
  driver = await startDriver();
  site = await startSite(OUTFITTER);
});

afterAll(async () => {
  await site[Symbol.asyncDispose]();
  await driver[Symbol.asyncDispose]();
});

const listed = (text: string) => [...text.matchAll(/^- (.+?)(?: — .*)?(?: <\S+>)?$/gm)].map((match) => match[1]);

/** Turns that each know the result of the one before, and nothing else of it. */
async function converse(first: string, ...tasks: string[]): Promise<string[]> {
  const results = [(await driver.run({ task: first, startUrl: site.origin })).text];
  for (const task of tasks) results.push((await driver.run({ task, previousContext: results.at(-1) ?? null })).text);
  return results;
}

it('should hold a conversation of three turns', async () => {
  const [sale, books, tents] = await converse('What is on sale today?', 'Which of those are books?', 'What about in Tents?');
  expect(listed(sale ?? '')).toEqual(['Ridge Two', 'Knots for Everybody', 'Edible Weeds', 'Firefly Lantern']);
  expect(listed(books ?? '')).toEqual(['Knots for Everybody', 'Edible Weeds']);
  expect(listed(tents ?? '')).toEqual(['Ridge Two']);
  expect(books).toContain('Asked: “What is on sale today?”, then “Which of those are books?”');
});

it('should answer from the turn before alone what it says', async () => {
  const [, cheap, rated] = await converse('List the books', 'Which of those are under £15?', 'How many of them have a rating over 4.5?');
  expect(listed(cheap ?? '')).toEqual(['Knots for Everybody', 'Edible Weeds']);
  expect(rated).toMatch(/^1\.\n- Knots for Everybody/);
});

it('should take a bare question for one about the turn before', async () => {
  const [, cheapest] = await converse('List the tents', 'Which is the cheapest?');
  expect(cheapest).toMatch(/^The cheapest: Ridge Two\./);
});

it('should ask the same of another thing', async () => {
  const [, second] = await converse('Open Books and tell me the price of Edible Weeds', 'What about The Tent Book?');
  expect(second).toMatch(/^The Tent Book: price: £19\.00/);
});

it('should say that none of those is what is asked for', async () => {
  const [, none] = await converse('What is on sale today?', 'Which of those are bicycles?');
  expect(none).toMatch(/^None of the 4/);
});

it('should understand lists that another model wrote', async () => {
  const previousContext =
    'Here is what I found:\n1. **Blue kettle** – £39.90\n2. Red pan – £12.00 (https://pans.example/red)\nAnything else?';
  const { text } = await driver.run({ task: 'Which of those are under £20?', previousContext });
  expect(listed(text)).toEqual(['Red pan']);
});

it('should say that it cannot go on from nothing', async () => {
  for (const task of ['What about in Tents?', 'Which of those are books?']) {
    const { outcome } = await driver.run({ task, previousContext: 'All done.' });
    expect(outcome.failure?.code).toBe('model_required');
  }
});

it('should know which one “it” is, and look at its own page for what was not said of it', async () => {
  const [, cheapest, price, rating] = await converse(
    'What is on sale today?',
    'Which of those is the cheapest?',
    'What is the price of that book?',
    'What is its rating?',
  );
  expect(listed(cheapest ?? '')).toEqual(['Edible Weeds']);
  expect(price).toMatch(/^Edible Weeds: price: £9\.99/);
  expect(rating).toMatch(/^Edible Weeds: rating: 4\.2 out of 5/i);
});

it('should not choose among several what “it” may be', async () => {
  const { text: previousContext } = await driver.run({ task: 'What is on sale today?', startUrl: site.origin });
  const { outcome } = await driver.run({ task: 'What is the price of that book?', previousContext });
  expect(outcome.failure?.code).toBe('model_required');
});
