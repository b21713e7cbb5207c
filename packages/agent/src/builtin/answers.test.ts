import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Driver, startDriver } from './testing/drive.js';
import { type RunningSite, type Site, startSite } from './testing/site.js';
import { FORUM } from './testing/sites/forum.js';
import { OUTFITTER } from './testing/sites/outfitter.js';
import { TIMETABLE } from './testing/sites/timetable.js';
import { WIKI } from './testing/sites/wiki.js';

let driver: Driver;
const sites: RunningSite[] = [];

beforeAll(async () => {
  driver = await startDriver();
});

afterAll(async () => {
  for (const site of sites) await site[Symbol.asyncDispose]();
  await driver[Symbol.asyncDispose]();
});

async function serve(site: Site): Promise<string> {
  const running = await startSite(site);
  sites.push(running);
  return running.origin;
}

/** The names of what a result lists. */
const listed = (text: string) => [...text.matchAll(/^- (.+?)(?: — .*)?(?: <\S+>)?$/gm)].map((match) => match[1]);
/** A result up to what it lists. */
const opening = (text: string) => text.split('\n- ')[0]?.split('\nAsked:')[0];

const answerOn = async (startUrl: string, task: string) => (await driver.run({ task, startUrl })).text;

describe('a timetable', () => {
  let origin: string;
  beforeAll(async () => {
    origin = await serve(TIMETABLE);
  });

  it.each([
    ['Which trains to Leeds have wifi?', ['N 12', 'N 16']],
    ['How many trains leave after 10:00?', ['N 14', 'N 77', 'N 16']],
    ['List the trains that arrive before 11:00', ['N 12', 'N 31']],
    ['Which trains have a fare of at most £18.40?', ['N 12', 'N 31', 'N 14']],
    ['Which trains are between £14 and £20?', ['N 12', 'N 31']],
    ['Which train is the cheapest?', ['N 14']],
    ['What is the latest train to Leeds?', ['N 16']],
    ['List the 2 cheapest trains', ['N 14', 'N 31']],
    ['Which trains have fewer than 1 changes?', ['N 12', 'N 14', 'N 16']],
  ])('should answer “%s” from its rows', async (task, trains) => {
    expect(listed(await answerOn(origin, task))).toEqual(trains);
  });

  it.each([
    ['What is the fare to Hull?', 'N 77: Fare: £21.00'],
    ['When does the ticket office open?', 'Opens: 06:30'],
    ['What is the telephone number of the ticket office?', 'Telephone: 01632 960 001'],
    ['How many trains are there?', '5.'],
    ['What is the title of the page?', 'Departures from Northgate'],
    ['Read the heading', 'Northgate'],
    ['Read me the main heading of this page.', 'Northgate'],
    ['Tell me the headline', 'Northgate'],
  ])('should answer “%s” with what it says', async (task, answer) => {
    expect(opening(await answerOn(origin, task))).toBe(answer);
  });

  it('should say where it found the answer', async () => {
    expect(await answerOn(origin, 'List the trains to York')).toMatch(
      /^1 found:\n- N 31 — To: York; .*\nAsked: “List the trains to York”\nSource: http:\/\/127\.0\.0\.1:\d+\/$/,
    );
  });

  it('should say that nothing is there rather than list something else', async () => {
    const text = await answerOn(origin, 'List the ferries to Ostend');
    expect(text).toMatch(/^Nothing found/);
    expect(listed(text)).toEqual([]);
  });
});

describe('a shop of cards', () => {
  let origin: string;
  beforeAll(async () => {
    origin = await serve(OUTFITTER);
  });

  it('should follow the link to what is asked for', async () => {
    expect(listed(await answerOn(origin, 'Which books have a rating above 4?'))).toEqual(['Knots for Everybody', 'Edible Weeds']);
  });

  it('should look at all of what is on offer, and not only at what the first page shows of it', async () => {
    const names = ['Ridge Two', 'Knots for Everybody', 'Edible Weeds', 'Firefly Lantern'];
    expect(listed(await answerOn(origin, 'What is on sale today?'))).toEqual(names);
  });

  it('should not take a price that is struck out for the price', async () => {
    expect(opening(await answerOn(`${origin}/k/books`, 'What is the price of Edible Weeds?'))).toBe('Edible Weeds: price: £9.99');
  });

  it('should compare two things', async () => {
    const text = await answerOn(`${origin}/offers`, 'Compare Ridge Two and Firefly Lantern');
    expect(text).toContain('price: Ridge Two £249.00, Firefly Lantern £34.00 (lower: Firefly Lantern)');
  });

  it('should put a thing into the basket', async () => {
    const text = await answerOn(origin, 'Go to Books and add Edible Weeds to the basket.');
    expect(text).toContain('> Edible Weeds is in your basket.');
  });
});

describe('an encyclopaedia', () => {
  let origin: string;
  beforeAll(async () => {
    origin = await serve(WIKI);
  });

  it.each([
    ['What is the length of the Old Bridge?', 'Length: 212 m'],
    ['Who is the architect of the Old Bridge?', 'Architect: Joan Mason'],
    ['When was the bridge opened?', 'The page says:\n> The bridge was opened in 1432 by the mayor.'],
    ['Search for lighthouse, open the first result and read the opening hours', 'The page says:\n> It is open on Sundays from 10 to 4.'],
    [
      'Open the Old Bridge and read the section about the flood',
      'The page says:\n> Two arches fell in the flood. They were rebuilt in wood, and later in stone.',
    ],
  ])('should answer “%s”', async (task, answer) => {
    expect(opening(await answerOn(origin, task))).toBe(answer);
  });

  it('should fill in no form when it is told to read', async () => {
    const { text, calls } = await driver.run({ task: 'Read about submarines', startUrl: origin });
    expect(calls.map((call) => call.split(' ')[0])).toEqual(['done']);
    expect(text).toMatch(/^Nothing found/);
  });

  it('should say that a search found nothing', async () => {
    const { text, calls } = await driver.run({ task: 'Search for submarines', startUrl: origin });
    expect(calls.map((call) => call.split(' ')[0])).toEqual(['fill', 'press', 'done']);
    expect(text).toMatch(/^Nothing found/);
  });
});

describe('a forum', () => {
  let origin: string;
  beforeAll(async () => {
    origin = await serve(FORUM);
  });

  it('should count through all of its pages', async () => {
    expect(await answerOn(origin, 'How many topics are there?')).toMatch(/^23\.\n/);
  });

  it('should pick from all of its pages by who wrote it and how much was said of it', async () => {
    const names = ['Broken export no. 4', 'Slow start no. 13', 'Lost password no. 22'];
    expect(listed(await answerOn(origin, 'List the topics by mira with more than 20 comments'))).toEqual(names);
  });

  it('should find the most of something on the last page', async () => {
    expect(listed(await answerOn(origin, 'Which topic has the most comments?'))).toEqual(['Dark theme no. 23']);
  });

  it('should stop at the first page when the first ones are asked for', async () => {
    const { text, calls } = await driver.run({ task: 'List the first 3 topics', startUrl: origin });
    expect(listed(text)).toEqual(['Slow start no. 1', 'Lost password no. 2', 'Dark theme no. 3']);
    expect(calls).toHaveLength(1);
  });
});
