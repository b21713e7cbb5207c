import { parseArgs } from 'node:util';
import { BenchmarkFailed } from './benchmark-failed.js';
import { SECTION_NAMES, type SectionName } from './sections/index.js';

/** What is to be measured, and how much of it. */
export interface BenchOptions {
  sections: readonly SectionName[];
  /** Lifecycles of each contender one at a time, with rests between. */
  runs: number;
  /** Lifecycles of each contender that do not count, before those that do. */
  warmUps: number;
  batchSize: number;
  /** Blocks of lifecycles without a rest, of each contender, and how many lifecycles each has. */
  sustainedRounds: number;
  sustainedSessions: number;
  /** Lifecycles one after the other, to see whether something gets slower or stays. */
  lifecycles: number;
  /** How often one browser is started and ended, of each kind. */
  lives: number;
  /** Browsers at once while memory and idle CPU are measured. */
  browsers: number;
  /** For how long the CPU of idle browsers is counted, in ms. */
  idleMs: number;
  /** How often browsers are woken that sleep. */
  wakeRounds: number;
  /** Rounds of `roundTripMs` each, per way and number in flight. */
  roundTripRounds: number;
  roundTripMs: number;
  /** How often a profile of each size is packed and unpacked; sessions with a profile are three times as many. */
  profileRuns: number;
  /** How often each thing is done on a page. */
  pageRuns: number;
  /** How often a browser of each kind begins to be watched, and is pressed. */
  liveRounds: number;
  /** For how long the frames of a moving page are counted, in ms. */
  liveMs: number;
  /** Turns of conversations one at a time, and as many four at once. */
  turns: number;
  isQuick: boolean;
  /** Where to write the results, instead of a file named after the time. */
  jsonFile: string | undefined;
  /** Where to write the report as Markdown; its plots go to a folder of that name beside it. */
  markdownFile: string | undefined;
}

export const USAGE = `npm run bench                    everything, some twenty minutes on two quiet cores
npm run bench -- --quick         fewer runs of everything, under three minutes

  --runs N         lifecycles one at a time, with rests between (100; quick 6)
  --lifecycles N   lifecycles one after the other, to see whether anything grows or is left (1000; quick 30)
  --browsers N     browsers at once for memory and idle CPU (20; quick 5)
  --only NAME      only one part; may be given several times:
                   ${SECTION_NAMES.join(', ')}
  --json FILE      write the results there, not to bench/results/
  --markdown FILE  write the report there as well, and its plots to a folder of that name beside it

Exit codes: 0 all went well, 1 something failed, 2 wrong usage`;

const FULL = {
  runs: 100,
  warmUps: 10,
  sustainedRounds: 3,
  sustainedSessions: 30,
  lifecycles: 1_000,
  lives: 20,
  browsers: 20,
  idleMs: 10_000,
  wakeRounds: 8,
  roundTripRounds: 7,
  roundTripMs: 1_000,
  profileRuns: 8,
  pageRuns: 40,
  liveRounds: 20,
  liveMs: 5_000,
  turns: 12,
};
const QUICK = {
  runs: 6,
  warmUps: 1,
  sustainedRounds: 1,
  sustainedSessions: 8,
  lifecycles: 30,
  lives: 5,
  browsers: 5,
  idleMs: 2_000,
  wakeRounds: 2,
  roundTripRounds: 2,
  roundTripMs: 300,
  profileRuns: 1,
  pageRuns: 8,
  liveRounds: 4,
  liveMs: 1_500,
  turns: 2,
};

/**
 * Reads the command line; `undefined` when only help was asked for.
 * @throws BenchmarkFailed with the usage
 */
export function readOptions(args: readonly string[]): BenchOptions | undefined {
  const values = parse(args);
  if (values.help === true) return undefined;
  const isQuick = values.quick === true;
  const defaults = isQuick ? QUICK : FULL;
  return {
    ...defaults,
    sections: values.only === undefined ? SECTION_NAMES : SECTION_NAMES.filter((name) => sectionsIn(values.only ?? []).includes(name)),
    runs: values.runs === undefined ? defaults.runs : wholeNumber('runs', values.runs),
    lifecycles: values.lifecycles === undefined ? defaults.lifecycles : wholeNumber('lifecycles', values.lifecycles),
    browsers: values.browsers === undefined ? defaults.browsers : wholeNumber('browsers', values.browsers),
    batchSize: 10,
    isQuick,
    jsonFile: values.json,
    markdownFile: values.markdown,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        runs: { type: 'string' },
        lifecycles: { type: 'string' },
        browsers: { type: 'string' },
        only: { type: 'string', multiple: true },
        json: { type: 'string' },
        markdown: { type: 'string' },
        quick: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (cause) {
    throw wrong(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function wholeNumber(name: string, text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw wrong(`--${name} must be a whole number from 1 to 99999, not “${text}”.`);
  return Number(text);
}

function sectionsIn(names: readonly string[]): readonly SectionName[] {
  const isSection = (name: string): name is SectionName => (SECTION_NAMES as readonly string[]).includes(name);
  const unknown = names.find((name) => !isSection(name));
  if (unknown !== undefined) throw wrong(`There is no part “${unknown}”.`);
  return names.filter(isSection);
}

const wrong = (message: string, cause?: unknown) => new BenchmarkFailed(`${message}\n\n${USAGE}`, { cause, exitCode: 2 });
