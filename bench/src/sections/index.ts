import { concurrency } from './concurrency.js';
import { density } from './density.js';
import { endurance } from './endurance.js';
import { largeMessages } from './large-messages.js';
import { lifecycle } from './lifecycle.js';
import { live } from './live.js';
import { pages } from './pages.js';
import { profile } from './profile.js';
import { roundTrips } from './round-trips.js';
import type { Section } from './section.js';
import { standby } from './standby.js';
import { start } from './start.js';
import { sustained } from './sustained.js';
import { trace } from './trace.js';
import { turns } from './turns.js';

/** All parts of the benchmark, in the order in which they are measured. */
export const SECTIONS = {
  lifecycle,
  trace,
  sustained,
  concurrency,
  endurance,
  start,
  density,
  standby,
  'round-trips': roundTrips,
  'large-messages': largeMessages,
  pages,
  live,
  profile,
  turns,
};

export type SectionName = keyof typeof SECTIONS;
export const SECTION_NAMES = Object.keys(SECTIONS) as SectionName[];

/** What each part found that was measured. */
export type Found = { [Name in SectionName]?: Awaited<ReturnType<(typeof SECTIONS)[Name]['measure']>> };

/** Calls `read` for each part that was measured, with what it found. */
export function eachFound<T>(found: Found, read: <Result>(section: Section<Result>, result: Result) => T): T[] {
  return SECTION_NAMES.flatMap((name) => {
    const result = found[name];
    return result === undefined ? [] : [read(SECTIONS[name] as Section<typeof result>, result)];
  });
}
